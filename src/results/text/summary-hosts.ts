import { formatAmount, formatCount } from "../../base/units.ts";
import { hostTable } from "../host-rows.ts";
import type { RunResult } from "../result.ts";
import { alignColumns, type Colors } from "./text-table.ts";

/** The hosts that the clients were on, and what each contributed. */
export function hostsSection(result: RunResult, colors: Colors): string[] {
  const table = hostTable(result);
  if (table === null) return [];
  const { columns, rows, left } = table;
  const numbers = columns.flatMap(({ isNumber }, at) => (isNumber ? [at + 1] : []));
  return [
    `${colors.bold("hosts")} (${formatCount(Object.keys(result.hosts).length)})`,
    ...alignColumns(
      [columns.map(({ label }) => label), ...rows].map((row, line) => [
        "",
        ...withoutEnd(row).map((text, at) => {
          const isGone = line > 0 && columns[at]?.label === "";
          return { text, style: line === 0 ? colors.dim : isGone ? colors.red : String };
        }),
      ]),
      new Set(numbers),
    ),
    ...(left > 0 ? [`  and ${formatAmount(left, "more host")}, in the result`] : []),
  ];
}

/** Without the empty cells at its end, which would be spaces. */
function withoutEnd(row: readonly string[]): readonly string[] {
  return row.slice(0, row.findLastIndex((text) => text !== "") + 1);
}
