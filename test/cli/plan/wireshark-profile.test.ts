import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { wiresharkProfile } from "../../../src/cli/plan/wireshark-profile.ts";
import { writeProfile } from "../../../src/cli/plan/write-profile.ts";
import { planRun } from "../../../src/plan/plan.ts";
import type { Workload } from "../../../src/scenario/scenario.ts";
import { scenario } from "../../plan/samples.ts";
import { machine, server } from "../../support/scenario-parts.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

function profileOf(workloads: readonly Partial<Workload>[]) {
  const listen = [
    { address: "127.0.0.1", port: 7000 },
    { address: "127.10.0.2", port: 7000 },
  ];
  const servers = [
    server({ listen }),
    server({ name: "six", listen: [{ address: "::1", port: 7 }] }),
  ];
  return wiresharkProfile(
    planRun(scenario(workloads, servers), machine(), { io: "node", workers: 1 }),
  );
}

const two = [
  { name: "idle", sources: ["127.16.0.0/24"], connections: 3 },
  { name: "chat", sources: ["127.17.0.1-127.17.0.9"], connections: 100 },
];

function linesOf(workloads: readonly Partial<Workload>[], file: string): string[] {
  const text = profileOf(workloads).get(file) ?? "";
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

test("every source address that is used, and every server, has a name", () => {
  expect(linesOf(two, "hosts")).toEqual([
    "127.0.0.1\techo",
    "127.10.0.2\techo",
    "::1\tsix",
    "127.16.0.0\tidle-0",
    "127.16.0.1\tidle-1",
    "127.16.0.2\tidle-2",
    ...Array.from({ length: 9 }, (_, i) => `127.17.0.${i + 1}\tchat-${i}`),
  ]);
});

test("clients that share an address share its name", () => {
  const shared = [
    { name: "a", sources: ["127.0.0.1"], connections: 3 },
    { name: "b", sources: ["127.0.0.1"], connections: 3 },
  ];
  expect(linesOf(shared, "hosts")[0]).toBe("127.0.0.1\techo+a-0+b-0");
});

test("names are bounded, and the file says so", () => {
  const many = { sources: ["127.128.0.0/9"], connections: 150_000, connectionsPerSource: 1 };
  expect(linesOf([many], "hosts")).toHaveLength(100_000);
  expect(profileOf([many]).get("hosts")).toContain("# 50003 more addresses have no name here.");
});

test("every workload has a colour, a button and a capture filter", () => {
  const rules = linesOf(two, "colorfilters");
  expect(rules.map((rule) => rule.split("@").slice(1, 3))).toEqual([
    ["failures", "tcp.flags.reset == 1 || icmp.type == 3 || icmpv6.type == 1"],
    ["workload idle", "ip.addr == 127.16.0.0/24"],
    ["workload chat", "ip.addr in {127.17.0.1 .. 127.17.0.9}"],
  ]);
  for (const rule of rules) expect(rule).toMatch(/@(\[\d+,\d+,\d+\]){2}$/);
  expect(new Set(rules.map((rule) => rule.split("@")[3])).size).toBe(3);
  expect(linesOf(two, "dfilter_buttons")[1]).toBe(
    '"TRUE","chat","ip.addr in {127.17.0.1 .. 127.17.0.9}",""',
  );
  expect(linesOf(two, "cfilters")[0]).toBe('"idle" net 127.16.0.0/24');
});

describe("writing it", () => {
  const profile = profileOf(two);

  test("creates the folder, and overwrites what it wrote", () => {
    const folder = join(makeTempDir(), "a/b");
    const paths = writeProfile(profile, folder);
    expect(paths).toHaveLength(5);
    expect(readdirSync(folder).sort()).toEqual([...profile.keys()].sort());
    writeProfile(profileOf([]), folder);
    expect(readFileSync(join(folder, "hosts"), "utf8")).not.toContain("idle-0");
  });

  test("leaves files of others unchanged", () => {
    const folder = makeTempDir();
    writeFileSync(join(folder, "preferences"), "gui.fileopen.dir: /home\n");
    expect(() => writeProfile(profile, folder)).toThrow(
      /it contains a "preferences" that slash8 did not write/,
    );
    expect(readdirSync(folder)).toEqual(["preferences"]);
  });

  test("reports what cannot be written", () => {
    const file = join(makeTempDir(), "file");
    writeFileSync(file, "");
    expect(() => writeProfile(profile, join(file, "x"))).toThrow(/--wireshark .* is not a folder/);
    const folder = makeTempDir();
    mkdirSync(join(folder, "hosts"));
    expect(() => writeProfile(profile, folder)).toThrow(/it contains a "hosts"/);
  });
});
