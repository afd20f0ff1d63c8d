import type { WatchedRun } from "../../src/live/watcher.ts";
import { phase } from "../../src/metrics/snapshot.ts";
import type { WorkloadProgress } from "../../src/run/progress.ts";
import type { HostView, RunView, WorkloadView } from "../../src/run/run-view.ts";
import { progressSample, workloadSample } from "../cli/terminal/samples.ts";
import { measured } from "../results/fixture.ts";

const { accumulator } = measured(0, {
  note(recorder, quarters) {
    if (quarters === 5) recorder.status(phase.warmUp, 200);
    if (quarters === 9) for (const one of [200, 200, 503]) recorder.status(phase.steady, one);
    if (quarters === 5) recorder.error("ECONNRESET", "target", phase.warmUp, 1);
    if (quarters === 9) recorder.error("ECONNRESET", "target", phase.steady, 2);
    if (quarters === 9) recorder.error("EMFILE", "generator", phase.steady, 1);
  },
});

/** A workload of 4,000 exchanges, 1 ms each, with errors of two sides and replies of two statuses. */
function workloadView(change: Partial<WorkloadProgress> = {}): WorkloadView {
  const progress = workloadSample(change);
  return {
    progress,
    server: "echo",
    statusText: (status: number) => `${status}`,
    accumulator,
    parts: [],
    tcp: null,
  };
}

const usage = {
  second: 1,
  seconds: 1,
  atMs: 1000,
  cpuSeconds: 1.5,
  rssBytes: 50_000_000,
  openFiles: 30,
  threads: 2,
  processes: 1,
};

/** Two workloads and a server, in steady state; `fake"` needs to be escaped. */
export function runView(change: Partial<RunView> = {}): RunView {
  return {
    id: "0001",
    tool: { name: "slash8", version: "0.1.0" },
    scenario: 'fake"',
    startedAt: new Date("2026-11-21T10:00:00.000Z"),
    io: "node",
    progress: progressSample(),
    workloads: [workloadView(), workloadView({ name: "idle", p50Ns: null, p99Ns: null })],
    hosts: [],
    servers: [{ name: "echo", usage }],
    generator: { ...usage, openFiles: null },
    ...change,
  };
}

/** A host that has a part of chatter. */
export function hostView(name: string): HostView {
  const live = { achievedPerSecond: 8_000, receivedPerSecond: 7_990, p50Ns: 1e6, p99Ns: 3e6 };
  const counts = { open: 2_500, sent: 40_000, received: 39_000, errors: 3 };
  return { name, workloads: [{ workload: "chatter", server: "echo", ...counts, live }] };
}

/** A run before its agents are ready. */
export function earlyView(): RunView {
  const progress = { state: "planning", elapsedNs: 0, remainingNs: null, workloads: [] } as const;
  return runView({ io: null, progress, workloads: [], servers: [], generator: null });
}

/** A run to be watched, and the messages that it printed. */
export function watchedRun(): WatchedRun & { readonly reports: string[] } {
  const reports: string[] = [];
  return {
    view: () => runView(),
    resultSoFar: () => null,
    report: (message) => reports.push(message),
    reports,
  };
}
