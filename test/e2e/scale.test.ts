/**
 * More connections than one process may have files, than there are automatic ports, and than any
 * port can be waited for: what the harness is for. None of the kernel's settings is touched.
 */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/results/result.ts";
import { runAsBuilt } from "../support/run-scenario.ts";
import { testIo } from "../support/test-io.ts";

const timeoutMs = 300_000;
const isLinux = process.platform === "linux";

function portRange(): string {
  return readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
}

/** How fast connections are opened, and then verified. */
const perSecond = testIo === "node" ? 6000 : 20_000;

/** Connections that are held, each verified by an echo once all of its workload are open. */
const hold = (connections: number, more: string) => `
    pattern: hold
    connections: ${connections}
    connectRate: ${perSecond}/s
    connectTimeout: 60s
    timeout: 60s
    verify: true
    duration: ${Math.ceil(connections / perSecond) + 1}s
    message: { size: 64 }
    expect: echo
    ${more}`;

const held = [
  ["manySources", "2,560 connections, from as many source addresses as there are", 2560, 256, ""],
  // The open-file limit of a process is often 20,000.
  [
    "oneSource",
    "36,000 from one source address, outside the ephemeral range and past the open-file limit of a process",
    36_000,
    1,
    "sources: 127.80.0.1",
  ],
  [
    "allPorts",
    "57,000 from one source address",
    57_000,
    1,
    "sources: 127.80.0.2\n    ports: 1024-65535",
  ],
] as const;

/** More than one destination has automatic ports, and so many that none is left over. */
const flows = 28_800;
const ports = flows / (4 * 200);

// More than an address has automatic ports (28,232), which would have to wait a minute each time.
const opened = 28_500;

const scenario = `
version: 1
name: scale
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
  many: { builtin: tcp-echo, listen: "127.10.0.1-127.10.0.200:0" }
workloads:
${held.map(([name, , connections, , more]) => `  ${name}:\n    target: echo${hold(connections, more)}\n`).join("")}
  tuples:
    target: many
    sources: 127.82.0.1-127.82.0.4
    ports: 10000-${10_000 + ports - 1}
${hold(flows, "")}
  churn:
    target: echo
    pattern: churn
    connections: 50
    sources: 127.81.0.1
    totalConnections: ${opened}
    timeout: 60s
    message: { size: 64 }
    expect: echo
gates:
  - total.errors == 0
${held.map(([name, , connections]) => `  - ${name}.connections.peak == ${connections}\n  - ${name}.exchanges.received == ${connections}\n`).join("")}
  - tuples.connections.opened == ${flows}
  - tuples.exchanges.received == ${flows}
  - churn.connections.opened == ${opened}
  - churn.exchanges.received == ${opened}
`;

describe.skipIf(!isLinux)("scale, all of it in one run", () => {
  let result: RunResult;
  beforeAll(async () => {
    const range = portRange();
    const ran = await runAsBuilt(scenario, { timeoutMs });
    result = ran.result;
    expect(result.run.reasons, ran.stderr).toEqual([]);
    expect(ran.status).toBe(0);
    expect(portRange()).toBe(range);
    // Direct descriptors are no open files: one agent's rings hold them all.
    expect(result.run.agents > 1).toBe(testIo === "node" && result.host.openFiles < 124_000);
  }, timeoutMs);

  for (const [name, what, connections, sources] of held) {
    it(`holds ${what}, each verified by an echo`, () => {
      const { connections: counts, exchanges, sources: used } = result.workloads[name] ?? {};
      expect(counts).toMatchObject({ peak: connections, failed: 0 });
      expect(exchanges?.received).toBe(connections);
      expect(used?.addressesUsed).toBe(sources);
    });
  }

  it(`uses each of ${flows} 4-tuples of 4 sources, ${ports} ports and 200 destinations once`, () => {
    expect(result.workloads.tuples?.connections).toMatchObject({ opened: flows, failed: 0 });
    const server = result.scenario.resolved.servers.find(({ name }) => name === "many");
    expect(server?.listen).toHaveLength(200);
    expect(new Set(server?.listen.map(({ port }) => port)).size).toBe(1);
  });

  it(`opens and closes ${opened} connections to one server port from one address`, () => {
    expect(result.workloads.churn?.connections).toMatchObject({ opened, failed: 0 });
    expect(result.workloads.churn?.sources.addressesUsed).toBe(1);
  });
});
