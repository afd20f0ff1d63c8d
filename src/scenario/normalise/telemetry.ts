import { connectionProtocols } from "../../address/protocol.ts";
import { formatDuration } from "../../base/units.ts";
import type { Slow, Telemetry, WorkloadTls } from "../scenario.ts";
import type { TelemetryInput } from "../schema/telemetry.ts";
import type { WorkloadInput } from "../schema/workload.ts";
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

/** Whether the kernel's time stamps of replies are read. What rules that out is reported. */
export function normaliseWireTime(
  { wireTime = false, steps }: WorkloadInput,
  { tls, slow }: { readonly tls: WorkloadTls | null; readonly slow: Slow | null },
  path: Path,
  diagnostics: Diagnostics,
): boolean {
  if (!wireTime) return false;
  const obstacle =
    (steps === undefined
      ? null
      : "wireTime is the time of one message and its reply, and steps are exchanges of several") ??
    (tls === null
      ? null
      : "wireTime ends when the kernel has received a reply, which nobody can see through TLS: what a reply is comes out where it is decrypted") ??
    (slow === null
      ? null
      : "wireTime has no meaning for clients that are slow on purpose: they let the kernel wait");
  if (obstacle !== null) {
    diagnostics.key([...path, "wireTime"], `${obstacle}; leave wireTime out`);
  }
  return true;
}
