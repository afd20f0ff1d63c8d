import type { AddedUp } from "../metrics/tcp/fields.ts";
import type { TcpMoment, TcpTotals } from "../metrics/tcp/totals.ts";
import type { Family, Labels, Unit } from "./family.ts";

/** A workload with `telemetry: tcp`. */
export interface Observed {
  readonly labels: Labels;
  readonly tcp: TcpTotals;
}

/** [name, unit, help, field, what it is divided by] */
const counters: readonly (readonly [string, Unit, string, AddedUp, number])[] = [
  ["retransmits", "{segment}", "Segments sent again", "retransmits", 1],
  ["segments_sent", "{segment}", "Segments sent", "segmentsSent", 1],
  ["busy", "s", "Time with data that was not acknowledged", "busyNs", 1e9],
  [
    "receive_window_limited",
    "s",
    "Of that, time in which the target's receive window was full",
    "receiveWindowLimitedNs",
    1e9,
  ],
  [
    "send_buffer_limited",
    "s",
    "Of that, time in which the client's send buffer was full",
    "sendBufferLimitedNs",
    1e9,
  ],
];

/** [name, unit, help, value or null where there is none] */
const gauges: readonly (readonly [string, Unit, string, (look: TcpMoment) => number | null])[] = [
  ["connections", "{connection}", "Connections looked at", ({ connections }) => connections],
  ["rtt.p50", "s", "Median of the smoothed round-trip times", ({ rttP50 }) => seconds(rttP50)],
  [
    "rtt.p99",
    "s",
    "99th percentile of the smoothed round-trip times",
    ({ rttP99 }) => seconds(rttP99),
  ],
  ["rtt.max", "s", "Longest smoothed round-trip time", ({ rttMax }) => seconds(rttMax)],
  [
    "congestion_window.p50",
    "{segment}",
    "Median of the congestion windows",
    ({ congestionWindow }) => congestionWindow,
  ],
  [
    "delivery_rate.p50",
    "{byte}/s",
    "Median of the rates at which the target's kernel took data",
    ({ deliveryRate }) => deliveryRate,
  ],
  ["unacked", "{segment}", "Segments sent and not acknowledged", ({ unacked }) => unacked],
  ["lost", "{segment}", "Of these, segments that are taken for lost", ({ lost }) => lost],
  [
    "window_limited_connections",
    "{connection}",
    "Connections that the receive window held up since the look before",
    ({ receiveWindowLimited }) => receiveWindowLimited,
  ],
];

/**
 * What the kernel knows of the TCP connections of workloads: counters from the run's start, gauges of the last look.
 *
 * @param observed empty: every metric, without values
 */
export function tcpFamilies(observed: readonly Observed[]): Family[] {
  return [
    ...counters.map(
      ([name, unit, help, field, divisor]): Family => ({
        name: `slash8.tcp.${name}`,
        unit,
        help,
        kind: "counter",
        samples: observed.flatMap(({ labels, tcp }) => {
          const value = tcp.whole(field);
          return value === null ? [] : [{ labels, value: value / divisor }];
        }),
      }),
    ),
    ...gauges.map(
      ([name, unit, help, get]): Family => ({
        name: `slash8.tcp.${name}`,
        unit,
        help: `${help}, at the last look`,
        kind: "gauge",
        samples: observed.flatMap(({ labels, tcp }) => {
          const last = tcp.moments.at(-1);
          const value = last === undefined ? null : get(last);
          return value === null ? [] : [{ labels, value }];
        }),
      }),
    ),
  ];
}

function seconds(ns: number | null): number | null {
  return ns === null ? null : ns / 1e9;
}
