import { describe, expect, it, test } from "vitest";
import {
  chooseAddress,
  type HostLookup,
  hostNamesOf,
  isHostName,
  lookUpHosts,
} from "../../src/scenario/host-names.ts";
import { normalise } from "../../src/scenario/normalise/normalise.ts";
import { Diagnostics } from "../../src/scenario/source/diagnostics.ts";
import type { Problem } from "../../src/scenario/source/problem.ts";
import type { Tree } from "../../src/scenario/source/tree.ts";
import { readYamlTree } from "../../src/scenario/source/yaml-tree.ts";

const both = { addresses: ["::1", "127.0.0.1"] };
const hosts = new Map<string, HostLookup>([
  ["localhost", both],
  ["six", { addresses: ["::1"] }],
  ["db.example", { addresses: ["10.0.0.5"] }],
  ["mixed.example", { addresses: ["127.0.0.1", "10.0.0.5"] }],
  ["gone.example", { failure: "the system knows no such name (/etc/hosts, DNS)" }],
]);

function treeOf(yaml: string): Tree {
  return readYamlTree(yaml, "hosts.yaml", null, []) as Tree;
}

function draftOf(lines: string, allowRemote = false) {
  const problems: Problem[] = [];
  const tree = treeOf(`version: 1\nname: hosts\n${lines}`);
  const origin = { file: "hosts.yaml", sha256: "", allowRemote, hosts, protocols: new Map() };
  const { scenario } = normalise(new Diagnostics(tree, problems), origin);
  return { scenario, problems };
}

const workload = (target: string, more = "") =>
  `workloads:\n  chat: { target: "${target}", pattern: request, message: x, framing: echo, duration: 1s${more} }\n`;

describe("a name in place of an address", () => {
  test.each([
    ["tcp://localhost:7000", "", "127.0.0.1", "as IPv4 has source addresses on every machine"],
    ["tcp://LOCALHOST:7000", ", sources: 127.1.0.0/24", "127.0.0.1", "as the sources are IPv4"],
    ["tcp://localhost:7000", ", sources: ['::1']", "::1", "as the sources are IPv6"],
  ])("%s%s is %s", (target, more, address, why) => {
    const { scenario, problems } = draftOf(workload(target, more));
    expect(problems).toEqual([]);
    expect(scenario?.workloads[0]?.endpoints).toEqual([{ address, port: 7000 }]);
    expect(scenario?.notices).toEqual([
      expect.stringMatching(
        `^workload chat: localhost is 127.0.0.1 and ::1; ${address} is used, ${why}$`.replace(
          "localhost",
          "(?:localhost|LOCALHOST)",
        ),
      ),
    ]);
  });

  it("says nothing where there is one address", () => {
    const { scenario } = draftOf(workload("tcp://six:7000"));
    expect(scenario?.workloads[0]?.endpoints).toEqual([{ address: "::1", port: 7000 }]);
    expect(scenario?.notices).toEqual([]);
  });

  it("is where a server listens, in the family of its clients", () => {
    const server = "servers: { own: { command: ./own, listen: localhost:7000 } }\n";
    const four = draftOf(server + workload("own"));
    expect(four.scenario?.servers[0]?.listen).toEqual([{ address: "127.0.0.1", port: 7000 }]);
    const six = draftOf(server + workload("own", ", sources: ['::1']"));
    expect(six.scenario?.servers[0]?.listen).toEqual([{ address: "::1", port: 7000 }]);
    expect(six.scenario?.notices).toEqual([expect.stringContaining("server own: localhost is")]);
  });

  it("may be another machine's where that is allowed", () => {
    const { scenario, problems } = draftOf(workload("tcp://db.example:5432"), true);
    expect(problems).toEqual([]);
    expect(scenario?.workloads[0]?.endpoints).toEqual([{ address: "10.0.0.5", port: 5432 }]);
  });

  test.each([
    ["tcp://db.example:5432", "", "db.example is 10.0.0.5, which is not a loopback address"],
    ["tcp://db.example:5432", "", "only with --allow-remote"],
    ["tcp://mixed.example:1", "", "mixed.example is 10.0.0.5, which is not a loopback address"],
    ["tcp://gone.example:1", "", "cannot be resolved: the system knows no such name"],
    ["tcp://six:1", ", sources: 127.1.0.0/24", "six is ::1, and the sources are IPv4"],
    ["tcp://localhost", "", "is not an address and a port"],
    ["tcp://localhost:0", "", "a target needs a port from 1"],
    ["tcp://local/host:1", "", "not an IP address"],
  ])("%s%s is refused: %s", (target, more, message) => {
    const { problems } = draftOf(workload(target, more));
    expect(problems).toEqual([
      expect.objectContaining({ line: 4, column: 20, message: expect.stringContaining(message) }),
    ]);
  });
});

describe("names of hosts", () => {
  test.each(["localhost", "db-1.example", "a.b.c.", "my_host", "127.0.0.l"])(
    "%s is one",
    (name) => {
      expect(isHostName(name)).toBe(true);
    },
  );

  test.each([
    "127.0.0.1",
    "127.0.0.1-127.0.0.9",
    "10",
    "",
    "-a",
    "a..b",
    "a:b",
    "a b",
    "x".repeat(254),
  ])("%j is none", (name) => {
    expect(isHostName(name)).toBe(false);
  });

  it("are found where an address may stand, once each", () => {
    const tree = treeOf(
      [
        "servers:",
        "  a: { listen: [Localhost:7000, 127.0.0.1:7000, '[::1]:7000'] }",
        "  b: { command: other:1, listen: b.example:1 }",
        "workloads:",
        "  x: { target: a }",
        "  y: { target: [tcp://localhost:1, udp://y.example:2, https://no.example:3] }",
        "  z: 5",
      ].join("\n"),
    );
    expect([...hostNamesOf(tree)]).toEqual(["localhost", "b.example", "y.example"]);
    expect([...hostNamesOf(treeOf("servers: 5"))]).toEqual([]);
  });

  it("are looked up each by itself, and what fails says why", async () => {
    const ask = async (name: string) => {
      if (name === "gone") throw Object.assign(new Error("x"), { code: "ENOTFOUND" });
      if (name === "odd") throw new Error("getaddrinfo broke");
      if (name === "link") return [{ address: "fe80::1%eth0", family: 6 }];
      return [
        { address: "127.0.0.1", family: 4 },
        { address: "0:0:0:0:0:0:0:1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ];
    };
    const found = await lookUpHosts(new Set(["here", "gone", "odd", "link"]), ask);
    expect(Object.fromEntries(found)).toEqual({
      here: { addresses: ["127.0.0.1", "::1"] },
      gone: { failure: "the system knows no such name (/etc/hosts, DNS)" },
      odd: { failure: "getaddrinfo broke" },
      link: { failure: "it has no address that can be used" },
    });
  });

  it("include localhost on every machine", async () => {
    const found = await lookUpHosts(new Set(["localhost"]));
    expect(["127.0.0.1", "::1"]).toContain(chooseAddress("localhost", found, null).used);
  });
});
