import type { Recorder } from "../../metrics/recorder.ts";
import { counter, type Moment } from "../../metrics/snapshot.ts";

/** Why a connection is closed and opened again from another port, and what counts it. */
export const causes = {
  rotation: counter.rotated,
  timeout: counter.reopenedTimeout,
  malformed: counter.reopenedMalformed,
  unsolicited: counter.reopenedUnsolicited,
  unexpected: counter.reopenedUnexpected,
  closedByTarget: counter.reopenedClosedByTarget,
} as const;
export type ReopenCause = keyof typeof causes;

/** An exchange that has timed out, whose reply may still come: when it was due, what counts it, and its error. */
export interface Expired {
  readonly moment: Moment;
  readonly recorder: Recorder;
  readonly code: string;
}

/** A slot that leaves its port for another. */
export interface Leaving {
  /** Counter of the cause. */
  readonly counts: number;
  /** UDP: what has timed out, whose reply may still come to the old port; null: nothing has. */
  readonly expired: Expired | null;
  readonly later: boolean;
}
