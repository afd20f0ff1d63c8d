import { assert } from "../base/assert.ts";
import { mergeAnatomies } from "./anatomy.ts";
import { mergeFailing, mergeSlowest } from "./clients.ts";
import { mergeOpenFailures } from "./open-failures.ts";
import type {
  DisturbedSamples,
  ErrorCount,
  SecondTally,
  Snapshot,
  SparseCounts,
  Tally,
} from "./snapshot.ts";
import { mergeCounts } from "./sparse-counts.ts";
import { mergeStatuses } from "./status-counts.ts";
import { mergeWrongReplies } from "./wrong-replies.ts";
import { mergeWrongSources } from "./wrong-sources.ts";

/** `Snapshot.worker` of a snapshot that is the sum of several workers. */
export const severalWorkers = -1;

/**
 * Merges two snapshots of one workload as if one recorder had recorded both. There is no other merge.
 *
 * Counters, errors and histograms add up, in any order and grouping. Open connections do not add up
 * over time, so there are two cases: for intervals of one worker the later `open` and the higher peak
 * count; for several workers the numbers add up (the peak is then an upper bound, as the workers need
 * not have reached theirs at the same time). Merge each worker's intervals before merging workers.
 *
 * @throws asserts that both are of one workload
 */
export function mergeSnapshots(a: Snapshot, b: Snapshot): Snapshot {
  assert(a.workload === b.workload, "only snapshots of one workload merge");
  return {
    workload: a.workload,
    fromNs: Math.min(a.fromNs, b.fromNs),
    toNs: Math.max(a.toNs, b.toNs),
    ...mergeGauges(a, b),
    ...mergeTallies(a, b),
    seconds: mergeSeconds([...a.seconds, ...b.seconds]),
    slowest: mergeSlowest([...a.slowest, ...b.slowest]),
    failing: mergeFailing([...a.failing, ...b.failing]),
    anatomy: mergeAnatomies([a.anatomy, b.anatomy]),
    wrongSources: mergeWrongSources([...a.wrongSources, ...b.wrongSources]),
    openFailures: mergeOpenFailures(a.openFailures, b.openFailures),
    wrongReplies: mergeWrongReplies(a.wrongReplies, b.wrongReplies),
  };
}

/** Adds what adds up. */
export function mergeTallies(a: Tally, b: Tally): Tally {
  // Of a tally that is packed these are made anew at each reading.
  const { steady, outside } = b;
  return {
    counters: sumOfCounters(a.counters, b.counters),
    errors: mergeErrors([...a.errors, ...b.errors]),
    statuses: mergeStatuses([...a.statuses, ...b.statuses]),
    steady: a.steady.map((counts, i) => mergeCounts([counts, steady[i] as typeof counts])),
    outside: a.outside.map((counts, i) => mergeCounts([counts, outside[i] as typeof counts])),
  };
}

function sumOfCounters(a: Float64Array, b: Float64Array): Float64Array {
  const sum = a.slice();
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (b[i] as number);
  return sum;
}

/**
 * Adds the parts of a workload to what was counted of the whole in the same interval of the same worker, as if all of it
 * had been counted of the whole.
 */
export function withParts(whole: Snapshot, parts: readonly Snapshot[]): Snapshot {
  const all = [whole, ...parts];
  return {
    ...whole,
    ...parts.reduce<Tally>(mergeDisturbed, whole),
    seconds: mergeSeconds(
      all.flatMap(({ seconds }) => seconds),
      mergeDisturbed,
    ),
    slowest: mergeSlowest(all.flatMap(({ slowest }) => slowest)),
    failing: mergeFailing(all.flatMap(({ failing }) => failing)),
    anatomy: mergeAnatomies(all.map(({ anatomy }) => anatomy)),
  };
}

/** As `mergeTallies`, with what was disturbed, which is known of one interval of one worker. */
function mergeDisturbed(a: Tally, b: Tally): Tally {
  const disturbed = sumOfDisturbed([a.disturbed, b.disturbed].filter((one) => one !== undefined));
  return { ...mergeTallies(a, b), ...(disturbed === null ? {} : { disturbed }) };
}

function sumOfDisturbed(parts: readonly DisturbedSamples[]): DisturbedSamples | null {
  if (parts.length === 0) return null;
  const sumOf = (counts: (part: DisturbedSamples) => SparseCounts) =>
    mergeCounts(parts.map(counts));
  return {
    responseTime: sumOf(({ responseTime }) => responseTime),
    serviceTime: sumOf(({ serviceTime }) => serviceTime),
    timedOut: parts.reduce((sum, { timedOut }) => sum + timedOut, 0),
  };
}

/** Sums tallies by their second, in its order. */
function mergeSeconds(seconds: readonly SecondTally[], merge = mergeTallies): SecondTally[] {
  const merged = new Map<number | null, SecondTally>();
  for (const one of seconds) {
    const { second } = one;
    const known = merged.get(second);
    merged.set(second, known === undefined ? one : { second, ...merge(known, one) });
  }
  const order = ({ second }: SecondTally) => second ?? Number.NEGATIVE_INFINITY;
  return [...merged.values()].sort((a, b) => order(a) - order(b));
}

function mergeGauges(a: Snapshot, b: Snapshot): Pick<Snapshot, "worker" | "open" | "openPeak"> {
  if (a.worker !== b.worker || a.worker === severalWorkers) {
    return { worker: severalWorkers, open: a.open + b.open, openPeak: a.openPeak + b.openPeak };
  }
  const later = a.toNs === b.toNs ? Math.max(a.open, b.open) : (a.toNs > b.toNs ? a : b).open;
  return { worker: a.worker, open: later, openPeak: Math.max(a.openPeak, b.openPeak) };
}

/** Sums errors by code, side and phase; sorted, so that the result does not depend on the order of merging. */
function mergeErrors(errors: readonly ErrorCount[]): ErrorCount[] {
  const merged = new Map<string, ErrorCount>();
  for (const error of errors) {
    const key = `${error.code} ${error.side} ${error.phase}`;
    merged.set(key, { ...error, count: error.count + (merged.get(key)?.count ?? 0) });
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, error]) => error);
}
