import type { Progress, WorkloadProgress } from "../../../src/run/progress.ts";

export function workloadSample(change: Partial<WorkloadProgress> = {}): WorkloadProgress {
  return {
    name: "chatter",
    protocol: "tcp",
    pattern: "request",
    state: "steady",
    connectionsPlanned: 5000,
    open: 5000,
    ratePerSecond: 20_004,
    achievedPerSecond: 20_001,
    receivedPerSecond: 20_004,
    offeredPerSecond: 20_000,
    p50Ns: 210e3,
    p99Ns: 1.42e6,
    maxNs: 5.1e6,
    recent: [null, 1e6, 1e6, 8e6, 1.42e6].map((p99Ns) => ({ p99Ns, ratePerSecond: 20_000 })),
    sent: 240_048,
    received: 240_000,
    errors: 3,
    ...change,
  };
}

/** 12 s into a run of 40 s, with an idle and a busy workload. */
export function progressSample(): Progress {
  return {
    state: "steady",
    elapsedNs: 12e9,
    remainingNs: 28e9,
    workloads: [
      workloadSample({
        name: "idle",
        pattern: "hold",
        connectionsPlanned: 95_000,
        open: 95_000,
        ratePerSecond: 0,
        achievedPerSecond: 0,
        receivedPerSecond: 0,
        offeredPerSecond: null,
        p50Ns: null,
        p99Ns: null,
        maxNs: null,
        recent: [{ p99Ns: null, ratePerSecond: 0 }],
        errors: 0,
      }),
      workloadSample(),
    ],
  };
}
