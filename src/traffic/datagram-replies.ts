import { equalBytes } from "../base/bytes.ts";
import { isStamped, stampBytes, stampConnection } from "../messages/stamp.ts";
import { DelayRing } from "./delay-queue.ts";

/** What tells the replies of a workload's datagrams apart. */
export interface DatagramRepliesOptions {
  readonly slots: number;
  readonly inFlight: number;
  readonly timeoutNs: number;
  /** Whether replies carry the stamp of their request, so that they find it in any order. */
  readonly stamped: boolean;
  /** Whether some do: messages too short for a stamp find their request as those without do. */
  readonly partlyStamped: boolean;
  /** Number of slot 0's connection, as stamps have it. */
  readonly firstConnection: number;
}

/**
 * UDP: which reply a datagram is, and which flows have to be silent.
 *
 * Without stamps a reply is taken for that of the oldest request in flight. A flow of which one has timed out is
 * therefore silent for as long again, so that a late reply is not taken for the next one's.
 */
export class DatagramReplies {
  readonly #options: DatagramRepliesOptions;
  /** Null where replies are stamped. */
  readonly #silentUntilNs: Float64Array | null;
  readonly #silent: DelayRing | null;
  /** The highest sequence answered, by slot. */
  readonly #highest: Float64Array;

  constructor(options: DatagramRepliesOptions) {
    const { slots, inFlight, stamped } = options;
    this.#options = options;
    this.#silentUntilNs = stamped ? null : new Float64Array(slots);
    this.#silent = stamped ? null : new DelayRing(2 * slots * inFlight);
    this.#highest = new Float64Array(slots).fill(-1);
  }

  /** Whether the bytes carry the stamp of a message of this slot. */
  isOurs(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { stamped, partlyStamped, firstConnection } = this.#options;
    return (
      (stamped || partlyStamped) &&
      end - start >= stampBytes &&
      isStamped(bytes, start, end) &&
      stampConnection(bytes, start) === firstConnection + slot
    );
  }

  /** Notes that a request was answered. @returns whether a later one was answered before it */
  overtaken(slot: number, sequence: number): boolean {
    return sequence < (this.#highest[slot] as number);
  }

  answered(slot: number, sequence: number): void {
    if (sequence > (this.#highest[slot] as number)) this.#highest[slot] = sequence;
  }

  /** The slot has a new socket, to which nothing old comes. */
  opened(slot: number): void {
    this.#highest[slot] = -1;
  }

  // Silence

  isSilent(slot: number, nowNs: number): boolean {
    return this.#silentUntilNs !== null && (this.#silentUntilNs[slot] as number) > nowNs;
  }

  /** A request of the slot has timed out. */
  expired(slot: number, nowNs: number): void {
    if (this.#silentUntilNs === null || this.#silent === null) return;
    const untilNs = nowNs + this.#options.timeoutNs;
    this.#silentUntilNs[slot] = untilNs;
    this.#silent.push(slot, untilNs);
  }

  /** Ends a slot's silence. @returns whether it was silent, waiting for a late reply */
  endSilence(slot: number, nowNs: number): boolean {
    if (this.#silentUntilNs === null) return false;
    const wasSilent = (this.#silentUntilNs[slot] as number) > nowNs;
    this.#silentUntilNs[slot] = 0;
    return wasSilent;
  }

  /** When the next silence is over, ns; Infinity: none. */
  get nextNs(): number {
    return this.#silent?.nextNs ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the slot whose silence was over at `nextNs`. */
  takeSlot(): number {
    return (this.#silent as DelayRing).take();
  }
}

/**
 * Whether a datagram is the beginning of its request, which a server sends back that has received it into too small a
 * buffer: by its stamp, or by what `expect: echo` compares.
 *
 * @param request       null where replies are not compared with it
 * @param requestLength of the request, bytes
 */
export function isCut(
  bytes: Uint8Array,
  start: number,
  end: number,
  request: Uint8Array | null,
  requestLength: number,
): boolean {
  if (end - start >= requestLength) return false;
  if (request === null) return isStamped(bytes, start, end);
  return equalBytes(bytes, start, request, 0, end - start);
}
