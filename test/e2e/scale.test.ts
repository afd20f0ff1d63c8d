/**
 * More connections than one process may have files, than there are automatic ports, and than any
 * port can be waited for: what the harness is for. None of the kernel's settings is touched.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { uringObstacle } from "../../src/io/uring/availability.ts";
import { runScenario } from "../support/run-scenario.ts";
import { testIo } from "../support/test-io.ts";

const timeoutMs = 240_000;
const isLinux = process.platform === "linux";

function portRange(): string {
  return readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8");
}

/** How fast connections are opened, and then verified. */
const perSecond = testIo === "node" ? 6000 : 20_000;

/** A hold of that many connections, each verified by an echo once all are open. */
function holdScenario(connections: number, more: string): string {
  return `
version: 1
name: hold
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
workloads:
  idle:
    target: echo
    pattern: hold
    connections: ${connections}
    connectRate: ${perSecond}/s
    connectTimeout: 60s
    timeout: 60s
    verify: true
    duration: ${Math.ceil(connections / perSecond) + 1}s
    message: { size: 64 }
    expect: echo
    ${more}
gates:
  - idle.connections.peak == ${connections}
  - idle.exchanges.received == ${connections}
  - total.errors == 0
`;
}

/** Over Node's sockets alone, where there are no others: then everything is tested over them. */
const onlyNode = testIo === "node" && uringObstacle() !== null;

/** Ports are the planner's: how many an address has is the same over both ways to the sockets. */
const cases = [
  ["50,000 connections, past the open-file limit of a process", 50_000, 256, ""],
  ["36,000 from one source address, outside the ephemeral range", 36_000, 1, "sources: 127.80.0.1"],
  ["57,000 from one source address", 57_000, 1, "sources: 127.80.0.2\n    ports: 1024-65535"],
] as const;
const [pastFiles] = cases;
/** What Node's sockets alone need is several processes: the rest is the same, and tested over the other way. */
const isSecond = testIo === "node" && !onlyNode;
const chosen = isSecond ? [pastFiles] : cases;

describe.skipIf(!isLinux)("scale", () => {
  for (const [what, connections, sources, more] of chosen) {
    it(
      `holds ${what}, each verified by an echo`,
      async () => {
        const range = portRange();
        const { status, result, stderr } = await runScenario(holdScenario(connections, more), [], {
          timeoutMs,
        });
        expect(result.run.reasons, stderr).toEqual([]);
        expect(status).toBe(0);
        expect(result.workloads.idle?.sources.addressesUsed).toBe(sources);
        expect(result.workloads.idle?.connections.failed).toBe(0);
        // Direct descriptors are no open files: one agent's rings hold them all.
        const isSpread = testIo === "node" && result.host.openFiles < connections;
        expect(result.run.agents > 1).toBe(isSpread);
        expect(portRange()).toBe(range);
      },
      timeoutMs,
    );
  }

  // Over Node's sockets one after the other, as 100,000 at once would need a dozen processes.
  const flows = 100_000;
  const ports = flows / (4 * 200);
  it.skipIf(isSecond)(
    `uses each of ${flows} 4-tuples of 4 sources, ${ports} ports and 200 destinations once`,
    async () => {
      const walk = testIo === "node" ? "churn" : "hold";
      const pattern = {
        churn: `connections: 50\n    totalConnections: ${flows}`,
        hold: `connections: ${flows}\n    verify: true\n    connectRate: 20000/s\n    duration: 6s`,
      }[walk];
      const { status, result, stderr } = await runScenario(
        `
version: 1
name: many-addresses
servers:
  echo: { builtin: tcp-echo, listen: "127.10.0.1-127.10.0.200:0" }
workloads:
  flows:
    target: echo
    pattern: ${walk}
    sources: 127.82.0.1-127.82.0.4
    ports: 10000-${10_000 + ports - 1}
    ${pattern}
    timeout: 60s
    message: { size: 64 }
    expect: echo
gates:
  - flows.connections.opened == ${flows}
  - flows.exchanges.received == ${flows}
  - total.errors == 0
`,
        [],
        { timeoutMs },
      );
      expect(result.run.reasons, stderr).toEqual([]);
      expect(status).toBe(0);
      const [server] = result.scenario.resolved.servers;
      expect(server?.listen).toHaveLength(200);
      expect(new Set(server?.listen.map(({ port }) => port)).size).toBe(1);
    },
    timeoutMs,
  );

  // More than so many addresses have automatic ports (28,232 each), which would have to wait a minute each time.
  const [addresses, opened] = [2, 60_000];
  it.skipIf(isSecond)(
    `opens and closes ${opened} connections to one server port from ${addresses} addresses`,
    async () => {
      const { status, result, stderr } = await runScenario(
        `
version: 1
name: churn
servers:
  echo: { builtin: tcp-echo, listen: "127.0.0.1:0" }
workloads:
  churn:
    target: echo
    pattern: churn
    connections: 50
    sources: 127.81.0.1-127.81.0.${addresses}
    totalConnections: ${opened}
    timeout: 30s
    message: { size: 64 }
    expect: echo
gates:
  - churn.connections.opened == ${opened}
  - churn.exchanges.received == ${opened}
  - total.errors == 0
`,
        [],
        { timeoutMs },
      );
      expect(result.run.reasons, stderr).toEqual([]);
      expect(status).toBe(0);
      expect(result.workloads.churn?.sources.addressesUsed).toBe(addresses);
    },
    timeoutMs,
  );
});
