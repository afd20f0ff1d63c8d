/** Names of hosts in the arguments of serve, probe and relay. */
import { describe, expect, it, test } from "vitest";
import { HostArguments } from "../../../src/cli/arguments/host-arguments.ts";
import { readTarget } from "../../../src/cli/probe/probe.ts";
import { relayRequest } from "../../../src/cli/relay/relay-request.ts";
import { serveRequest } from "../../../src/cli/serve.ts";
import type { HostLookup } from "../../../src/scenario/host-names.ts";

const known = new Map<string, HostLookup>([
  ["localhost", { addresses: ["::1", "127.0.0.1"] }],
  ["db.example", { addresses: ["10.0.0.5"] }],
  ["gone.example", { failure: "the system knows no such name (/etc/hosts, DNS)" }],
]);
const names = (allowRemote = false) => new HostArguments(known, allowRemote);

/** Each command with a name in it: what it takes it for. */
const commands = {
  serve: (name: string, hosts: HostArguments) =>
    serveRequest({ builtin: "tcp-echo", listen: [`${name}:7000`] }, "node", hosts).listen[0],
  probe: (name: string, hosts: HostArguments) => readTarget(`udp://${name}:7000`, false, hosts),
  "relay --listen": (name: string, hosts: HostArguments) =>
    relayRequest({ listen: [`${name}:7000`], to: ["127.0.0.1:1"], from: ["127.0.0.2"] }, hosts)
      .routes[0]?.listen,
  "relay --to": (name: string, hosts: HostArguments) =>
    relayRequest({ listen: ["127.0.0.1:1"], to: [`${name}:7000`], from: ["127.0.0.2"] }, hosts)
      .routes[0]?.target,
};

describe.each(Object.entries(commands))("%s", (_, take) => {
  it("takes a name that stands for loopback, and says which of its addresses is used", () => {
    const hosts = names();
    expect(take("LocalHost", hosts)).toEqual({ address: "127.0.0.1", port: 7000 });
    expect(hosts.notices).toEqual([
      expect.stringMatching(
        /^(--listen|--to|target): LocalHost is 127\.0\.0\.1 and ::1; 127\.0\.0\.1 is used, as /,
      ),
    ]);
  });

  it("refuses one that stands for another machine, and one that nobody knows", () => {
    expect(() => take("db.example", names())).toThrow(
      /: db\.example is 10\.0\.0\.5, which is not a loopback address; slash8 uses others only with --allow-remote/,
    );
    expect(() => take("gone.example", names())).toThrow(
      '"gone.example" is not an address, and as a name it cannot be resolved: the system knows no such name',
    );
    expect(() => take("unasked", names())).toThrow("write the address");
  });
});

test("other machines may be allowed", () => {
  const args = { builtin: "tcp-echo", listen: ["db.example:1"], "allow-remote": true };
  expect(serveRequest(args, "node", names(true)).listen).toEqual([
    { address: "10.0.0.5", port: 1 },
  ]);
});

test("a relay goes to the address of its sources' family", () => {
  const args = { listen: ["127.0.0.1:1"], to: ["localhost:2"], from: ["::1"] };
  const hosts = names();
  expect(relayRequest(args, hosts).routes[0]?.target).toEqual({ address: "::1", port: 2 });
  expect(hosts.notices).toEqual([
    "--to: localhost is 127.0.0.1 and ::1; ::1 is used, as the sources are IPv6",
  ]);
});

test("names are looked up as the system does it, and addresses are not", async () => {
  const hosts = await HostArguments.lookUp(
    ["udp://localhost:53", "127.0.0.9:1", "nonsense"],
    false,
  );
  expect(readTarget("udp://localhost:53", false, hosts).address).toMatch(/^(127\.0\.0\.1|::1)$/);
  expect(readTarget("127.0.0.9:1", false, hosts)).toEqual({ address: "127.0.0.9", port: 1 });
});
