import { patterns, patternsWith } from "../patterns.ts";
import type { Protocol } from "../scenario.ts";
import type { WorkloadInput } from "../schema/workload.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";

type Field = keyof WorkloadInput;

/** Fields that have a meaning over one protocol only, and why. */
const protocolWith: Readonly<Partial<Record<Field, readonly [Protocol, string]>>> = {
  framing: ["tcp", "over UDP each datagram is one message; leave framing out"],
  close: ["tcp", "close is for TCP; UDP has no connection to close"],
  connectTimeout: ["tcp", "connectTimeout is for TCP; UDP has no connection to wait for"],
  noDelay: ["tcp", "noDelay is for TCP"],
  socket: ["udp", "socket is for UDP"],
};

/** Which workloads a field is for; null: all. */
export function useOf(field: string): {
  readonly patterns: readonly PatternName[] | null;
  readonly protocol: Protocol | null;
} {
  return {
    patterns: patternsWith[field as Field] ?? null,
    protocol: protocolWith[field as Field]?.[0] ?? null,
  };
}

/** Fields that say something about messages. */
const messageFields: readonly Field[] = ["message", "framing", "expect"];

/** Whether a workload opens and closes connections and sends nothing on them. */
export function isSilent(input: WorkloadInput): boolean {
  const { opensUpFront, hasArrivals } = patterns[input.pattern];
  if (!opensUpFront) return input.exchangesPerConnection === 0;
  return !hasArrivals && input.verify !== true && input.keepAlive === undefined;
}

/** Notes each field that the workload's pattern or protocol cannot use, at its key. */
export function refuseFields(
  input: WorkloadInput,
  protocol: Protocol | null,
  path: Path,
  diagnostics: Diagnostics,
): void {
  const { pattern } = input;
  const silent = isSilent(input);
  for (const field of Object.keys(input) as Field[]) {
    const takers = patternsWith(field);
    const [only, reason] = protocolWith[field] ?? [protocol, ""];
    if (takers?.includes(pattern) === false) {
      const message = `${field} has no meaning for ${pattern}; it is for ${takers.join(", ")}`;
      diagnostics.key([...path, field], message);
    } else if (protocol !== null && only !== protocol) {
      diagnostics.key([...path, field], reason);
    } else if (silent && messageFields.includes(field)) {
      const remedy = patterns[pattern].opensUpFront
        ? "add verify: true or keepAlive"
        : "exchangesPerConnection is 0";
      diagnostics.key([...path, field], `${field}: this ${pattern} sends no messages; ${remedy}`);
    }
  }
}
