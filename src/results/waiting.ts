import type { ClientCpu } from "./result.ts";

/** Whether the clients waited for a CPU longer than they had one: then the machine was the limit. */
export function starved(cpu: ClientCpu | null): boolean {
  if (cpu === null || cpu.waitedSeconds === null) return false;
  return cpu.waitedSeconds > cpu.userSeconds + cpu.systemSeconds;
}
