import { formatCount, formatDuration, formatRate } from "../../base/units.ts";
import { patterns } from "../../scenario/patterns.ts";
import type { Workload } from "../../scenario/scenario.ts";

type Row = readonly [label: string, text: string];

/** At which rate a workload sends, or what paces it instead, and for how long; none for one without arrivals. */
export function loadTexts({ load, pattern, warmUpNs, durationNs, ...workload }: Workload): Row[] {
  if (!patterns[pattern].hasArrivals) return [];
  const warmUp = warmUpNs === 0 ? "" : `, after ${formatDuration(warmUpNs)} of warm-up`;
  const time = durationNs === null ? "" : `, for ${formatDuration(durationNs)}${warmUp}`;
  const thinks = (ns: number): Row[] =>
    ns === 0 ? [] : [["think", `${formatDuration(ns)} between a reply and the next message`]];
  if (load.model === "open") {
    const arrivals = load.arrivals === "poisson" ? ", Poisson arrivals" : "";
    return [["rate", `${ratesText(load)}${time}${arrivals}`], ...thinks(workload.thinkNs)];
  }
  const bound = load.exchanges === null ? "" : `, ${formatCount(load.exchanges)} exchanges in all`;
  return [
    ["rate", `closed model: as fast as the target replies${bound}${time}`],
    ...thinks(load.thinkNs),
  ];
}

/** "2,000/s", or "from 0/s to 20,000/s in 5 s, then 20,000/s for 30 s". */
function ratesText(load: Extract<Workload["load"], { model: "open" }>): string {
  const [first, ...more] = load.stages;
  if (first !== undefined && more.length === 0 && first.ratePerSecond === load.startRatePerSecond) {
    return formatRate(first.ratePerSecond);
  }
  const texts = load.stages.map(({ durationNs, ratePerSecond }, index) => {
    const before = load.stages[index - 1]?.ratePerSecond ?? load.startRatePerSecond;
    const rate = formatRate(ratePerSecond);
    const length = formatDuration(durationNs);
    if (before === ratePerSecond) return `${rate} for ${length}`;
    return index === 0
      ? `from ${formatRate(before)} to ${rate} in ${length}`
      : `to ${rate} in ${length}`;
  });
  return texts.join(", then ");
}
