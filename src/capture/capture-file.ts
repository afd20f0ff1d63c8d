import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Leases } from "../machine/leases.ts";

/**
 * Takes the file of a capture for this run. A file that is there is replaced, but not one that another run is writing
 * to: then it is the first name of `<file>-2.pcap`, `<file>-3.pcap`, ... that is free.
 *
 * @param file as the user has given it; ends in ".pcap"
 * @returns    as `file`
 */
export async function takeCaptureFile(leases: Leases, file: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? file : file.replace(/\.pcap$/i, `-${number}$&`);
    const isFree = number === 1 || !existsSync(name);
    if (isFree && (await leases.takeFile(placeOf(name))) !== "held") return name;
  }
}

/** Whether `taken` is what `takeCaptureFile` may return for `file`. */
export function isTakenFor(file: string, taken: string): boolean {
  const stem = file.replace(/\.pcap$/i, "");
  return (
    taken === file ||
    (taken.startsWith(`${stem}-`) && /^-\d+\.pcap$/i.test(taken.slice(stem.length)))
  );
}

/** One path for all that write there. */
function placeOf(file: string): string {
  const path = resolve(file);
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    // The folder is still to be made.
    return path;
  }
}
