/** What `slash8 load` does when a run has ended: files, summary, annotations for a CI system. */
import { exitStatus, UserError } from "../../base/errors.ts";
import { unwritten } from "../../base/files/writing.ts";
import { isTakenFor } from "../../capture/capture-file.ts";
import { logPath, writeIntervalLog } from "../../results/build/interval-log.ts";
import { writeResult } from "../../results/files/write.ts";
import type { RunResult } from "../../results/result.ts";
import { renderBrief } from "../../results/text/brief.ts";
import { renderSummary, renderVerdict, type SummaryLook } from "../../results/text/summary.ts";
import type { RunReport } from "../../run/run.ts";
import { reportToGitHub, writeExports } from "../export/write-exports.ts";
import { wantsColor, wantsUnicode } from "../terminal/colors.ts";
import { pathForUser, printResult, write } from "../terminal/output.ts";

/** Width of the summary outside a terminal. */
const widthElsewhere = 100;

export interface Conclusion {
  /** As `--out`, or null. */
  readonly out: string | null;
  /** Prints the result to standard output, and texts for people to standard error. */
  readonly json: boolean;
  readonly hlog: boolean;
  /** Everything, a screen of it, or the verdict and its reasons alone. */
  readonly show: "everything" | "brief" | "verdict";
  /** Where texts for people go; left out: depends on `json`. */
  readonly stream?: NodeJS.WriteStream;
  /** Which exports are requested. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** Where the result is, and what could not be written where it was to be: an error with exit status 1, or null. */
export interface Concluded {
  readonly path: string;
  readonly failure: UserError | null;
}

/**
 * Writes the result, prints the summary, and prints where the result is.
 *
 * @throws UserError where the result could not be written anywhere; it has been printed nevertheless
 */
export async function concludeRun(report: RunReport, options: Conclusion): Promise<Concluded> {
  const { result } = report;
  const written = writeFiles(report, options);
  const { json } = options;
  const stream = options.stream ?? (json ? process.stderr : process.stdout);
  const look = lookOf(stream);
  await write(stream, renderers[options.show](result, look));
  if (json) await printResult(JSON.stringify(result, null, 2));
  if (written instanceof UserError) throw written;
  const { path, exports, leftOut, failures } = written;
  for (const file of exports) await write(stream, `export: ${pathForUser(file)}\n`);
  for (const line of leftOut) await write(stream, `export: ${line}\n`);
  await write(stream, `result: ${pathForUser(path)}\n`);
  if (options.show === "brief") {
    await write(stream, "more:   load --verbose, or a page of the result: slash8 report\n");
  }
  await reportToGitHub(result, process.env).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    failures.push(error.message);
  });
  const failure =
    failures.length === 0 ? null : new UserError(failures.join("\n"), exitStatus.internal);
  return { path, failure };
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

const renderers = {
  everything: (result: RunResult, look: SummaryLook) => `${renderSummary(result, look)}\n`,
  brief: (result: RunResult, look: SummaryLook) => `${renderBrief(result, look)}\n`,
  verdict: renderVerdict,
} as const;

interface WrittenFiles {
  readonly path: string;
  readonly exports: readonly string[];
  readonly leftOut: readonly string[];
  readonly failures: string[];
}

/** Writes the result and the requested exports. Returns an error, as the result must be printed first. */
function writeFiles(
  { result, input }: RunReport,
  { out, hlog, args }: Conclusion,
): WrittenFiles | UserError {
  try {
    const { path, warning } = writeResult(result, out, process.cwd());
    const failures = [...(warning === null ? [] : [warning]), ...captureFailure(result)];
    if (hlog) {
      try {
        writeIntervalLog(logPath(path), input);
      } catch (error) {
        failures.push(unwritten(logPath(path), error).message);
      }
    }
    const exported = writeExports(result, path, args);
    const { written, leftOut } = exported;
    return { path, exports: written, leftOut, failures: [...failures, ...exported.failures] };
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** A capture that could not be put where it was to be lies elsewhere; beside that of another run it is where it belongs. */
function captureFailure({ capture, scenario }: RunResult): string[] {
  const wanted = scenario.resolved.capture?.file;
  if (capture === null || wanted === undefined || isTakenFor(wanted, capture.file)) return [];
  return [`the capture could not be written to ${wanted}; it is in ${capture.file}`];
}
