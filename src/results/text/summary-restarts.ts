import { formatCount, formatDuration } from "../../base/units.ts";
import type { RunResult } from "../result.ts";
import type { RestartResult } from "../server-result.ts";
import { alignColumns, type Cell, type Colors } from "./text-table.ts";

const heads = [
  ...["", "server", "at", "order", "old flows", "kept", "reset", "new", "refused", "lost"],
  ...["misrouted", "longest gap", "old instance"],
];

/** A table of the servers' restarts. */
export function restartsSection({ servers }: RunResult, colors: Colors): string[] {
  const rows = Object.entries(servers).flatMap(([name, { restarts }]) =>
    restarts.map((restart) => row(name, restart)),
  );
  if (rows.length === 0) return [];
  const dim = (text: string): Cell => ({ text, style: colors.dim });
  const right = new Set(
    heads.flatMap((_, column) => (column >= 4 && column <= 11 ? [column] : [])),
  );
  return [colors.bold("restarts"), ...alignColumns([heads.map(dim), ...rows], right)];
}

function row(name: string, restart: RestartResult): string[] {
  const { old, kept, reset, opened, failed, lost, misrouted, longestGapMs } = restart;
  return [
    "",
    name,
    formatDuration(restart.atMs * 1e6),
    restart.order,
    ...[old, kept, reset, opened, failed, lost, misrouted].map((count) =>
      count === null ? "-" : formatCount(count),
    ),
    longestGapMs === null ? "-" : formatDuration(longestGapMs * 1e6),
    oldInstanceText(restart),
  ];
}

function oldInstanceText({ oldInstance, drainMs, readyMs }: RestartResult): string {
  if (readyMs === null) return "no new instance became ready";
  if (drainMs === null) return "was draining until the end";
  const after = formatDuration(drainMs * 1e6);
  return oldInstance === "killed" ? `killed after ${after}` : `ended after ${after}`;
}
