import { emptyFlow } from "../../address/flow.ts";
import { createFlowSpace, type FlowSpaceSpec } from "../../address/flow-space.ts";
import { TupleIds } from "../../address/tuple-ids.ts";
import { histogramOf } from "../../metrics/histogram.ts";
import type { SparseCounts } from "../../metrics/snapshot.ts";
import { percentileOf } from "../../metrics/sparse-counts.ts";
import { type TcpField, tcpField } from "../../metrics/tcp/fields.ts";
import type { TcpMoment, TcpTotals } from "../../metrics/tcp/totals.ts";
import type {
  Distribution,
  TcpConnectionResult,
  TcpResult,
  TcpTimelineEntry,
} from "../tcp-result.ts";

/** The result of what the kernel knows of a workload's connections; null: nobody asked. */
export function tcpResult(tcp: TcpTotals | null): TcpResult | null {
  if (tcp === null) return null;
  const { cost } = tcp;
  return {
    connections: tcp.connections,
    sampled: tcp.isSample,
    everyMs: tcp.everyNs / 1e6,
    looks: tcp.samples,
    costNs: cost.ns,
    costNsPerConnection: cost.nsPerConnection,
    rtt: histogramOf(tcp.rtt),
    rttVariation: histogramOf(tcp.rttVariation),
    minRttNs: tcp.minRttNs,
    retransmits: tcp.whole("retransmits"),
    segmentsSent: tcp.whole("segmentsSent"),
    busyMs: msOf(tcp.steady("busyNs")),
    receiveWindowLimitedMs: msOf(tcp.steady("receiveWindowLimitedNs")),
    sendBufferLimitedMs: msOf(tcp.steady("sendBufferLimitedNs")),
    congestionWindowSegments: distributionOf(tcp.congestionWindow),
    deliveryRateBytesPerSecond: distributionOf(tcp.deliveryRate),
    unackedSegments: distributionOf(tcp.unacked),
    timeline: tcp.moments.map(entryOf),
  };
}

/** What was seen of each client's connection; null where it was not, or the client's port changed. */
export function connectionsOf(
  tcp: TcpTotals | null,
  space: FlowSpaceSpec,
): (client: number) => TcpConnectionResult | null {
  if (tcp === null || tcp.samples === 0) return () => null;
  const ids = new TupleIds(space);
  const flows = createFlowSpace(space);
  const flow = emptyFlow();
  return (client) => {
    flows.at(client, flow);
    const last = tcp.last(ids.ofFlow(flow));
    return last === null ? null : connectionResult((field) => last[tcpField[field]] as number);
  };
}

function connectionResult(of: (field: TcpField) => number): TcpConnectionResult {
  const known = (value: number) => (value === 0 ? null : value);
  return {
    rttNs: known(of("rttNs")),
    minRttNs: known(of("minRttNs")),
    congestionWindowSegments: of("congestionWindow"),
    deliveryRateBytesPerSecond: known(of("deliveryRate")),
    retransmits: of("retransmits"),
    busyMs: of("busyNs") / 1e6,
    receiveWindowLimitedMs: of("receiveWindowLimitedNs") / 1e6,
    sendBufferLimitedMs: of("sendBufferLimitedNs") / 1e6,
  };
}

function msOf(ns: number | null): number | null {
  return ns === null ? null : ns / 1e6;
}

function distributionOf(counts: SparseCounts): Distribution {
  return {
    min: counts.count === 0 ? null : counts.min,
    p50: percentileOf(counts, 50),
    p99: percentileOf(counts, 99),
    max: counts.count === 0 ? null : counts.max,
  };
}

function entryOf(moment: TcpMoment): TcpTimelineEntry {
  const { added } = moment;
  return {
    atMs: moment.atNs / 1e6,
    connections: moment.connections,
    rtt: { p50: moment.rttP50, p99: moment.rttP99, max: moment.rttMax },
    congestionWindowSegments: moment.congestionWindow,
    deliveryRateBytesPerSecond: moment.deliveryRate,
    unackedSegments: moment.unacked,
    lostSegments: moment.lost,
    retransmits: added.retransmits,
    segmentsSent: added.segmentsSent,
    busyMs: added.busyNs / 1e6,
    receiveWindowLimitedMs: added.receiveWindowLimitedNs / 1e6,
    sendBufferLimitedMs: added.sendBufferLimitedNs / 1e6,
    receiveWindowLimited: moment.receiveWindowLimited,
  };
}
