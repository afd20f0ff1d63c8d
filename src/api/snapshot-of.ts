import type { RunView } from "../run/run-view.ts";
import type { Snapshot } from "./snapshot.ts";

/** Before anything is known. */
export const emptySnapshot: Snapshot = {
  state: "planning",
  elapsedMs: 0,
  remainingMs: null,
  io: null,
  workloads: {},
  servers: {},
};

export function snapshotOf({ progress, io, servers }: RunView): Snapshot {
  return {
    state: progress.state,
    elapsedMs: progress.elapsedNs / 1e6,
    remainingMs: progress.remainingNs === null ? null : progress.remainingNs / 1e6,
    io,
    workloads: Object.fromEntries(
      progress.workloads.map((workload) => [
        workload.name,
        {
          state: workload.state,
          connectionsPlanned: workload.connectionsPlanned,
          open: workload.open,
          sent: workload.sent,
          received: workload.received,
          errors: workload.errors,
          offeredPerSecond: workload.offeredPerSecond,
          achievedPerSecond: workload.achievedPerSecond,
          receivedPerSecond: workload.receivedPerSecond,
          p50Ns: workload.p50Ns,
          p99Ns: workload.p99Ns,
          maxNs: workload.maxNs,
        },
      ]),
    ),
    servers: Object.fromEntries(
      servers.map(({ name, usage }) => [
        name,
        { cpuSeconds: usage.cpuSeconds, rssBytes: usage.rssBytes },
      ]),
    ),
  };
}
