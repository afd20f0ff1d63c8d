/** What findings ask of a workload's disturbance. */
import type { Disturbances } from "../../metrics/disturbance/disturbances.ts";
import type { Silence } from "../../metrics/disturbance/silences.ts";
import { timing } from "../../metrics/snapshot.ts";
import { noCounts, percentileOf } from "../../metrics/sparse-counts.ts";
import { patterns } from "../../scenario/patterns.ts";
import type { SilenceMeasures, UndisturbedMeasures } from "../findings/measures.ts";
import { creditedFigures, wholeDisturbed } from "./disturbed-figures.ts";
import { wholeCounted } from "./figures.ts";
import type { WorkloadData } from "./input.ts";

/** A silence of which more was lost to pauses and others is theirs, and so is one of which less is left. */
const lostRatio = 0.5;
const leastLeftNs = 450e6;

/** So many times as long as a reply takes: less is how this server answers. */
const silentFactor = 4;

export function undisturbedMeasures(
  data: WorkloadData,
  disturbances: Disturbances,
): UndisturbedMeasures {
  const disturbed = wholeDisturbed(data, disturbances);
  const of = (which: number) =>
    disturbed.part.undisturbed(data.accumulator.total.steady[which] ?? noCounts, which);
  const responseTime = of(timing.responseTime);
  const serviceTime = of(timing.serviceTime);
  const all = data.accumulator.total.steady[timing.responseTime]?.count ?? 0;
  const figures = creditedFigures(data, wholeCounted(data), disturbed);
  return {
    ratio: all === 0 ? 1 : responseTime.count / all,
    timedOut: figures["exchanges.timedOut"] ?? 0,
    responseTimeP99: percentileOf(responseTime, 99),
    serviceTimeP99: percentileOf(serviceTime, 99),
    serviceTimeP50: percentileOf(serviceTime, 50),
    generatorLagP99: percentileOf(of(timing.generatorLag), 99),
  };
}

/** Returns the longest silence in steady state that is the target's; null where there was none. */
export function longestSilence(
  data: WorkloadData,
  disturbances: Disturbances,
): SilenceMeasures | null {
  const { silences, times, plan, accumulator, workload } = data;
  const { steadyNs, endNs } = times;
  if (steadyNs === null || endNs === null || patterns[workload.pattern].oneWay) return null;
  const workers = plan.portions.map(({ worker }) => worker);
  const lostIn = ({ fromNs, toNs }: Silence) => disturbances.meanLostNs(workers, fromNs, toNs);
  const usualNs = percentileOf(accumulator.total.steady[timing.serviceTime] ?? noCounts, 50) ?? 0;
  const theirs = silences.all.filter((silence) => {
    const { fromNs, toNs } = silence;
    const lostNs = lostIn(silence);
    const ns = toNs - fromNs;
    const isLong = ns > silentFactor * usualNs && ns - lostNs >= leastLeftNs;
    return fromNs >= steadyNs && toNs <= endNs && isLong && lostNs <= lostRatio * ns;
  });
  const longest = theirs.reduce<Silence | null>(
    (a, b) => (a === null || b.toNs - b.fromNs > a.toNs - a.fromNs ? b : a),
    null,
  );
  if (longest === null) return null;
  return {
    atMs: (longest.fromNs - accumulator.startNs) / 1e6,
    durationMs: (longest.toNs - longest.fromNs) / 1e6,
    lostMs: lostIn(longest) / 1e6,
    inFlight: longest.inFlight,
  };
}
