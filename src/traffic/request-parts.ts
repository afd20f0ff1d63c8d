import type { ReplyCheck } from "../framing/reply-check.ts";
import type { ReplyReader } from "../framing/reply-reader.ts";
import type { SchedulePortion } from "../schedule/portion.ts";
import type { Sender } from "./sender.ts";

/** What differs between the patterns that exchange messages on connections that stay. */
export interface RequestParts {
  readonly sender: Sender;
  /** TCP: finds the replies in the stream; null: what comes is only counted (UDP: one datagram, one reply). */
  readonly reader: ((requestBytes: (slot: number) => number) => ReplyReader) | null;
  readonly check: ReplyCheck;
  /** Whether replies carry the stamp of their request, so that they find it in any order (UDP). */
  readonly stamped: boolean;
  /** Whether some do: messages too short for a stamp find their request as those without do. */
  readonly partlyStamped: boolean;
  /** Arrivals of this worker (open model); null: closed model. */
  readonly arrivals: SchedulePortion | null;
  /** Length of steady state; null: until `endAt`. */
  readonly durationNs: number | null;
  /** Exchanges to remember per connection; null: as many as the protocol makes useful. */
  readonly remembered: number | null;
  /** Which connections go on after so many exchanges: the first `slots`; null: all. */
  readonly goOn: { readonly slots: number; readonly after: number } | null;
}
