/** Broadcast and multicast on loopback: real senders, receivers in processes of their own. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../src/results/result.ts";
import { rounds } from "../support/fuzz.ts";
import { runCli } from "../support/run-cli.ts";
import { runScenario } from "../support/run-scenario.ts";
import { beaconWorkload, startBeacon } from "./beacon.ts";
import { resultOf, startLoad } from "./runs.ts";

const isLinux = process.platform === "linux";

function scenario(
  lines: readonly string[],
  gates: readonly string[] = [],
  sources = "127.93.0.0/24",
): string {
  return `version: 1
name: feed
workloads:
  feed:
    pattern: broadcast
    sources: ${sources}
    connections: 4
${lines.map((line) => `    ${line}\n`).join("")}${gates.length > 0 ? `gates:\n${gates.map((gate) => `  - ${gate}\n`).join("")}` : ""}`;
}

function feedOf(result: RunResult) {
  const feed = result.workloads.feed;
  if (feed?.receivers == null) throw new Error("no receivers in the result");
  return { ...feed, receivers: feed.receivers };
}

describe.skipIf(!isLinux)("broadcast", () => {
  const datagrams = rounds(8_000, 100_000);
  it(`32 receivers in 4 processes get ${datagrams} datagrams, none lost and none twice`, async () => {
    // What receivers can take depends on who else uses the machine: each attempt asks half as much.
    for (const rate of [8000, 4000, 2000]) {
      const seconds = datagrams / rate;
      const { result } = await runScenario(
        scenario([
          "target: udp://127.255.255.255:0",
          `rate: ${rate}/s`,
          `duration: ${seconds}s`,
          "receivers: 32",
          "receiverProcesses: 4",
        ]),
        { timeoutMs: 120_000 },
      );
      const { exchanges, receivers, deliveryLatency, deliverySpread } = feedOf(result);
      expect(receivers.map(({ receiver }) => receiver)).toEqual(
        Array.from({ length: 32 }, (_, n) => n),
      );
      expect(new Set(receivers.map(({ process }) => process)).size).toBe(4);
      expect(exchanges.duplicated).toBe(0);
      expect(receivers.every(({ duplicated, reordered }) => duplicated + reordered === 0)).toBe(
        true,
      );
      expect(exchanges.received + (exchanges.lost ?? 0)).toBe(32 * exchanges.sent);
      if (exchanges.lost !== 0 || exchanges.sent < datagrams) continue;
      expect(exchanges).toMatchObject({
        sent: datagrams,
        received: 32 * datagrams,
        countedBy: "server",
      });
      expect(receivers.every(({ received, lost }) => received === datagrams && lost === 0)).toBe(
        true,
      );
      expect(deliveryLatency?.count).toBe(32 * datagrams);
      expect(deliverySpread?.count).toBe(datagrams);
      return;
    }
    throw new Error("datagrams were lost at every rate");
  }, 300_000);

  for (const [target, sources] of [
    ["127.255.255.255", "127.93.2.0/24"],
    ["239.255.0.1", "127.93.3.0/24"],
  ] as const) {
    it.concurrent(`to ${target}: receivers come and go, and miss nothing while they are there`, async () => {
      const { status, result } = await runScenario(
        scenario(
          [
            `target: udp://${target}:0`,
            "rate: 400/s",
            "duration: 3s",
            "receivers: 6",
            "receiverProcesses: 2",
            "receiverThreads: 2",
            "membership: { receivers: 2, joined: 300ms, left: 200ms }",
          ],
          [
            "feed.exchanges.lost == 0",
            "feed.exchanges.duplicated == 0",
            "feed.deliveryLatency.count > 0",
            "feed.deliverySpread.max >= 0ms",
          ],
          sources,
        ),
      );
      expect(result.run.reasons).toEqual([]);
      expect(status).toBe(0);
      const { exchanges, receivers } = feedOf(result);
      expect(exchanges.sent).toBe(1200);
      const [stayed, came] = [receivers.slice(0, 4), receivers.slice(4)];
      expect(
        stayed.every(({ received, memberships }) => received === 1200 && memberships === 1),
      ).toBe(true);
      for (const { received, memberships, lost, rejoins } of came) {
        expect({ lost, rejoins }).toEqual({ lost: 0, rejoins: true });
        expect(memberships).toBeGreaterThan(1);
        expect(received).toBeGreaterThan(0);
        expect(received).toBeLessThan(1200);
      }
    });
  }

  it("the contrast: what is sent to another address reaches only one receiver", async () => {
    const { status, result } = await runScenario(
      scenario([
        "target: udp://127.0.0.77:0",
        "contrast: true",
        "rate: 400/s",
        "duration: 1s",
        "receivers: 4",
        "receiverProcesses: 2",
      ]),
    );
    expect(status, result.run.reasons.join()).toBe(0);
    const { contrast, exchanges, receivers } = feedOf(result);
    expect(contrast).toEqual({ address: "127.0.0.77", receiversReached: 1, verdict: "pass" });
    expect(exchanges).toMatchObject({ sent: 400, received: 400, lost: 0 });
    expect(receivers.map(({ received }) => received).sort()).toEqual([0, 0, 0, 400]);
  });

  it("counts what others send to the same port, stamped as ours, apart", async () => {
    const port = 23_981;
    const stranger = createSocket("udp4").bind(0, "127.93.1.1");
    await once(stranger, "listening");
    stranger.setBroadcast(true);
    const stamp = Buffer.alloc(64);
    stamp.set([0x73, 0x38, 1]);
    const timer = setInterval(() => stranger.send(stamp, port, "127.255.255.255"), 20);
    try {
      const { result } = await runScenario(
        scenario([
          `target: udp://127.255.255.255:${port}`,
          "rate: 100/s",
          "duration: 2s",
          "receivers: 2",
        ]),
      );
      const { exchanges, receivers } = feedOf(result);
      expect(exchanges).toMatchObject({ sent: 200, received: 400, lost: 0, duplicated: 0 });
      expect(receivers.every(({ foreign }) => foreign > 0)).toBe(true);
    } finally {
      clearInterval(timer);
      stranger.close();
    }
  });

  it("a port that a program has to itself is told, exit 2", async () => {
    const owner = createSocket("udp4").bind(0, "127.255.255.255");
    await once(owner, "listening");
    try {
      const { port } = owner.address();
      const run = startLoad(
        scenario([
          `target: udp://127.255.255.255:${port}`,
          "duration: 1s",
          "rate: 10/s",
          "receivers: 2",
        ]),
      );
      const answer = await run.finished();
      expect(answer.status).toBe(2);
      expect(answer.stderr).toContain(
        `workload feed: no receiver can be bound to 127.255.255.255:${port}: another program uses it exclusively`,
      );
    } finally {
      owner.close();
    }
  });

  it("a process of receivers that dies fails the run, and nothing is left behind", async () => {
    const run = startLoad(
      scenario([
        "target: udp://127.255.255.255:0",
        "rate: 100/s",
        "duration: 60s",
        "receivers: 4",
        "receiverProcesses: 2",
      ]),
    );
    const isReceiver = (line: string) => line.includes("broadcast/main");
    await run.started((processes) => processes.filter(isReceiver).length === 2);
    await run.started((processes) => processes.some((line) => line.includes("agent/main")));
    const pid = Number(/\d+/.exec(run.processes().find(isReceiver) ?? "")?.[0]);
    process.kill(pid, "SIGKILL");
    const answer = await run.finished();
    expect(answer.stderr + answer.stdout).toMatch(
      /receivers of feed, process \d exited during the run \(signal SIGKILL\)/,
    );
    expect(answer.status).not.toBe(0);
    expect(resultOf(run.cwd, answer).run.outcome).not.toBe("pass");
  });

  it("receivers that were stopped for 1.5 s: what is late or lost then is the generator's", async () => {
    const beacon = await startBeacon();
    const run = startLoad(
      scenario(
        [
          "target: udp://127.255.255.255:0",
          "rate: 500/s",
          "duration: 6s",
          "receivers: 4",
          "receiverProcesses: 2",
        ],
        [
          "feed.exchanges.lost == 0",
          "feed.deliveryLatency.max < 1s",
          "feed.deliverySpread.max < 1s",
          "feed.exchanges.sent == 3000",
        ],
        "127.126.0.0/24",
      ).replace("gates:", `${beaconWorkload(beacon, "20s").replace("60s", "6s")}gates:`),
    );
    const isReceiver = (line: string) => line.includes("broadcast/main");
    await beacon.received(20);
    const pid = Number.parseInt(run.processes().find(isReceiver) ?? "", 10);
    process.kill(pid, "SIGSTOP");
    await sleep(1500);
    process.kill(pid, "SIGCONT");
    const answer = await run.finished();
    const { run: info, gates } = resultOf(run.cwd, answer);
    expect(gates.map(({ verdict }) => verdict).slice(1)).toEqual([
      "inconclusive",
      "inconclusive",
      "pass",
    ]);
    expect(["inconclusive", "pass"]).toContain(gates[0]?.verdict);
    expect(info).toMatchObject({ outcome: "invalid", invalidBy: "generator" });
    expect(answer.status).toBe(4);
    const [longest] = info.pauses.toSorted((a, b) => b.durationMs - a.durationMs);
    expect(longest).toMatchObject({ worker: null, receivers: { workload: "feed", thread: 0 } });
    expect(longest?.durationMs).toBeGreaterThan(1350);
    expect(info.reasons.join()).toMatch(
      /the receivers of feed in process [12] paused for 1\.\d+ s/,
    );
  });

  it("what is no broadcast is refused at its place, exit 2", async () => {
    const { status, stderr } = await runCli(["plan", "-"], {
      input: scenario([
        "target: udp://127.0.0.77:7400",
        "rate: 1/s",
        "duration: 1s",
        "receivers: 2",
      ]),
    });
    expect(status).toBe(2);
    expect(stderr).toContain("8:13: what is sent to 127.0.0.77 reaches only one receiver");
  });
});
