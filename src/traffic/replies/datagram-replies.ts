import { equalBytes } from "../../base/bytes.ts";
import {
  isStamped,
  stampConnection,
  stampSequence,
  stampTag,
  stampWorkload,
} from "../../messages/stamp.ts";

/** What tells the replies of a workload's datagrams apart. */
export interface DatagramRepliesOptions {
  readonly slots: number;
  /** Whether messages carry stamps, which a server may send back: all of them, or those that are long enough. */
  readonly stamped: boolean;
  /** As stamps have them: index of the workload, number of slot 0's connection, tag of the run. */
  readonly workload: number;
  readonly firstConnection: number;
  readonly tag: number;
}

/**
 * In place of a sequence: a datagram without a stamp, one with the stamp of another flow, which its server sent to the
 * wrong one, and one that is left over from another run.
 */
export const unstamped = -1;
export const foreign = -2;
export const leftover = -3;

/** The sequence in the stamp of a datagram to a connection; `unstamped`, `foreign` or `leftover`. */
export function stampedSequence(
  bytes: Uint8Array,
  start: number,
  end: number,
  { workload, tag }: Pick<DatagramRepliesOptions, "workload" | "tag">,
  connection: number,
): number {
  if (!isStamped(bytes, start, end)) return unstamped;
  if (stampTag(bytes, start) !== tag) return leftover;
  const isOurs =
    stampConnection(bytes, start) === connection && stampWorkload(bytes, start) === workload;
  return isOurs ? stampSequence(bytes, start) : foreign;
}

/** Bytes of a reply that a repeated one is recognised by. */
const comparedBytes = 32;

/**
 * UDP: which reply a datagram is.
 *
 * One with a stamp names its request. One without is taken for the reply to the oldest request in flight; a flow of which
 * one has timed out therefore moves to another port (see LateReplies), unless all replies so far had stamps.
 */
export class DatagramReplies {
  readonly #options: DatagramRepliesOptions;
  /** The highest sequence answered, by slot. */
  readonly #highest: Float64Array;
  /** Those without a stamp. */
  readonly #last: LastReplies;
  #stampsSeen = false;
  #plainSeen = false;

  constructor(options: DatagramRepliesOptions) {
    const { slots } = options;
    this.#options = options;
    this.#highest = new Float64Array(slots).fill(-1);
    this.#last = new LastReplies(slots);
  }

  /** Whether a late reply names its request, so that it cannot be taken for another's. */
  get tellApart(): boolean {
    return this.#stampsSeen && !this.#plainSeen;
  }

  /** The sequence of the request that a datagram answers; `unstamped`, `foreign` or `leftover`. */
  sequenceOf(slot: number, bytes: Uint8Array, start: number, end: number): number {
    const { stamped, firstConnection } = this.#options;
    const sequence = stamped
      ? stampedSequence(bytes, start, end, this.#options, firstConnection + slot)
      : unstamped;
    if (sequence >= 0) this.#stampsSeen = true;
    else if (sequence === unstamped) this.#plainSeen = true;
    return sequence;
  }

  /** Returns whether a later request of the slot was answered before this one. */
  overtaken(slot: number, sequence: number): boolean {
    return sequence < (this.#highest[slot] as number);
  }

  answered(slot: number, sequence: number): void {
    if (sequence > (this.#highest[slot] as number)) this.#highest[slot] = sequence;
  }

  /** Remembers a reply without a stamp. */
  remember(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.#last.remember(slot, bytes, start, end);
  }

  /** Whether a datagram without a stamp is, as far as can be seen, the last reply once more. */
  isRepeat(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#last.isRepeat(slot, bytes, start, end);
  }

  /** The slot has a new socket, to which nothing old comes. */
  opened(slot: number): void {
    this.#highest[slot] = -1;
    this.#last.forget(slot);
  }
}

/** The last reply of each slot, by a hash: a datagram that repeats it answers nothing else. */
export class LastReplies {
  readonly #hashes: Int32Array;

  constructor(slots: number) {
    this.#hashes = new Int32Array(slots);
  }

  remember(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.#hashes[slot] = hashOf(bytes, start, end);
  }

  isRepeat(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#hashes[slot] === hashOf(bytes, start, end);
  }

  forget(slot: number): void {
    this.#hashes[slot] = 0;
  }
}

/** FNV-1a over the length and the first bytes; a signed integer, which V8 does not allocate, and never 0. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = Math.imul(0x811c9dc5 ^ (end - start), 0x01000193);
  const to = Math.min(end, start + comparedBytes);
  for (let at = start; at < to; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  return hash === 0 ? 1 : hash;
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
