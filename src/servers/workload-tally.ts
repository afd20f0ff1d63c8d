import { isStamped, stampConnection, stampSequence, stampWorkload } from "../messages/stamp.ts";
import { ArrivalsBySecond } from "../metrics/arrivals-by-second.ts";
import {
  arrival,
  createSequenceTracker,
  type SequenceTracker,
} from "../metrics/broadcast/sequence-tracker.ts";
import type { ServerStats } from "./protocol.ts";

/** Connections above this number are counted but not tracked: a forged stamp must not cost gigabytes. */
const mostFlows = 1 << 20;

interface Counts {
  received: number;
  duplicated: number;
  reordered: number;
  bytesReceived: number;
  readonly tracker: SequenceTracker;
  readonly arrivals: ArrivalsBySecond;
}

/** Counts stamped messages (messages/stamp.ts) by the workload that sent them. */
export class WorkloadTally {
  readonly #byWorkload: (Counts | undefined)[] = [];

  /** Counts the message `bytes[start, end)`; one without a stamp is not attributed to a workload. */
  track(bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    const workload = this.workloadOf(bytes, start, end);
    if (workload < 0) return;
    const counts = this.#of(workload);
    const flow = stampConnection(bytes, start);
    const kind =
      flow < mostFlows ? counts.tracker.track(flow, stampSequence(bytes, start)) : arrival.inOrder;
    counts.bytesReceived += end - start;
    if (kind === arrival.duplicate) {
      counts.duplicated++;
    } else {
      counts.received++;
      counts.arrivals.add(nowNs, 1);
      if (kind === arrival.reordered) counts.reordered++;
    }
  }

  /** Counts only bytes, of messages whose ends are not known. */
  addBytes(workload: number, bytes: number, nowNs: number): void {
    const counts = this.#of(workload);
    counts.bytesReceived += bytes;
    counts.arrivals.add(nowNs, bytes);
  }

  /** Steady state of a workload is known: see `ArrivalsBySecond.plan`. */
  planSteady(workload: number, fromNs: number, toNs: number): void {
    this.#of(workload).arrivals.plan(fromNs, toNs);
  }

  /** @returns the index of the workload in the stamp at `start`, or -1 where there is none */
  workloadOf(bytes: Uint8Array, start: number, end: number): number {
    return isStamped(bytes, start, end) ? stampWorkload(bytes, start) : -1;
  }

  stats(): ServerStats["byWorkload"] {
    return this.#byWorkload.flatMap((counts, workload) => {
      // Steady state is announced of workloads that this server does not count, too.
      if (counts === undefined || counts.bytesReceived === 0) return [];
      const { received, duplicated, reordered, bytesReceived } = counts;
      const arrivals = counts.arrivals.amounts();
      return [{ workload, received, duplicated, reordered, bytesReceived, arrivals }];
    });
  }

  #of(workload: number): Counts {
    let counts = this.#byWorkload[workload];
    if (counts === undefined) {
      counts = {
        received: 0,
        duplicated: 0,
        reordered: 0,
        bytesReceived: 0,
        tracker: createSequenceTracker(1),
        arrivals: new ArrivalsBySecond(),
      };
      this.#byWorkload[workload] = counts;
    }
    return counts;
  }
}
