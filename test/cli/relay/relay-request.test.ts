import { describe, expect, test } from "vitest";
import { parseRanges } from "../../../src/address/ranges.ts";
import { UserError } from "../../../src/base/errors.ts";
import { relayRequest, sampleAddresses } from "../../../src/cli/relay/relay-request.ts";

const listen = ["127.0.0.1:19092"];
const to = ["127.0.0.1:9092"];
const from = ["127.0.0.2"];

describe("relayRequest", () => {
  test("pairs the options in their order; one --from serves all and is shared", () => {
    const { protocol, routes, sources, idleNs, drainNs } = relayRequest({
      listen: ["127.0.0.1:19092", "[::1]:19093"],
      to: ["127.0.0.1:9092", "127.0.0.1:9093"],
      from: ["127.0.0.2-127.0.0.3, 127.0.0.9"],
    });
    expect([protocol, idleNs, drainNs]).toEqual(["tcp", 60e9, 5e9]);
    expect(routes.map((route) => [route.listen, route.target])).toEqual([
      [
        { address: "127.0.0.1", port: 19_092 },
        { address: "127.0.0.1", port: 9092 },
      ],
      [
        { address: "::1", port: 19_093 },
        { address: "127.0.0.1", port: 9093 },
      ],
    ]);
    expect(sources).toHaveLength(1);
    expect(routes[1]?.sources).toBe(routes[0]?.sources);
    expect([1, 2, 3].map(() => routes[0]?.sources.next())).toEqual([
      "127.0.0.2",
      "127.0.0.3",
      "127.0.0.9",
    ]);
  });

  test("one --from each, of its target's family", () => {
    const { routes } = relayRequest({
      protocol: "udp",
      listen: ["127.0.0.1:1", "127.0.0.1:2"],
      to: ["127.0.0.1:3", "[::1]:4"],
      from: ["127.0.0.2", "::1"],
      idle: 2e9,
      drain: 0,
    });
    expect(routes.map(({ sources }) => sources.next())).toEqual(["127.0.0.2", "::1"]);
  });

  test.each([
    [{ to, from }, /where should clients connect\? --listen/],
    [{ listen, from }, /where is the server\? --to/],
    [{ listen, to }, /which address should clients come from\? --from/],
    [{ listen, to: [...to, ...to], from }, /--listen is given 1 times and --to 2 times/],
    [{ listen, to, from: [...from, ...from] }, /--from is given 2 times and --listen 1 times/],
    [{ listen: ["19092"], to, from }, /ADDRESS:PORT/],
    [{ listen, to: ["localhost:9092"], from }, /names are not looked up here/],
    [{ listen, to, from: ["127.0.0.2-"] }, /address is missing/],
    [{ listen, to, from: ["127.255.255.255"] }, /broadcast address/],
    [{ listen, to: ["127.0.0.1:0"], from }, /no server can have port 0; give the server's port/],
    [{ listen, to: ["0.0.0.0:9092"], from }, /name the one address/],
    [{ listen, to: ["[::1]:9092"], from }, /is IPv6, and --from 127\.0\.0\.2 IPv4/],
    [{ listen: to, to, from }, /where the relay itself listens/],
    [
      { listen: ["0.0.0.0:9092"], to, from, "allow-remote": true },
      /where the relay itself listens/,
    ],
    [{ listen: ["10.0.0.1:1"], to, from }, /10\.0\.0\.1 is not a loopback address.*--allow-remote/],
    [{ listen, to: ["10.0.0.1:1"], from }, /10\.0\.0\.1 is not a loopback address/],
    [
      { listen, to, from: ["127.0.0.2,10.0.0.1-10.0.0.2"] },
      /10\.0\.0\.1 is not a loopback address/,
    ],
    [{ listen, to, from, idle: 1e9 }, /--idle is for --protocol udp/],
    [
      { protocol: "udp", listen: ["0.0.0.0:1"], to, from, "allow-remote": true },
      /another address than the one the client sent to/,
    ],
  ])("refuses %j", (args, message) => {
    const attempt = () => relayRequest(args);
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow(message);
  });

  test("allows remote addresses with --allow-remote", () => {
    const args = { listen: ["0.0.0.0:1"], to: ["10.0.0.1:2"], from: ["10.0.0.2"] };
    expect(relayRequest({ ...args, "allow-remote": true }).routes).toHaveLength(1);
  });
});

test("sampleAddresses: all if there are few, some if there are many", () => {
  expect(sampleAddresses(parseRanges(["127.0.0.2-127.0.0.4"]), 8)).toEqual([
    "127.0.0.2",
    "127.0.0.3",
    "127.0.0.4",
  ]);
  const some = sampleAddresses(parseRanges(["127.0.0.0/8"]), 64);
  expect([some.length, some[0]]).toEqual([64, "127.0.0.1"]);
});
