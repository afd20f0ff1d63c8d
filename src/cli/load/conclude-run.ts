/** What `slash8 load` does with a run that has ended: files, summary, what a CI system is told. */
import { exitStatus, UserError } from "../../base/errors.ts";
import { logPath, writeIntervalLog } from "../../results/build/interval-log.ts";
import { type Written, writeResult } from "../../results/files/write.ts";
import { renderSummary, renderVerdict } from "../../results/text/summary.ts";
import type { RunReport } from "../../run/run.ts";
import { reportToGitHub, writeExports } from "../export/write-exports.ts";
import { wantsColor, wantsUnicode } from "../terminal/colors.ts";
import { pathForUser, printNotice, printResult, write } from "../terminal/output.ts";

/** Width of the summary where there is no terminal. */
const widthElsewhere = 100;

export interface Conclusion {
  /** As `--out`, or null. */
  readonly out: string | null;
  /** The result goes to standard output, and what is for people to standard error. */
  readonly json: boolean;
  readonly hlog: boolean;
  readonly show: "summary" | "verdict";
  /** Where texts for people go; left out: by `json`. */
  readonly stream?: NodeJS.WriteStream;
  /** Which exports are asked for. */
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * Writes the result, prints the summary, and says where the result is.
 *
 * @returns where the result is
 * @throws  UserError where it could not be written anywhere; it has been printed all the same
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

/** How texts for people look on a stream. */
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

/** The result, and what is asked for beside it. An error is handed back: what was measured must be printed all the same. */
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
