/** CPU times of the whole machine since boot. Linux: text in, numbers out. */

/** CPU time, s, summed over all CPUs. */
export interface MachineTimes {
  readonly cpus: number;
  /** Of programs, including their kernel time, without interrupts, which cannot be attributed. */
  readonly programSeconds: number;
  readonly idleSeconds: number;
  readonly stealSeconds: number;
}

/** Ticks per second in /proc: USER_HZ, 100 on every platform that Node runs on. */
const ticksPerSecond = 100;

/**
 * Reads /proc/stat. In a container these are the times of the whole host.
 *
 * @returns null where the text has no such line
 * @see     proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice; user
 *          includes guest
 */
export function parseMachineTimes(text: string): MachineTimes | null {
  const line = /^cpu +(.+)$/m.exec(text)?.[1];
  const cpus = (text.match(/^cpu\d+ /gm) ?? []).length;
  if (line === undefined || cpus === 0) return null;
  const fields = line.trim().split(/\s+/).map(Number);
  const seconds = (...indexes: readonly number[]) =>
    indexes.reduce((sum, index) => sum + (fields[index] ?? 0), 0) / ticksPerSecond;
  return {
    cpus,
    programSeconds: seconds(0, 1, 2),
    idleSeconds: seconds(3, 4),
    stealSeconds: seconds(7),
  };
}
