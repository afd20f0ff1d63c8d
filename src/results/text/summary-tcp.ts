import { formatAmount, formatCount, formatDuration } from "../../base/units.ts";
import type { TcpResult } from "../tcp-result.ts";

/** Two lines of what the kernel knows of a workload's connections; none where nobody asked. */
export function tcpTexts(tcp: TcpResult | null): string[] {
  if (tcp === null) return [];
  if (tcp.looks === 0) return ["nobody looked at the connections: there were none for so long"];
  return [figuresText(tcp), looksText(tcp)];
}

function figuresText({ rtt, retransmits, segmentsSent, ...tcp }: TcpResult): string {
  const { "50": p50, "99": p99 } = rtt.percentiles;
  const limits: readonly (readonly [number | null, string])[] = [
    [tcp.receiveWindowLimitedMs, "receive window"],
    [tcp.sendBufferLimitedMs, "send buffer"],
  ];
  return [
    p50 === null || p99 === null
      ? "no round trip in steady state"
      : `round trip p50 ${formatDuration(p50)}, p99 ${formatDuration(p99)}`,
    `${formatCount(retransmits ?? 0)} of ${formatAmount(segmentsSent ?? 0, "segment")} sent again`,
    ...limits.flatMap(([limitedMs, by]) =>
      limitedMs === null || limitedMs === 0
        ? []
        : [`${formatDuration(limitedMs * 1e6)} limited by the ${by}`],
    ),
    ...(tcp.busyMs === null ? [] : [`busy for ${formatDuration(tcp.busyMs * 1e6)} in all`]),
  ].join(", ");
}

function looksText({ connections, sampled, looks, everyMs, costNs }: TcpResult): string {
  const what = formatAmount(connections, "connection");
  return (
    `${formatAmount(looks, "look")} at ${sampled ? `a sample of ${what}` : what}, one every ${formatDuration(everyMs * 1e6)}; ` +
    `they took ${formatDuration(costNs)} of CPU time`
  );
}
