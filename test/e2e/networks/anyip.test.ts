/** IPv6 by AnyIP, in a network of its own: the machine's routes are not touched. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/results/result.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";
import { hasNetworkSpaces, runInNetworkSpace } from "./network-space.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const slash8 = `"${process.execPath}" "${join(root, "dist/cli/main.js")}"`;
const scripts = join(root, "scripts/linux");
const scenario = `"${join(root, "scenarios/ipv6-anyip.yaml")}"`;
const shorter = ["users", "sensors"]
  .flatMap((name) => [`workloads.${name}.warmUp=0`, `workloads.${name}.duration=1s`])
  .map((assignment) => `--set ${assignment}`)
  .join(" ");

describe.skipIf(!hasNetworkSpaces())("IPv6 by AnyIP", () => {
  it("is refused without its route, and the script is named", () => {
    const plan = runInNetworkSpace(`${slash8} plan ${scenario}`);
    expect(plan.status).toBe(3);
    expect(plan.stderr).toContain("sudo scripts/linux/anyip-up.sh fd00:127::/64");
    const external = runInNetworkSpace(`${slash8} plan - <<'YAML'
version: 1
name: external
workloads:
  one: { target: "tcp://[fd00:127::1]:7000", pattern: request, message: x, framing: echo, duration: 1s }
YAML`);
    expect(external.status).toBe(3);
    expect(external.stdout).toContain("fd00:127::1 is not an address of this host");
    expect(external.stdout).toContain("sudo scripts/linux/anyip-up.sh fd00:127::/64");
  });

  it("gives every client an address of its own, over TCP and UDP; down leaves nothing", () => {
    const folder = makeTempDir();
    const out = join(folder, "result.json");
    const answer = runInNetworkSpace(
      `
set -e
${scripts}/anyip-up.sh
${scripts}/anyip-status.sh
${slash8} plan ${scenario}
${slash8} load ${scenario} ${shorter} --io ${testIo} --json --quiet --out ${out} >${folder}/json
${scripts}/anyip-down.sh
ip -6 route show table local dev lo
sysctl -n net.ipv6.ip_nonlocal_bind
`,
      { ANYIP_RUN: folder },
    );
    expect(answer.status, answer.stderr).toBe(0);
    const lines = answer.stdout.trimEnd().split("\n");
    expect(lines[0]).toBe("there    fd00:127::/64");
    expect(answer.stdout).toContain("[fd00:127::16:3e7]:1024 -> [fd00:127::8]:");
    expect(lines.at(-1)).toBe("0");
    expect(answer.stdout.slice(answer.stdout.indexOf("local ::1"))).not.toContain("fd00:127");
    expect(existsSync(out)).toBe(true);
    const result: RunResult = JSON.parse(runInNetworkSpace(`cat ${folder}/json`).stdout);
    expect(result.run.outcome).toBe("pass");
    const { users, sensors } = result.workloads;
    expect(users?.connections).toMatchObject({ opened: 1000, failed: 0 });
    expect(sensors?.connections).toMatchObject({ opened: 1000, failed: 0 });
    expect(users?.sources).toMatchObject({
      addressesUsed: 1000,
      displayFilter: "ipv6.addr == fd00:127::16:0/112",
      captureFilter: "net fd00:127::16:0/112",
    });
    expect(sensors?.exchanges.received).toBe(sensors?.exchanges.sent);
  });

  it("divides the prefix among workloads that name no sources", () => {
    const answer = runInNetworkSpace(
      `${scripts}/anyip-up.sh && ${slash8} plan - --json <<'YAML'
version: 1
name: chosen
servers: { echo: { builtin: tcp-echo, listen: "[::1]:0" } }
workloads:
  one: { target: echo, pattern: request, connections: 3, duration: 1s }
  two: { target: echo, pattern: request, connections: 3, duration: 1s }
YAML`,
      { ANYIP_RUN: makeTempDir() },
    );
    expect(answer.status, answer.stderr).toBe(0);
    const plan = JSON.parse(answer.stdout);
    expect(
      plan.workloads.map(({ space }: { space: { sources: unknown } }) => space.sources),
    ).toEqual([
      [["fd00:127::40:0", "fd00:127::40:ffff"]],
      [["fd00:127::41:0", "fd00:127::41:ffff"]],
    ]);
  });
});
