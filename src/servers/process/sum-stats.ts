import { addArrivals } from "../../metrics/arrivals-by-second.ts";
import type { ServerStats } from "../protocol.ts";
import { addUdpTally } from "../replies/tally.ts";

type WorkloadStats = ServerStats["byWorkload"][number];

/** Sums the counters of several processes of a server. */
export function sumStats(parts: readonly ServerStats[]): ServerStats {
  const byWorkload = new Map<number, WorkloadStats>();
  for (const one of parts.flatMap((part) => part.byWorkload)) {
    const sum = byWorkload.get(one.workload);
    byWorkload.set(one.workload, sum === undefined ? one : addWorkload(sum, one));
  }
  const total = (of: (part: ServerStats) => number) =>
    parts.reduce((sum, part) => sum + of(part), 0);
  return {
    accepted: total((part) => part.accepted),
    open: total((part) => part.open),
    received: total((part) => part.received),
    replied: total((part) => part.replied),
    bytesReceived: total((part) => part.bytesReceived),
    bytesSent: total((part) => part.bytesSent),
    udp: parts
      .map(({ udp }) => udp)
      .reduce(
        (sum, udp) => (sum === null || udp === null ? (sum ?? udp) : addUdpTally(sum, udp)),
        null,
      ),
    byWorkload: [...byWorkload.values()].sort((a, b) => a.workload - b.workload),
  };
}

function addWorkload(a: WorkloadStats, b: WorkloadStats): WorkloadStats {
  return {
    workload: a.workload,
    received: a.received + b.received,
    duplicated: a.duplicated + b.duplicated,
    reordered: a.reordered + b.reordered,
    bytesReceived: a.bytesReceived + b.bytesReceived,
    arrivals: addArrivals(a.arrivals, b.arrivals),
  };
}
