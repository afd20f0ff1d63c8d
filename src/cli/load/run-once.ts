/** Makes one run of a scenario, with progress on standard error; used by every command that makes runs. */
import type { NatsConnection } from "@nats-io/transport-node";
import { runRead } from "../../api/making/make-run.ts";
import { exitStatus } from "../../base/errors.ts";
import type { IoChoice } from "../../base/io-kind.ts";
import { printable } from "../../base/printable.ts";
import type { RunWatcher, WatchedRun } from "../../live/watcher.ts";
import type { BaselineResult } from "../../results/baseline-result.ts";
import type { Attempt } from "../../results/findings/run-again.ts";
import type { RunResult } from "../../results/result.ts";
import type { Run, RunReport } from "../../run/run.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { wantsColor, wantsUnicode } from "../terminal/colors.ts";
import type { Interrupts } from "../terminal/interrupts.ts";
import { createProgressView, type ProgressView } from "../terminal/progress.ts";

export interface RunOnceOptions {
  readonly io: IoChoice;
  /** Worker threads in all; null: the scenario's, or according to the machine. */
  readonly workers: number | null;
  /** No progress, no notices. */
  readonly quiet: boolean;
  /** Watchers that report the run live. */
  readonly watchers?: readonly RunWatcher[];
  /** Replaces the usual progress. */
  readonly view?: ProgressView;
  /** What `baseline` in gates refers to; left out: nothing. */
  readonly baseline?: readonly BaselineResult[];
  /** Where the run is made again while it is invalid; left out: it is made once. */
  readonly attempt?: Attempt;
  /** Where the result is going to be written, as `--out`; left out: in the default folder. */
  readonly out?: string | null;
  /** Where the clients are; left out: on this machine. */
  readonly nats?: NatsConnection | undefined;
}

/**
 * Runs a scenario; Ctrl-C drains, twice ends the run at once, three times ends this process.
 *
 * May be called again with the same `interrupts`: a command that makes several runs checks
 * `interrupts.count` between them to decide whether to go on.
 *
 * @throws UserError where the run could not be made; no process is left behind in any case
 */
export async function runOnce(
  scenario: Scenario,
  {
    io,
    workers,
    quiet,
    view: given,
    watchers = [],
    baseline = [],
    attempt,
    nats,
    out,
  }: RunOnceOptions,
  interrupts: Interrupts,
): Promise<RunReport> {
  const view =
    given ??
    createProgressView(process.stderr, {
      quiet,
      color: wantsColor(process.env, process.stderr.isTTY),
      unicode: wantsUnicode(process.env),
      term: process.env.TERM,
    });
  const message = (text: string) => view.message(`slash8: ${text}`);
  const begun = (run: Run) => {
    interrupts.onRequest = (count) => {
      if (count > 2) process.exit(exitStatus.interrupted);
      if (count === 1) message("draining; press Ctrl-C again to stop at once");
      run.interrupt();
    };
    const watched: WatchedRun = {
      view: () => run.view(),
      resultSoFar: () => run.resultSoFar(),
      report: (text) => message(printable(text)),
    };
    for (const watcher of watchers) watcher.begin(watched);
  };
  let result: RunResult | null = null;
  try {
    const report = await runRead(
      scenario,
      {
        io,
        workers,
        baseline,
        attempt,
        nats,
        out,
        onProgress: (progress) => view.show(progress),
        onMessage: message,
      },
      { starting() {}, begun, progressed() {} },
    );
    result = report.result;
    return report;
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.end(result)));
    // Only writing the result is left, and that is not interrupted.
    interrupts.onRequest = () => {};
    view.end();
  }
}
