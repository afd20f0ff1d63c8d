import { isStamped, stampConnection, stampSequence, stampWorkload } from "../messages/stamp.ts";
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
}

/** Counts stamped messages (messages/stamp.ts) by the workload that sent them. */
export class WorkloadTally {
  readonly #byWorkload: (Counts | undefined)[] = [];

  /** Counts the message `bytes[start, end)`; one without a stamp is not attributed to a workload. */
  track(bytes: Uint8Array, start: number, end: number): void {
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
      if (kind === arrival.reordered) counts.reordered++;
    }
  }

  /** Counts only bytes, of messages whose ends are not known. */
  addBytes(workload: number, bytes: number): void {
    this.#of(workload).bytesReceived += bytes;
  }

  /** @returns the index of the workload in the stamp at `start`, or -1 where there is none */
  workloadOf(bytes: Uint8Array, start: number, end: number): number {
    return isStamped(bytes, start, end) ? stampWorkload(bytes, start) : -1;
  }

  stats(): ServerStats["byWorkload"] {
    return this.#byWorkload.flatMap((counts, workload) => {
      if (counts === undefined) return [];
      const { received, duplicated, reordered, bytesReceived } = counts;
      return [{ workload, received, duplicated, reordered, bytesReceived }];
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
      };
      this.#byWorkload[workload] = counts;
    }
    return counts;
  }
}
