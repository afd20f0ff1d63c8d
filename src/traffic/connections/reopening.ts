import { counter, type Moment } from "../../metrics/snapshot.ts";

/** Why a connection is closed and opened again from another port, and what counts it. */
export const causes = {
  rotation: counter.rotated,
  timeout: counter.reopenedTimeout,
  malformed: counter.reopenedMalformed,
  unsolicited: counter.reopenedUnsolicited,
  closedByTarget: counter.reopenedClosedByTarget,
} as const;
export type ReopenCause = keyof typeof causes;

/** A slot that leaves its port for another. */
export interface Leaving {
  /** Counter of the cause. */
  readonly counts: number;
  /** UDP: moment of what has timed out, whose reply may still come to the old port; null: nothing has. */
  readonly expired: Moment | null;
  readonly later: boolean;
}
