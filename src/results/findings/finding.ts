import { formatDuration } from "../../base/units.ts";

/**
 * Something that affects the validity of a run's figures: who was the limit, or what disturbed the run.
 *
 *     | severity | what it means for the figures                                          |
 *     | -------- | ---------------------------------------------------------------------- |
 *     | severe   | they are not the server's: fix what is named and run again             |
 *     | warning  | a part of them is not the server's; small differences mean nothing     |
 *     | info     | they are valid; this says what they mean                         |
 */
export interface Finding {
  readonly about: "generator" | "server" | "machine" | "run";
  readonly severity: Severity;
  /** What it is, for programs; stays the same from version to version: "generator.busy". */
  readonly code: FindingCode;
  /** The workload or server that it concerns; null: all of them, the machine, or a gate. */
  readonly subject: string | null;
  /** The host that it concerns; missing where it is not about one of several. */
  readonly host?: string;
  /** What was found, for people. */
  readonly text: string;
  /** The figures that it is based on; the unit is the last word of each name. */
  readonly evidence: Readonly<Record<string, number>>;
  /** What to do about it, for people. */
  readonly todo: string;
}

export const severities = ["severe", "warning", "info"] as const;
export type Severity = (typeof severities)[number];

export const findingCodes = [
  "generator.busy",
  "generator.late",
  "generator.wakeUp",
  "generator.pauses",
  "generator.sendBuffer",
  "server.cpu",
  "server.waits",
  "server.pauses",
  "server.sharesThread",
  "server.receiveWindow",
  "machine.waiting",
  "machine.steal",
  "machine.throttled",
  "machine.others",
  "machine.full",
  "run.short",
  "run.fewSamples",
  "run.slowClients",
  "run.retransmits",
  "run.hostsDiffer",
  "run.clockError",
] as const;
export type FindingCode = (typeof findingCodes)[number];

/** "12 %", "0.4 %" */
export function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(ratio < 0.1 ? 1 : 0)} %`;
}

/** "1.3 s" */
export function seconds(value: number): string {
  return formatDuration(value * 1e9);
}

/** CPUs in use on average: "1.30". */
export function cpusText(cpuSeconds: number, overSeconds: number): string {
  return (cpuSeconds / overSeconds).toFixed(2);
}
