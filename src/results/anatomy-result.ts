/** Where the time of exchanges went; see docs/wire-time.md. */
import { partsNear } from "../metrics/anatomy.ts";
import {
  type ExchangeParts,
  type ExchangeTimes,
  type Snapshot,
  timing,
} from "../metrics/snapshot.ts";
import { noCounts, percentileOf } from "../metrics/sparse-counts.ts";

/** The parts of a response time, ns: they follow each other, and add up to it. Null: the kernel was not asked (`wireTime`). */
export interface ExchangePartsResult {
  /** From the intended send time to the actual one. */
  readonly sendLagNs: number;
  /** From there to when the kernel was given the message, with what left together with it. */
  readonly queuedNs: number | null;
  /** From there to when the kernel had received the reply. */
  readonly wireTimeNs: number | null;
  /** From there to when this machine had woken the client, where the response time ends. */
  readonly wakeUpNs: number | null;
}

/** One exchange. */
export interface ExchangeResult extends ExchangePartsResult {
  /** Its intended send time, ms since the run's start. */
  readonly atMs: number;
  /** From when the client was woken to when it was handed the reply: after the response time. */
  readonly handOutNs: number;
}

/** Exchanges near a percentile of the response time: mean over those whose response times are next to it. */
export interface AnatomyResult extends ExchangePartsResult {
  /** Of the response time. */
  readonly percentile: number;
  /** The percentile's value, ns. */
  readonly responseTime: number;
  /** How many exchanges the means are of. */
  readonly exchanges: number;
}

/** Those of the summary. */
const percentiles = [50, 90, 99, 99.9];

export function anatomyResults({ anatomy, steady }: Snapshot): AnatomyResult[] {
  const responses = steady[timing.responseTime] ?? noCounts;
  return percentiles.flatMap((percentile) => {
    const responseTime = percentileOf(responses, percentile);
    const parts = responseTime === null ? null : partsNear(anatomy, responses, responseTime);
    if (responseTime === null || parts === null) return [];
    return [{ percentile, responseTime, exchanges: parts.count, ...partsResult(parts) }];
  });
}

/** @param startNs of the run, monotonic clock */
export function exchangeResult(times: ExchangeTimes, startNs: number): ExchangeResult {
  const atMs = (times.intendedNs - startNs) / 1e6;
  return { atMs, ...partsResult(times), handOutNs: Math.round(times.handOutNs) };
}

function partsResult({ lagNs, queuedNs, wireNs, wakeNs }: ExchangeParts): ExchangePartsResult {
  const whole = (ns: number | null) => (ns === null ? null : Math.round(ns));
  return {
    sendLagNs: Math.round(lagNs),
    queuedNs: whole(queuedNs),
    wireTimeNs: whole(wireNs),
    wakeUpNs: whole(wakeNs),
  };
}
