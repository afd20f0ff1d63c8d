/** What is known of another host's monotonic clock. */
export interface ClockEstimate {
  /** What it shows when ours shows 0, ns. */
  readonly offsetNs: number;
  /** By how much times that were converted with it may be wrong, ns. */
  readonly errorNs: number;
  /** By how much faster it goes than ours, millionths; 0 where that is not known. */
  readonly driftPpm: number;
}

/** One question and its answer. */
interface Probe {
  readonly atNs: number;
  readonly offsetNs: number;
  readonly errorNs: number;
}

/** Drift is not said of less: what two answers differ by is their own error then. */
const shortestNs = 5e9;

/**
 * Finds how far another host's clock is from ours: of many questions the one that was answered the quickest says it best, as
 * the answer was made at some time within its round trip.
 *
 * The offset is the best of those before the run; it converts all times of the run. The best of those afterwards says how
 * wrong it has become.
 *
 * Pure: it is given the times.
 *
 * @see RFC 5905, section 8: the same, with the minimum of the delays as its filter
 */
export class ClockOffset {
  #first: Probe | null = null;
  #last: Probe | null = null;
  #isRunning = false;

  /**
   * @param sentNs     when the question was sent, our clock
   * @param theirNs    when it was answered, their clock
   * @param receivedNs when the answer was received, our clock
   */
  add(sentNs: number, theirNs: number, receivedNs: number): void {
    const atNs = (sentNs + receivedNs) / 2;
    const probe = { atNs, offsetNs: theirNs - atNs, errorNs: (receivedNs - sentNs) / 2 };
    if (!this.#isRunning) this.#first = better(this.#first, probe);
    else this.#last = better(this.#last, probe);
  }

  /** From here on the offset stays; what is added says how wrong it is. */
  begin(): void {
    this.#isRunning = true;
  }

  /** Only what is added from here on says how wrong the offset is: the run has ended. */
  end(): void {
    this.#last = null;
  }

  /** Null before the first answer. */
  get estimate(): ClockEstimate | null {
    const [first, last] = [this.#first, this.#last];
    if (first === null) return null;
    const { offsetNs } = first;
    if (last === null) return { offsetNs, errorNs: first.errorNs, driftPpm: 0 };
    const movedNs = last.offsetNs - offsetNs;
    const passedNs = last.atNs - first.atNs;
    return {
      offsetNs,
      errorNs: Math.max(first.errorNs, Math.abs(movedNs) + last.errorNs),
      driftPpm: passedNs < shortestNs ? 0 : (movedNs / passedNs) * 1e6,
    };
  }
}

function better(a: Probe | null, b: Probe): Probe {
  return a === null || b.errorNs < a.errorNs ? b : a;
}
