/** What `slash8 load` does when a run has ended: files, summary, annotations for a CI system. */
import { exitStatus, UserError } from "../../base/errors.ts";
import { logPath, writeIntervalLog } from "../../results/build/interval-log.ts";
import { type Written, writeResult } from "../../results/files/write.ts";
import { renderSummary, renderVerdict } from "../../results/text/summary.ts";
import type { RunReport } from "../../run/run.ts";
import { reportToGitHub, writeExports } from "../export/write-exports.ts";
import { wantsColor, wantsUnicode } from "../terminal/colors.ts";
import { pathForUser, printNotice, printResult, write } from "../terminal/output.ts";

/** Width of the summary outside a terminal. */
const widthElsewhere = 100;

export interface Conclusion {
  /** As `--out`, or null. */
  readonly out: string | null;
  /** Prints the result to standard output, and texts for people to standard error. */
  readonly json: boolean;
  readonly hlog: boolean;
  readonly show: "summary" | "verdict";
  /** Where texts for people go; left out: depends on `json`. */
  readonly stream?: NodeJS.WriteStream;
  /** Which exports are requested. */
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * Writes the result, prints the summary, and prints where the result is.
 *
 * @returns where the result is
 * @throws  UserError where it could not be written anywhere; it has been printed nevertheless
 */
export async function concludeRun(report: RunReport, options: Conclusion): Promise<string> {
  const { result } = report;
  const written = writeFiles(report, options);
  const { json } = options;
  const stream = options.stream ?? (json ? process.stderr : process.stdout);
  const look = lookOf(stream);
  await write(
    stream,
    options.show === "verdict" ? renderVerdict(result, look) : `${renderSummary(result, look)}\n`,
  );
  if (json) await printResult(JSON.stringify(result, null, 2));
  if (written instanceof UserError) throw written;
  for (const path of written.exports) await write(stream, `export: ${pathForUser(path)}\n`);
  await write(stream, `result: ${pathForUser(written.path)}\n`);
  if (written.warning !== null) await printNotice(`slash8: ${written.warning}`);
  await reportToGitHub(result, process.env);
  return written.path;
}

/** Returns how texts for people look on a stream. */
export function lookOf(stream: NodeJS.WriteStream): {
  readonly color: boolean;
  readonly width: number;
  readonly unicode: boolean;
} {
  return {
    color: wantsColor(process.env, stream.isTTY),
    width: stream.columns || widthElsewhere,
    unicode: wantsUnicode(process.env),
  };
}

/** Writes the result and the requested exports. Returns an error, as the result must be printed first. */
function writeFiles(
  { result, input }: RunReport,
  { out, hlog, args }: Conclusion,
): (Written & { readonly exports: readonly string[] }) | UserError {
  try {
    const written = writeResult(result, out, process.cwd());
    if (hlog) writeIntervalLog(logPath(written.path), input);
    return { ...written, exports: writeExports(result, written.path, args) };
  } catch (error) {
    if (error instanceof UserError) return error;
    return new UserError(
      `the result could not be written: ${(error as Error).message}`,
      exitStatus.internal,
    );
  }
}
