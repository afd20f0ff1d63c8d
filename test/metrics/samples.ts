import fc from "fast-check";
import { Recorder } from "../../src/metrics/recorder.ts";
import { phase, type SparseCounts, timing } from "../../src/metrics/snapshot.ts";

/** Without counts between two calls; its megabytes of histograms would be most of what a call takes. */
const recorder = new Recorder(0, 0, 0);

/** Returns a histogram of the given values, recorded as a worker records it. */
export function countsOf(values: readonly number[]): SparseCounts {
  for (const ns of values) recorder.time(timing.responseTime, phase.steady, ns);
  return recorder.snapshot(1).steady[timing.responseTime] as SparseCounts;
}

/** Durations in ns of every order of magnitude, with equal probability. */
export const durations = fc
  .tuple(fc.integer({ min: 0, max: 41 }), fc.nat({ max: 2 ** 30 }))
  .map(([exponent, fraction]) => Math.floor(2 ** exponent * (1 + fraction / 2 ** 30)));

/** Reproducible samples in the shape of latencies: a log-normal body and a tail. */
export function latencies(count: number): number[] {
  let state = 12_345;
  const uniform = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  return Array.from({ length: count }, () => {
    const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    return Math.floor(200_000 * Math.exp(normal * 0.8));
  });
}

/** One of the slowest replies of a recorder's steady state: sent when it was due, 2 s after the start. */
export function slowReply(recorder: Recorder, client: number, responseNs: number): void {
  recorder.reply.set([responseNs, responseNs, 2e9, Number.NaN, Number.NaN]);
  recorder.slow(phase.steady, client, 2e9);
}
