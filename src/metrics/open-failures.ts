/** Connections that could not be opened as one of their steps failed, by step. */
export interface StepFailures {
  /** Index of the step in `Workload.open`. */
  readonly step: number;
  readonly count: number;
}

/** One of the first of them. */
export interface OpenFailureExample {
  readonly step: number;
  /** As in `ErrorCount`. */
  readonly code: string;
  /** What the opening of a protocol waited for, by its name; null: that is not known. */
  readonly awaited?: string | null;
  /** Index in the flow space. */
  readonly client: number;
  /** Monotonic clock. */
  readonly atNs: number;
  /** What came in the step: its first `mostReceivedBytes` bytes, and how many there were. */
  readonly received: Uint8Array;
  readonly receivedBytes: number;
}

export interface OpenFailures {
  /** By step, ascending. */
  readonly bySteps: readonly StepFailures[];
  /** The first ones, at most `mostExamples`. */
  readonly examples: readonly OpenFailureExample[];
}

/** Bytes of an example, at most. */
export const mostReceivedBytes = 128;

const mostExamples = 4;

export const noOpenFailures: OpenFailures = { bySteps: [], examples: [] };

/** What a recorder keeps of them in one interval. */
export class OpenFailureCounts {
  readonly #counts: number[] = [];
  #examples: OpenFailureExample[] = [];

  add(example: OpenFailureExample): void {
    const { step } = example;
    this.#counts[step] = (this.#counts[step] ?? 0) + 1;
    if (this.#examples.length < mostExamples) this.#examples.push(example);
  }

  /** Returns them and starts over. */
  take(): OpenFailures {
    if (this.#examples.length === 0) return noOpenFailures;
    const bySteps = this.#counts.flatMap((count, step) => (count > 0 ? [{ step, count }] : []));
    const examples = this.#examples;
    this.#counts.length = 0;
    this.#examples = [];
    return { bySteps, examples };
  }
}

/** Sums them; the examples that were first stay. */
export function mergeOpenFailures(a: OpenFailures, b: OpenFailures): OpenFailures {
  if (b.examples.length === 0) return a;
  if (a.examples.length === 0) return b;
  const counts = new Map<number, number>();
  for (const { step, count } of [...a.bySteps, ...b.bySteps]) {
    counts.set(step, (counts.get(step) ?? 0) + count);
  }
  return {
    bySteps: [...counts].sort(([a], [b]) => a - b).map(([step, count]) => ({ step, count })),
    examples: [...a.examples, ...b.examples]
      .sort((a, b) => a.atNs - b.atNs || a.client - b.client)
      .slice(0, mostExamples),
  };
}
