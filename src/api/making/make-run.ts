/** What a run is made of; loaded when there is one. */
import { fileURLToPath } from "node:url";
import type { NatsConnection } from "@nats-io/transport-node";
import { UserError } from "../../base/errors.ts";
import type { IoChoice } from "../../base/io-kind.ts";
import { printable } from "../../base/printable.ts";
import type { BaselineResult } from "../../results/baseline-result.ts";
import { writeResult } from "../../results/files/write.ts";
import type { Attempt } from "../../results/findings/run-again.ts";
import type { Progress } from "../../run/progress.ts";
import { type Run, type RunReport, startRun } from "../../run/run.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import type { RunControl } from "../create-handle.ts";
import type { RunOptions, ScenarioPath } from "../options.ts";
import { type RunResult, readable } from "../result.ts";
import { thisTool } from "../tool.ts";
import { takeTurn } from "../turn.ts";
import { baselineProblems, type GivenBaseline, readBaseline } from "./baseline.ts";
import { objectName, readScenario } from "./read-scenario.ts";
import { RunServers } from "./servers.ts";

/** @throws (rejects with) as `run` */
export async function makeRun(
  given: ScenarioPath | object,
  options: RunOptions,
  control: RunControl,
): Promise<RunResult> {
  const { io = "auto", workers = null, onMessage = () => {} } = options;
  const retries = countOf(options.retries ?? 0);
  const turn = options.exclusive === true ? await takeTurn(() => control.starting()) : null;
  const servers = new RunServers(objectName, options.allowRemote ?? false);
  try {
    const files = givenBaseline(options.baseline);
    const scenario = await readScenario(given, options, servers, (draft) =>
      baselineProblems(draft, files),
    );
    const { baseline } = readBaseline(scenario, files);
    const inThread = servers.own.map(({ name, path }) => name ?? path);
    for (let number = 1; ; number++) {
      const attempt = retries === 0 ? undefined : { number, of: retries + 1 };
      const out = placeOf(options.out);
      const choices = { io, workers, baseline, inThread, attempt, out, onMessage };
      const { result } = await runRead(scenario, choices, control);
      if (result.run.outcome === "invalid" && number <= retries) continue;
      return written(result, options.out, onMessage);
    }
  } finally {
    await servers.close();
    await turn?.release();
  }
}

function countOf(retries: number): number {
  if (Number.isInteger(retries) && retries >= 0) return retries;
  throw new UserError(
    `retries: ${retries} is not a number of runs: give an integer from 0, such as 2`,
  );
}

export interface ReadRunOptions {
  readonly io: IoChoice;
  /** Worker threads in all; null: the scenario's, or according to the machine. */
  readonly workers: number | null;
  /** What `baseline` in gates refers to. */
  readonly baseline: readonly BaselineResult[];
  /** Where the run is made again while it is invalid; left out: it is made once. */
  readonly attempt?: Attempt | undefined;
  /** Where the clients are; left out: on this machine. */
  readonly nats?: NatsConnection | undefined;
  /** Names of servers that run in this thread; left out: none. */
  readonly inThread?: readonly string[];
  /** Where the result is going to be written, as `--out`; left out: in the default folder, or nowhere. */
  readonly out?: string | null | undefined;
  readonly onMessage: (message: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/** Makes a run of a scenario that has been read. @param control whatever it does, it does not throw in `begun` */
export function runRead(
  scenario: Scenario,
  { io, workers, baseline, attempt, nats, inThread, out, onMessage, onProgress }: ReadRunOptions,
  control: RunControl<Run>,
): Promise<RunReport> {
  control.starting();
  const run = startRun(scenario, {
    tool: thisTool(),
    io,
    workers,
    baseline,
    attempt,
    nats,
    inThread,
    out,
    onProgress(progress) {
      onProgress?.(progress);
      control.progressed();
    },
    onMessage: (message) => onMessage(printable(message)),
  });
  control.begun(run);
  return run.report;
}

function givenBaseline(given: RunOptions["baseline"]): GivenBaseline {
  if (given === undefined) return [];
  return (Array.isArray(given) ? given : [given]) as GivenBaseline;
}

function placeOf(out: RunOptions["out"]): string | null {
  if (out === undefined) return null;
  return out instanceof URL ? fileURLToPath(out) : out;
}

function written(
  result: RunReport["result"],
  out: RunOptions["out"],
  onMessage: (message: string) => void,
): RunResult {
  const place = placeOf(out);
  if (place === null) return readable(result, null);
  const { path, warning } = writeResult(result, place, process.cwd());
  if (warning !== null) onMessage(warning);
  return readable(result, path);
}
