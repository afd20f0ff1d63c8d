/** Spans kept one by one at least: an hour of quarter seconds. */
const mostSpans = 16_384;

/** Of these, the last ones are never put together: 10 minutes of quarter seconds. */
const lastSpans = 2400;

/**
 * Time that was lost, as a growing function of time: of spans that may not overlap, each of which lost as much as its
 * length or less, evenly spread over it.
 *
 * Memory is bounded: of many spans, old neighbours become one, which lost as much as both, where that changes the function
 * the least. So a long pause between short ones stays what it was, and the sum stays exact.
 */
export class LostTime {
  /** Begin and end of each span, ascending, and what was lost until then, ns. */
  #fromNs: number[] = [];
  #toNs: number[] = [];
  #beforeNs: number[] = [];
  #totalNs = 0;

  /** Adds a span behind all others; one that begins before the last one's end is shortened. */
  add(fromNs: number, toNs: number, lostNs = toNs - fromNs): void {
    const beginNs = Math.max(fromNs, this.#toNs.at(-1) ?? fromNs);
    if (toNs <= beginNs || lostNs <= 0) return;
    this.#fromNs.push(beginNs);
    this.#toNs.push(toNs);
    this.#beforeNs.push(this.#totalNs);
    this.#totalNs += (lostNs * (toNs - beginNs)) / (toNs - fromNs);
    if (this.#fromNs.length >= 2 * mostSpans) this.#joinNeighbours();
  }

  get totalNs(): number {
    return this.#totalNs;
  }

  /** Returns how much was lost between two moments, ns. @cost the logarithm of the number of spans */
  between(fromNs: number, toNs: number): number {
    return Math.max(0, this.#until(toNs) - this.#until(fromNs));
  }

  /** Returns the end of the last span that began before a moment; -Infinity where there is none. */
  lastEndBefore(ns: number): number {
    return this.#toNs[this.#lastFrom(ns)] ?? Number.NEGATIVE_INFINITY;
  }

  /** Returns the most that was lost in a length of time from the begin of one of the spans that touch `[fromNs, toNs)`. */
  mostWithin(fromNs: number, toNs: number, lengthNs: number): number {
    let most = 0;
    for (let at = Math.max(0, this.#lastFrom(fromNs)); at < this.#fromNs.length; at++) {
      const beginNs = this.#fromNs[at] as number;
      if (beginNs >= toNs) break;
      if ((this.#toNs[at] as number) > fromNs) {
        most = Math.max(most, this.between(beginNs, beginNs + lengthNs));
      }
    }
    return most;
  }

  /** Number of spans kept. */
  get size(): number {
    return this.#fromNs.length;
  }

  /** Makes one of two neighbours, of those for which that changes the least, until half as many are left. */
  #joinNeighbours(): void {
    const [from, to, before] = [this.#fromNs, this.#toNs, this.#beforeNs];
    const end = from.length - lastSpans;
    const changes = Float64Array.from({ length: end - 1 }, (_, at) => this.#changeOfJoining(at));
    const limit = changes.toSorted()[Math.floor(changes.length / 2)] as number;
    const kept = { from: [] as number[], to: [] as number[], before: [] as number[] };
    for (let at = 0; at < from.length; at++) {
      const isJoined = at + 1 < end && (changes[at] as number) <= limit;
      kept.from.push(from[at] as number);
      kept.before.push(before[at] as number);
      kept.to.push(to[isJoined ? at + 1 : at] as number);
      if (isJoined) at++;
    }
    [this.#fromNs, this.#toNs, this.#beforeNs] = [kept.from, kept.to, kept.before];
  }

  /** By how much what was lost until a moment changes at most where a span and the next one become one, ns. */
  #changeOfJoining(at: number): number {
    const [from, to, before] = [this.#fromNs, this.#toNs, this.#beforeNs];
    const [beginNs, endNs] = [from[at] as number, to[at + 1] as number];
    const firstNs = (before[at + 1] as number) - (before[at] as number);
    const bothNs = (before[at + 2] ?? this.#totalNs) - (before[at] as number);
    const changeAt = (ns: number) =>
      Math.abs(firstNs - (bothNs * (ns - beginNs)) / (endNs - beginNs));
    return Math.max(changeAt(to[at] as number), changeAt(from[at + 1] as number));
  }

  #until(ns: number): number {
    const at = this.#lastFrom(ns);
    if (at < 0) return 0;
    const [fromNs, toNs, before] = [this.#fromNs[at], this.#toNs[at], this.#beforeNs[at]] as [
      number,
      number,
      number,
    ];
    const after = this.#beforeNs[at + 1] ?? this.#totalNs;
    return before + (after - before) * Math.min(1, (ns - fromNs) / (toNs - fromNs));
  }

  /** The index of the last span that begins before `ns`, or -1. */
  #lastFrom(ns: number): number {
    let [low, high] = [0, this.#fromNs.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#fromNs[middle] as number) < ns) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
