/** What processes use, measured from outside: /proc, proc(5). */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** proc(5) counts CPU time in ticks of 10 ms on every platform that the bench runs on. */
const ticksPerSecond = 100;
const sampleEveryMs = 20;

/**
 * @typedef {object} Usage
 * @property {number} ns time, as process.hrtime
 * @property {number} userSeconds
 * @property {number} systemSeconds
 * @property {number} rssBytes
 */

/**
 * Returns CPU time and memory of processes, summed; processes that have exited count as nothing.
 *
 * @param {readonly number[]} pids
 * @returns {Usage}
 */
export function usageOf(pids) {
  const usage = {
    ns: Number(process.hrtime.bigint()),
    userSeconds: 0,
    systemSeconds: 0,
    rssBytes: 0,
  };
  for (const pid of pids) {
    // The fields after the name, which may contain blanks: numbers 14 and 15 are times.
    const fields = readProc(`${pid}/stat`)
      .replace(/^.*\) /s, "")
      .split(" ")
      .map(Number);
    usage.userSeconds += (fields[11] ?? 0) / ticksPerSecond;
    usage.systemSeconds += (fields[12] ?? 0) / ticksPerSecond;
    const [, kib = 0] = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(`${pid}/status`)) ?? [];
    usage.rssBytes += Number(kib) * 1024;
  }
  return usage;
}

/**
 * Returns a process and all its descendants.
 *
 * @param {number} pid
 * @returns {number[]}
 */
export function tree(pid) {
  const children = readProc(`${pid}/task/${pid}/children`).trim().split(" ");
  return [pid, ...children.filter((text) => text !== "").flatMap((text) => tree(Number(text)))];
}

/**
 * Returns those of the processes whose command line contains a text.
 *
 * @param {readonly number[]} pids
 * @param {string} text
 */
export function running(pids, text) {
  return pids.filter((pid) => readProc(`${pid}/cmdline`).includes(text));
}

/** @param {string} path below /proc; "" when the process has exited */
function readProc(path) {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch (error) {
    const { code = "" } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code === "ENOENT" || code === "ESRCH") return "";
    throw error;
  }
}

/**
 * Samples what processes use until it is stopped.
 *
 * @param {() => readonly number[]} pids called for each sample
 */
export function sampleUsage(pids) {
  /** @type {Usage[]} */
  const samples = [usageOf(pids())];
  const timer = setInterval(() => samples.push(usageOf(pids())), sampleEveryMs);
  return {
    samples,
    stop() {
      clearInterval(timer);
    },
  };
}

/**
 * Returns CPU time between two moments, s; between samples it is assumed to grow evenly.
 *
 * @param {readonly Usage[]} samples by time
 * @param {number} fromNs
 * @param {number} toNs
 */
export function cpuBetween(samples, fromNs, toNs) {
  return cpuAt(samples, toNs) - cpuAt(samples, fromNs);
}

/**
 * @param {readonly Usage[]} samples
 * @param {number} ns
 */
function cpuAt(samples, ns) {
  const after = samples.findIndex((sample) => sample.ns >= ns);
  const right = samples[after === -1 ? samples.length - 1 : after];
  const left = samples[after > 0 ? after - 1 : 0];
  if (left === undefined || right === undefined) return 0;
  const [from, to] = [cpuSeconds(left), cpuSeconds(right)];
  if (right.ns <= left.ns || after === -1) return to;
  return from + ((to - from) * (ns - left.ns)) / (right.ns - left.ns);
}

/** @param {{ readonly userSeconds: number, readonly systemSeconds: number }} used */
export function cpuSeconds({ userSeconds, systemSeconds }) {
  return userSeconds + systemSeconds;
}

/**
 * Waits until processes have nothing left to do, such as closing connections that the last client left open.
 *
 * @param {readonly number[]} pids
 */
export async function settle(pids) {
  for (let before = Number.NaN; ; ) {
    const now = cpuSeconds(usageOf(pids));
    if (now - before < 2 / ticksPerSecond) return;
    before = now;
    await sleep(100);
  }
}

/**
 * Returns the time that the hypervisor has taken from this machine since it started, and all time of its
 * CPUs, in the same unit.
 *
 * @returns {{ readonly stolen: number, readonly all: number }}
 * @see proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal
 */
export function stealTime() {
  const [, ...ticks] = (readFileSync("/proc/stat", "utf8").split("\n")[0] ?? "").split(/\s+/);
  const times = ticks.slice(0, 8).map(Number);
  return { stolen: times[7] ?? 0, all: times.reduce((sum, time) => sum + time, 0) };
}
