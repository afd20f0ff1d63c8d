import { writeAtomically } from "../../base/files/atomic-file.ts";
import { intervalLog, type LogInterval } from "../../metrics/hlog.ts";
import { timings } from "../../metrics/snapshot.ts";
import { partsOf, type ResultInput, type WorkloadData, workloadData } from "./input.ts";

/** Path of the interval log next to a result. */
export function logPath(resultPath: string): string {
  return resultPath.replace(/(\.json)?$/i, ".hlog");
}

/**
 * Writes `--hlog`: every entry of every workload's timeline, by timing, in HdrHistogram's interval log.
 *
 * Tags are `<workload>.<timing>` for steady state and `<workload>.outsideSteady.<timing>` for the
 * rest (connectTime and tlsTime have the first only); of a part, `<workload>.<part>` takes the workload's place. Seconds
 * without samples have no line.
 *
 * @throws the file system's error; nothing is left behind
 */
export function writeIntervalLog(path: string, input: ResultInput): void {
  const all = workloadData(input).flatMap((data) => [data, ...partsOf(data)]);
  const intervals = all.flatMap((data) => [...logIntervals(data)]);
  intervals.sort((a, b) => a.atSeconds - b.atSeconds);
  writeAtomically(path, intervalLog(input.run.startedAt, intervals));
}

function* logIntervals({ accumulator, plan, part }: WorkloadData): Generator<LogInterval> {
  const name = part === null ? plan.name : `${plan.name}.${part}`;
  for (const { atNs, seconds: lengthSeconds, sum } of accumulator.intervals) {
    const { steady, outside } = sum;
    for (const [which, timing] of timings.entries()) {
      for (const [rows, tag] of [
        [steady, `${name}.${timing}`],
        [outside, `${name}.outsideSteady.${timing}`],
      ] as const) {
        const counts = rows[which];
        if (counts === undefined || counts.count === 0) continue;
        yield { tag, atSeconds: atNs / 1e9, lengthSeconds, counts };
      }
    }
  }
}
