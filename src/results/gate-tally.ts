import type { GateOutcome } from "./result.ts";

/** "no gates", or "3 of 4 gates passed". */
export function gateTally(gates: readonly GateOutcome[]): string {
  if (gates.length === 0) return "no gates";
  const passed = gates.filter(({ verdict }) => verdict === "pass").length;
  return `${passed} of ${gates.length} gates passed`;
}
