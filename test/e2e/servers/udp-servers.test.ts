/** Built-in UDP servers as their scenarios show them. The machine may be too slow for the rate, never wrong. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { backends } from "../../../src/io/backends.ts";
import type { RunResult } from "../../../src/results/result.ts";
import type { ServerCounts } from "../../../src/results/server-result.ts";
import { testIo } from "../../support/test-io.ts";
import { resultOf, startLoad } from "../runs.ts";

const folder = join(import.meta.dirname, "../../../scenarios");

/** 127.x of sources: a UDP socket has its port to itself, and other files' runs may begin with ours. */
const network = `127.${20 + Number(process.env.VITEST_POOL_ID ?? 0)}`;

async function run(name: string, set: readonly string[]) {
  const shipped = readFileSync(join(folder, `${name}.yaml`), "utf8");
  const source = shipped.replace(/sources: 127\.(\d+)\.0\./g, `sources: ${network}.$1.`);
  expect(source).not.toBe(shipped);
  const load = startLoad(source, ["--quiet", ...set.flatMap((each) => ["--set", each])]);
  const answer = await load.finished();
  return { answer, result: () => resultOf(load.cwd, answer) };
}

function countsOf({ servers }: RunResult): ServerCounts {
  const counts = servers.echo?.counts;
  if (counts === null || counts === undefined) throw new Error("a built-in server counts");
  return counts;
}

describe("a UDP server", () => {
  // Its rate is what the machine can; whatever came of 5,000 new flows a second must have been answered.
  it("established: of 5,000 new flows a second none loses a datagram, or gets another's", async () => {
    const { answer, result } = await run("udp-server-established", [
      "workloads.newcomers.duration=1s",
      // All of them come, however long it takes.
      "workloads.newcomers.timeout=60s",
    ]);
    expect(answer.status, answer.stderr).toBe(0);
    const { workloads, gates } = result();
    const { connections, exchanges } = workloads.newcomers ?? {};
    expect(gates.map(({ verdict }) => verdict)).toEqual(gates.map(() => "pass"));
    expect(exchanges).toMatchObject({
      sent: 15_000,
      received: 15_000,
      timedOut: 0,
      duplicated: 0,
      corrupted: 0,
      wrongSource: 0,
    });
    expect(connections).toMatchObject({ opened: 5_000, failed: 0 });
    const counts = countsOf(result());
    expect(counts).toMatchObject({ received: 15_000, replied: 15_000 });
    // On a busy machine a client may be silent for so long between two messages that it comes as a new one.
    expect(counts.accepted).toBeGreaterThanOrEqual(5_000);
    expect(counts.udp).toMatchObject({ withoutSocket: 0, refused: 0, remote: 0, own: 0 });
  }, 180_000);

  it("established: a datagram that comes as its flow ends is answered", async () => {
    const source = [
      "version: 1",
      "name: ends",
      "servers:",
      "  echo: { builtin: udp-echo, mode: established, idleTimeout: 40ms, listen: '127.0.0.1-127.0.0.4:0' }",
      "workloads:",
      `  pausing: { target: echo, pattern: request, sources: ${network}.1.0/24, connections: 100, think: 40ms, message: { size: 32 }, timeout: 20s, duration: 1s }`,
    ].join("\n");
    const load = startLoad(source, ["--quiet"]);
    const answer = await load.finished();
    expect(answer.status, answer.stderr).toBe(0);
    const result = resultOf(load.cwd, answer);
    const { sent } = result.workloads.pausing?.exchanges ?? {};
    expect(sent).toBeGreaterThan(100);
    expect(result.workloads.pausing?.exchanges).toMatchObject({ received: sent, timedOut: 0 });
    expect(countsOf(result)).toMatchObject({ received: sent, replied: sent });
  }, 60_000);

  it("wildcard: answers nobody who asks another address than its first", async () => {
    const { answer, result } = await run("udp-server-wildcard", []);
    expect(answer.status, answer.stderr).toBe(0);
    expect(countsOf(result()).replied).toBeGreaterThan(0);
  });

  for (const [name, mode] of [
    ["udp-server-pktinfo", "wildcard-pktinfo"],
    ["udp-server-per-address", "per-address"],
  ] as const) {
    it(`${mode}: answers from the address that was asked`, async () => {
      const { answer, result } = await run(name, ["workloads.askers.duration=1s"]);
      expect(answer.status, answer.stderr).toBe(0);
      expect(result().workloads.askers?.exchanges).toMatchObject({ wrongSource: 0, timedOut: 0 });
      const notices = result().warnings.filter((warning) =>
        warning.includes("one socket for each"),
      );
      expect(notices).toHaveLength(testIo === "node" && mode === "wildcard-pktinfo" ? 1 : 0);
    });
  }

  it("reuseport: shares an address between processes, or is refused with the reason", async () => {
    const { answer, result } = await run("udp-server-reuseport", ["workloads.askers.duration=1s"]);
    const obstacle = backends[testIo].capabilities.reusePortObstacle();
    if (obstacle !== null) {
      expect(answer.status).toBe(3);
      expect(answer.stderr).toContain(obstacle);
      return;
    }
    expect(answer.status, answer.stderr).toBe(0);
    const { sent } = result().workloads.askers?.exchanges ?? {};
    expect(countsOf(result())).toMatchObject({ received: sent, replied: sent });
  });
});
