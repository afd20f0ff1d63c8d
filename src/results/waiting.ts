import { formatDuration } from "../base/units.ts";
import type { ClientCpu } from "./result.ts";

/** Whether the clients waited for a CPU longer than they had one: then the machine was the limit. */
export function starved(cpu: ClientCpu | null): boolean {
  if (cpu === null || cpu.waitedSeconds === null) return false;
  return cpu.waitedSeconds > cpu.userSeconds + cpu.systemSeconds;
}

/** Share of steady state in which each worker may wait for a CPU before anybody is told. */
const bearable = 0.1;

/**
 * Says that the clients were late for want of a CPU: that is neither the server's doing nor the load
 * generator's, but the machine's.
 *
 * @returns null where they seldom waited, or nobody knows
 */
export function waitNotice(cpu: ClientCpu | null, workers: number): string | null {
  if (cpu === null || cpu.waitedSeconds === null) return null;
  const { waitedSeconds, overSeconds } = cpu;
  if (waitedSeconds < bearable * overSeconds * workers) return null;
  const [waited, over] = [waitedSeconds, overSeconds].map((seconds) =>
    formatDuration(seconds * 1e9),
  );
  return (
    `the clients were ready to run and had no CPU for ${waited} of ${over}` +
    `${workers > 1 ? ` (all ${workers} workers together)` : ""}: other programs had it, the servers ` +
    "among them, and the wait is in every latency"
  );
}
