/** What the machine as a whole has done since it was started. Linux: text in, numbers out. */

/** CPU time, s, summed over all CPUs. */
export interface MachineTimes {
  readonly cpus: number;
  /** Of programs, kernel included, without interrupts: of those nobody knows whose they are. */
  readonly programSeconds: number;
  readonly idleSeconds: number;
  readonly stealSeconds: number;
}

/** Ticks in a second as /proc counts them: USER_HZ, 100 on every platform Node runs on. */
const ticksPerSecond = 100;

/**
 * /proc/stat. In a container these are the whole host's.
 *
 * @returns null where the text has no such line
 * @see     proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal, guest, guest_nice; user has
 *          guest in it
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
