import { type AddedUp, addedUp } from "../../../src/metrics/tcp/fields.ts";
import type { TcpSample } from "../../../src/metrics/tcp/sample.ts";
import { TimeCounts } from "../../../src/metrics/time-counts.ts";

interface Given extends Partial<Omit<TcpSample, "added" | "rtt">> {
  readonly rttNs?: readonly number[];
  readonly added?: Partial<Record<AddedUp, number>>;
}

/** Empty between two calls: a new one for each would be most of the time of a test with thousands of looks. */
const recorded = new TimeCounts();

function counts(values: readonly number[]) {
  for (const value of values) recorded.record(value);
  return recorded.take();
}

/** What a look found, in steady state unless it is given. */
export function tcpSample({ rttNs = [], added = {}, ...given }: Given = {}): TcpSample {
  const none = Object.fromEntries(addedUp.map((name) => [name, 0])) as Record<AddedUp, number>;
  return {
    workload: 0,
    atNs: 0,
    sinceNs: 0,
    steady: true,
    steadySince: true,
    connections: rttNs.length,
    complete: true,
    rtt: counts(rttNs),
    rttVariation: counts(rttNs.map((ns) => ns / 2)),
    minRttNs: 0,
    congestionWindow: counts(rttNs.map(() => 10)),
    deliveryRate: counts(rttNs.map(() => 1e6)),
    unacked: counts(rttNs.map(() => 1)),
    lost: 0,
    added: { ...none, ...added },
    receiveWindowLimited: 0,
    costNs: 0,
    ...given,
  };
}
