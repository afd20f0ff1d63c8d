import { connectionProtocols } from "../../address/protocol.ts";
import { formatDuration } from "../../base/units.ts";
import type { Telemetry } from "../scenario.ts";
import type { TelemetryInput } from "../schema/telemetry.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";

const everyByDefaultNs = 1e9;
/** Each look walks the whole of the kernel's table of connections. */
const leastEveryNs = 100e6;

/** What is read of the workload's connections; null: nothing. What is wrong is reported. */
export function normaliseTelemetry(
  input: TelemetryInput | undefined,
  path: Path,
  diagnostics: Diagnostics,
): Telemetry | null {
  if (input === undefined) return null;
  const given = typeof input === "string" || input.tcp === true ? undefined : input.tcp.every;
  if (given !== undefined && given < leastEveryNs) {
    diagnostics.value(
      [...path, ...connectionProtocols, "every"],
      `every is ${formatDuration(given)}: a look at the connections walks the whole of the kernel's table, so the shortest interval is ${formatDuration(leastEveryNs)}`,
    );
  }
  return { tcp: { everyNs: given ?? everyByDefaultNs } };
}
