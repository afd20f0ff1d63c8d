import { equalBytes } from "../../base/bytes.ts";

/** Whether a reply is like those before it. */
export const likeness = { fits: 0, deviates: 1, shifted: 2 } as const;
export type Likeness = 0 | 1 | 2;

/** Bytes of the beginning that replies are compared by, where they do not repeat their request. */
const comparedBytes = 4;

/** Equal replies after which another one stands out. */
const enough = 2;

/**
 * What the replies of a workload have in common, where `expect` does not say what they are: they repeat their request,
 * or they begin alike and are equally long. A greeting or a notice stands out among them; taken for a reply, it would
 * shift all that follow by one.
 *
 * Replies that differ from one another from the start have no habit, and cost nothing.
 */
export class ReplyHabit {
  /** The request of an exchange; null where all requests are the same, or replies are known not to repeat them. */
  #request: ((slot: number, sequence: number) => Uint8Array) | null;
  #seen = 0;
  #bytes = 0;
  #beginning = 0;
  /** Length of the replies that are known to begin alike; -1: not known yet. */
  #usualBytes = -1;
  /** Whether replies are known to have no habit. */
  #isOff = false;

  constructor(request: ((slot: number, sequence: number) => Uint8Array) | null) {
    this.#request = request;
  }

  /** Whether replies, so far all of them, repeat requests of which no two are the same. */
  get echoes(): boolean {
    return this.#request !== null && this.#seen >= enough;
  }

  /**
   * Whether a reply is for certain like those before it, so that there is no need to `judge` it.
   *
   * @cost a few ns
   */
  isUsual(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#isOff) return true;
    if (end - start !== this.#usualBytes) return false;
    return beginningOf(bytes, start) === this.#beginning;
  }

  /**
   * Judges the reply that is taken for an exchange's; `[start, end)` is empty where it came in pieces.
   *
   * @returns `shifted` for one that is the reply to the exchange before: what was taken for that was none
   */
  judge(
    slot: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    totalBytes: number,
  ): Likeness {
    if (this.#isOff || end - start !== totalBytes) return likeness.fits;
    return this.#request === null
      ? this.#judgeAlike(bytes, start, end)
      : this.#judgeEcho(this.#request, slot, sequence, bytes, start, end);
  }

  #judgeEcho(
    request: (slot: number, sequence: number) => Uint8Array,
    slot: number,
    sequence: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Likeness {
    if (isSame(request(slot, sequence), bytes, start, end)) {
      this.#seen++;
      return likeness.fits;
    }
    if (this.#seen > 0) return likeness.deviates;
    if (sequence === 0) return likeness.fits;
    if (isSame(request(slot, sequence - 1), bytes, start, end)) {
      this.#seen++;
      return likeness.shifted;
    }
    this.#request = null;
    return likeness.fits;
  }

  #judgeAlike(bytes: Uint8Array, start: number, end: number): Likeness {
    const beginning = beginningOf(bytes, start, end);
    if (this.#seen === 0) {
      this.#bytes = end - start;
      this.#beginning = beginning;
    }
    if (this.#bytes === end - start && this.#beginning === beginning) {
      this.#seen++;
      if (this.#seen === enough && end - start >= comparedBytes) this.#usualBytes = end - start;
      return likeness.fits;
    }
    if (this.#seen >= enough) return likeness.deviates;
    this.#isOff = true;
    return likeness.fits;
  }
}

/** Whether bytes `[start, end)` are those of a request. */
export function isSame(
  request: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  return request.length === end - start && equalBytes(bytes, start, request, 0, end - start);
}

/** The first bytes, of fewer than that those and zeros. */
function beginningOf(bytes: Uint8Array, start: number, end = start + comparedBytes): number {
  const length = end - start;
  const first = length > 0 ? (bytes[start] as number) : 0;
  const second = length > 1 ? (bytes[start + 1] as number) : 0;
  const third = length > 2 ? (bytes[start + 2] as number) : 0;
  const fourth = length > 3 ? (bytes[start + 3] as number) : 0;
  return first | (second << 8) | (third << 16) | (fourth << 24);
}
