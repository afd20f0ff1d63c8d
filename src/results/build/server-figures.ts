import type { ServerMetric } from "../../gates/metric.ts";
import type { RestartResult, ServerResult } from "../server-result.ts";
import { combined } from "./restarts/flows.ts";

/** The figures of a server, by metric, as gates compare them: durations in ns. */
export function serverFigures(server: ServerResult): Readonly<Record<ServerMetric, number | null>> {
  const { restarts, cpuSeconds, counts } = server;
  const udp = counts?.udp ?? null;
  const flows = combined(restarts);
  const values = (of: (restart: RestartResult) => number | null) => {
    const known = restarts.map(of).filter((value) => value !== null);
    return known.length === restarts.length && known.length > 0 ? known : null;
  };
  const drains = values(({ drainMs }) => drainMs);
  return {
    rssBytesPeak: server.rssBytesPeak,
    "rssBytes.slope": server.slope?.rssBytesPerSecond ?? null,
    "openFiles.slope": server.slope?.openFilesPerSecond ?? null,
    cpuSeconds: cpuSeconds === null ? null : cpuSeconds * 1e9,
    openFilesPeak: server.openFilesPeak,
    memoryBytesPerConnection: server.memoryBytesPerConnection,
    "counts.accepted": counts?.accepted ?? null,
    "counts.received": counts?.received ?? null,
    "counts.replied": counts?.replied ?? null,
    "counts.bytesReceived": counts?.bytesReceived ?? null,
    "counts.bytesSent": counts?.bytesSent ?? null,
    "counts.udp.handedOver": udp?.handedOver ?? null,
    "counts.udp.handedBack": udp?.handedBack ?? null,
    "counts.udp.withoutSocket": udp?.withoutSocket ?? null,
    "counts.udp.refused": udp?.refused ?? null,
    "counts.udp.remote": udp?.remote ?? null,
    "counts.udp.own": udp?.own ?? null,
    "restarts.count": restarts.length,
    "restarts.killed": restarts.filter(({ oldInstance }) => oldInstance === "killed").length,
    "restarts.drainMs": drains === null ? null : Math.max(...drains) * 1e6,
    ...flows,
    "restarts.misrouted":
      values(({ misrouted }) => misrouted)?.reduce((sum, value) => sum + value, 0) ?? null,
  };
}
