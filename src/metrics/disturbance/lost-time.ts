/**
 * Time that was lost, as a growing function of time: of spans that may not overlap, each of which lost as much as its
 * length or less, evenly spread over it.
 */
export class LostTime {
  /** Begin and end of each span, ascending, and what was lost until then, ns. */
  readonly #fromNs: number[] = [];
  readonly #toNs: number[] = [];
  readonly #beforeNs: number[] = [];
  #totalNs = 0;

  /** Adds a span behind all others; one that begins before the last one's end is shortened. */
  add(fromNs: number, toNs: number, lostNs = toNs - fromNs): void {
    const beginNs = Math.max(fromNs, this.#toNs.at(-1) ?? fromNs);
    if (toNs <= beginNs || lostNs <= 0) return;
    this.#fromNs.push(beginNs);
    this.#toNs.push(toNs);
    this.#beforeNs.push(this.#totalNs);
    this.#totalNs += (lostNs * (toNs - beginNs)) / (toNs - fromNs);
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
