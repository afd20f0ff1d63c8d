/** The programs that capture packets: their arguments and their output. Pure except for the search. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Capture } from "../scenario/scenario.ts";

export type CaptureProgram = "dumpcap" | "tcpdump";

/** Size of the kernel's buffer, which fills while the program or its disk is busy. */
const bufferMebibytes = 64;

interface Manner {
  readonly args: (job: CaptureJob) => readonly string[];
  /** Pattern of the line that is printed once packets are captured. */
  readonly ready: string;
  /** Patterns of the two numbers that are printed at the end. */
  readonly captured: RegExp;
  readonly dropped: RegExp;
}

/** What to capture. */
export interface CaptureJob {
  readonly interface: string;
  readonly filter: string;
  readonly file: string;
  readonly snapLengthBytes: number;
}

/** In order of preference: dumpcap may be allowed for a group of users, tcpdump usually needs root. */
const manners: Readonly<Record<CaptureProgram, Manner>> = {
  dumpcap: {
    args: ({ interface: name, filter, file, snapLengthBytes }) => [
      ...["-q", "-P", "-i", name, "-s", String(snapLengthBytes), "-B", String(bufferMebibytes)],
      ...["-f", filter, "-w", file],
    ],
    ready: "^File: ",
    captured: /^Packets captured: (\d+)/m,
    dropped: /^Packets received\/dropped on interface .*: \d+\/(\d+) /m,
  },
  tcpdump: {
    args: ({ interface: name, filter, file, snapLengthBytes }) => [
      ...[
        "-n",
        "-U",
        "-i",
        name,
        "-s",
        String(snapLengthBytes),
        "-B",
        String(bufferMebibytes << 10),
      ],
      ...["-w", file, filter],
    ],
    ready: "listening on ",
    captured: /^(\d+) packets? captured/m,
    dropped: /^(\d+) packets? dropped by kernel/m,
  },
};

const programs = Object.keys(manners) as CaptureProgram[];

/** Folders of administration programs, which may not be on a user's PATH. */
const moreFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Returns the installed capture programs with their paths, in order of preference. @throws never */
export function findCapturePrograms(
  path = process.env.PATH ?? "",
): ReadonlyMap<CaptureProgram, string> {
  const folders = [...path.split(delimiter).filter((folder) => folder !== ""), ...moreFolders];
  const found = programs.flatMap((program) => {
    const file = folders.map((folder) => join(folder, program)).find(isExecutable);
    return file === undefined ? [] : [[program, file] as const];
  });
  return new Map(found);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Returns the installed program that a scenario uses; null if the requested one is not installed. */
export function chooseProgram<T extends CaptureProgram>(
  requested: Capture["program"],
  installed: Iterable<T>,
): T | null {
  return [...installed].find((program) => requested === "auto" || requested === program) ?? null;
}

export function captureArguments(program: CaptureProgram, job: CaptureJob): readonly string[] {
  return manners[program].args(job);
}

/** Returns a regular expression that matches a line once packets are captured. */
export function readyPattern(program: CaptureProgram): string {
  return manners[program].ready;
}

/** Returns the counts that the program printed at its end; null for those that it did not. */
export function captureCounts(
  program: CaptureProgram,
  printed: string,
): { readonly captured: number | null; readonly dropped: number | null } {
  const number = (pattern: RegExp) => {
    const match = pattern.exec(printed);
    return match === null ? null : Number(match[1]);
  };
  const { captured, dropped } = manners[program];
  return { captured: number(captured), dropped: number(dropped) };
}
