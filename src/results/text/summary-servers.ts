import { formatCount, formatDuration, formatSize } from "../../base/units.ts";
import { memorySlopeText } from "../format-value.ts";
import type { RunResult } from "../result.ts";
import type { ServerResult } from "../server-result.ts";
import { alignColumns, type Cell, type Colors } from "./text-table.ts";

/** A table of the servers for which there are any figures. */
export function serversSection({ servers, run }: RunResult, colors: Colors): string[] {
  const known = Object.entries(servers).filter(([, { cpuSeconds, rssBytesPeak, exit }]) => {
    return cpuSeconds !== null || rssBytesPeak !== null || exit !== null;
  });
  if (known.length === 0) return [];
  const dim = (text: string): Cell => ({ text, style: colors.dim });
  const heads = ["", "server", "CPU", "of one CPU", "memory", "per connection", "files", "exit"];
  const rows = known.map(([name, server]) => {
    const { cpuSeconds, rssBytesPeak, memoryBytesPerConnection, openFilesPeak } = server;
    return [
      "",
      name,
      cpuSeconds === null ? "-" : formatDuration(cpuSeconds * 1e9),
      cpuSeconds === null ? "-" : `${Math.round((100e3 * cpuSeconds) / run.durationMs)} %`,
      rssBytesPeak === null ? "-" : formatSize(rssBytesPeak),
      memoryBytesPerConnection === null ? "-" : formatSize(memoryBytesPerConnection),
      openFilesPeak === null ? "-" : formatCount(openFilesPeak),
      exitText(server),
    ];
  });
  const right = new Set([2, 3, 4, 5, 6]);
  const slopes = known.flatMap(([name, { slope }]) => {
    const text = memorySlopeText(slope);
    return text === null ? [] : [`  memory of ${name} in steady state: ${text}`];
  });
  return [colors.bold("servers"), ...alignColumns([heads.map(dim), ...rows], right), ...slopes];
}

function exitText({ exit }: ServerResult): string {
  if (exit === null) return "-";
  return exit.signal ?? String(exit.code ?? "-");
}
