import picocolors from "picocolors";
import type { Finding } from "./checks/finding.ts";

const order = ["refuse", "warn", "note"] as const;

/**
 * Findings as text, the worst first, each with its remedy below; "" when there are none.
 *
 * @param color whether to colour the level
 */
export function renderFindings(findings: readonly Finding[], color = false): string {
  const colors = picocolors.createColors(color);
  const paint = { refuse: colors.red, warn: colors.yellow, note: colors.cyan };
  const sorted = [...findings].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  return sorted
    .map(({ level, check, message, remedy }) => {
      const label = paint[level](level.padEnd(6));
      return `${label} ${message} ${colors.dim(`[${check}]`)}\n       ${remedy}`;
    })
    .join("\n");
}
