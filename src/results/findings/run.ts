import { formatAmount, formatCount, formatDuration } from "../../base/units.ts";
import { slowText } from "../../scenario/slow.ts";
import type { SlowResult } from "../result.ts";
import type { Finding } from "./finding.ts";
import type { GateMeasures, Measures, WorkloadMeasures } from "./measures.ts";

/** Of fewer exchanges no percentile but the median says anything, and the next one changes every figure. */
const fewestExchanges = 10;

/** A rate over less than that is a matter of when the first and the last message left. */
const shortestSeconds = 0.1;

/** Where a run was too short to mean anything. Pure. */
export function shortFindings({ workloads }: Measures): Finding[] {
  return workloads.flatMap(short);
}

/** Where gates ask for percentiles that need more samples than there are. Pure. */
export function sampleFindings({ gates }: Measures): Finding[] {
  return gates.flatMap(fewSamples);
}

/** Where clients were slow on purpose: their figures are not the server's alone. Pure. */
export function slowFindings({ workloads, receiveBufferObstacle }: Measures): Finding[] {
  return workloads.flatMap(({ name, slow }) =>
    slow === null ? [] : [slowFinding(name, slow, receiveBufferObstacle)],
  );
}

function slowFinding(name: string, slow: SlowResult, obstacle: string | null): Finding {
  const { readBytesPerSecond, writeBytesPerSecond, stallMs } = slow;
  const stallNs = (stallMs ?? 0) * 1e6;
  const what = slowText({ readBytesPerSecond, writeBytesPerSecond, stallNs });
  const isUnfelt = readBytesPerSecond !== null && obstacle !== null;
  const unfelt = isUnfelt
    ? `. Their receive buffers are the kernel's own, as ${obstacle}: the server notices a slow reader when that is full`
    : "";
  return {
    about: "run",
    severity: "info",
    code: "run.slowClients",
    subject: name,
    text:
      `${name}: its clients are slow on purpose (${what}): its rates and response times include that, and are not the ` +
      `server's alone${unfelt}`,
    evidence: Object.fromEntries(
      Object.entries(slow).filter((entry): entry is [string, number] => entry[1] !== null),
    ),
    todo:
      "take the server's latency from another workload that runs at the same time, and from this one connections and errors" +
      (isUnfelt ? "; with --io uring the buffers are small" : ""),
  };
}

function short({ name, offeredInSteady, steadySeconds }: WorkloadMeasures): Finding[] {
  if (steadySeconds === null || offeredInSteady === 0) return [];
  if (offeredInSteady >= fewestExchanges && steadySeconds >= shortestSeconds) return [];
  const length = formatDuration(steadySeconds * 1e9);
  return [
    {
      about: "run",
      severity: "severe",
      code: "run.short",
      subject: name,
      text:
        `${name}: steady state lasted ${length} and had ${formatAmount(offeredInSteady, "exchange")}: ` +
        "too short for its rates and percentiles to mean anything",
      evidence: { offeredCount: offeredInSteady, steadySeconds },
      todo: "raise duration (or exchanges), or the rate",
    },
  ];
}

/** Fewer samples than it takes for one to lie above the percentile: then the percentile is the longest of them. */
function fewSamples({ expression, percentile, samples, isWindow }: GateMeasures): Finding[] {
  const needed = samplesFor(percentile);
  if (samples === 0 || samples >= needed) return [];
  const of = isWindow ? "windows of as few as" : "only";
  return [
    {
      about: "run",
      severity: "warning",
      code: "run.fewSamples",
      subject: null,
      text:
        `gate ${expression} rests on ${of} ${formatAmount(samples, "sample")}: p${percentile} is the longest ` +
        `of them, as one in ${formatCount(needed)} lies above it`,
      evidence: { samplesCount: samples, neededCount: needed },
      todo: `raise ${isWindow ? "the window," : "duration or"} the rate until there are ${formatCount(needed)} samples, or ask for a lower percentile`,
    },
  ];
}

/** Samples of which one lies above a percentile, on average. */
export function samplesFor(percentile: number): number {
  // 100 - 99.9 is 0.0999...: rounded, it takes 1,000 and not 1,001.
  return percentile >= 100 ? 1 : Math.ceil(Number((100 / (100 - percentile)).toPrecision(12)));
}
