import { overPhases, type Snapshot } from "../snapshot.ts";

/** A time in which no worker got a reply, though each that had sent waited for one; monotonic clock, ns. */
export interface Silence {
  readonly fromNs: number;
  readonly toNs: number;
  /** Exchanges that waited at its end, over all workers. */
  readonly inFlight: number;
}

/** Shorter ones are not kept: two snapshots without a reply are the least that says something. */
const shortestNs = 450e6;

/** Silences kept, the longest. */
const mostKept = 100;

interface OfWorker {
  inFlight: number;
  readonly silences: Silence[];
}

/** When a workload's target sent no reply, by whole snapshots. */
export class Silences {
  readonly #workers = new Map<number, OfWorker>();

  /** Snapshots of a worker come in the order of time. */
  add(snapshot: Snapshot): void {
    const { worker, fromNs, toNs, counters } = snapshot;
    const count = (name: Parameters<typeof overPhases>[1]) => overPhases(counters, name);
    const known = this.#workers.get(worker) ?? { inFlight: 0, silences: [] };
    this.#workers.set(worker, known);
    const waited = known.inFlight;
    const received = count("received");
    known.inFlight += count("sent") - received - count("timedOut") - count("exchangesFailed");
    if (received > 0 || waited <= 0 || count("late") + count("duplicated") > 0) return;
    const { silences, inFlight } = known;
    const last = silences.at(-1);
    if (last !== undefined && last.toNs === fromNs) {
      silences[silences.length - 1] = { fromNs: last.fromNs, toNs, inFlight };
      return;
    }
    if (last !== undefined && last.toNs - last.fromNs < shortestNs) silences.pop();
    silences.push({ fromNs, toNs, inFlight });
    if (silences.length > mostKept) {
      const shortest = silences.reduce((a, b) => (lengthOf(b) < lengthOf(a) ? b : a));
      silences.splice(silences.indexOf(shortest), 1);
    }
  }

  /** Those of all workers that wait for replies at once, in the order of time. */
  get all(): readonly Silence[] {
    const [first, ...others] = [...this.#workers.values()].map(({ silences }) => silences);
    if (first === undefined) return [];
    return others.reduce<readonly Silence[]>(common, first).filter(isLong);
  }
}

function common(a: readonly Silence[], b: readonly Silence[]): Silence[] {
  return a.flatMap((one) =>
    b.flatMap((other) => {
      const fromNs = Math.max(one.fromNs, other.fromNs);
      const toNs = Math.min(one.toNs, other.toNs);
      return toNs > fromNs ? [{ fromNs, toNs, inFlight: one.inFlight + other.inFlight }] : [];
    }),
  );
}

function isLong(silence: Silence): boolean {
  return lengthOf(silence) >= shortestNs;
}

function lengthOf({ fromNs, toNs }: Silence): number {
  return toNs - fromNs;
}
