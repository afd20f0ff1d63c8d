import picocolors from "picocolors";
import { printable } from "../base/printable.ts";
import type { CheckResult } from "./checks/check-result.ts";

const order = ["refuse", "warn", "note"] as const;

/**
 * Renders results as text, the worst first, each with its remedy below; "" when there are none.
 *
 * @param color whether to colour the level
 */
export function renderResults(results: readonly CheckResult[], color = false): string {
  const colors = picocolors.createColors(color);
  const paint = { refuse: colors.red, warn: colors.yellow, note: colors.cyan };
  const sorted = [...results].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  return sorted
    .map(({ level, check, message, remedy }) => {
      const label = paint[level](level.padEnd(6));
      // Messages name programs, which choose their names themselves.
      return `${label} ${printable(message)} ${colors.dim(`[${check}]`)}\n       ${printable(remedy)}`;
    })
    .join("\n");
}
