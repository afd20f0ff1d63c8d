/** Runs a scenario at one load after the other until the highest load that holds is known. */
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { thisTool } from "../../api/tool.ts";
import { monotonicNs } from "../../base/clock.ts";
import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { writeAtomically } from "../../base/files/atomic-file.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { unwritten, whyNotWritable } from "../../base/files/writing.ts";
import type { BaselineResult } from "../../results/baseline-result.ts";
import { defaultDirectory, resultFileName } from "../../results/files/result-path.ts";
import { writeResult } from "../../results/files/write.ts";
import {
  type LimitRecord,
  type LimitStep,
  limitSchemaVersion,
  stepOf,
} from "../../results/series/limit-record.ts";
import { loadVerdict } from "../../results/series/load-verdict.ts";
import { ScenarioError } from "../../scenario/source/problem.ts";
import { type Answer, decide, unfinished } from "../../search/decide.ts";
import type { Tried } from "../../search/tally.ts";
import { readGivenBaseline } from "../arguments/baseline-arguments.ts";
import { runChoices } from "../arguments/scenario-arguments.ts";
import { lookOf } from "../load/conclude-run.ts";
import { runOnce } from "../load/run-once.ts";
import { type Interrupts, listenForInterrupts } from "../terminal/interrupts.ts";
import { LiveBlock } from "../terminal/live-block.ts";
import { pathForUser, printResult, write } from "../terminal/output.ts";
import type { ProgressView } from "../terminal/progress.ts";
import { renderProgressLine } from "../terminal/progress-line.ts";
import { type LimitRequest, readLimitRequest } from "./limit-request.ts";
import { answerText, limitHead, limitRow, loadText } from "./limit-text.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** @param args of `slash8 find-limit` */
export async function runFindLimit(args: Arguments): Promise<ExitStatus> {
  const request = await readLimitRequest(args);
  const baseline = await readGivenBaseline(await request.scenarioAt(request.search.from), args);
  const search = new LimitSearch(request, args, baseline);
  const interrupts = listenForInterrupts(monotonicNs);
  try {
    return await search.run(interrupts);
  } finally {
    interrupts.stop();
  }
}

/** A search in progress: what was tried, and where it is written. */
class LimitSearch {
  readonly #request: LimitRequest;
  readonly #args: Arguments;
  readonly #baseline: readonly BaselineResult[];
  readonly #startedAt = new Date();
  readonly #folder: string;
  readonly #steps: LimitStep[] = [];
  readonly #tried: Tried[] = [];
  /** What could not be written, for people. */
  readonly #unwritten = new Set<string>();
  readonly #stream: NodeJS.WriteStream;

  constructor(request: LimitRequest, args: Arguments, baseline: readonly BaselineResult[]) {
    this.#request = request;
    this.#args = args;
    this.#baseline = baseline;
    this.#stream = args.json === true ? process.stderr : process.stdout;
    const { name } = request.scenario;
    const own = resultFileName(`${name}-limit`, this.#startedAt).replace(/\.json$/, "");
    this.#folder = resolve((args.out as string | undefined) ?? join(defaultDirectory, own));
  }

  async run(interrupts: Interrupts): Promise<ExitStatus> {
    const { vary, gates } = this.#request;
    this.#tryFolder();
    if (this.#args.quiet !== true) await this.#print(limitHead(vary, gates));
    let answer: Answer | null = null;
    try {
      while (answer === null) {
        const decision = decide(this.#request.search, this.#tried);
        if (decision.kind === "done") answer = decision.answer;
        else if (interrupts.count > 0) answer = unfinished(this.#tried);
        else await this.#try(decision.load, interrupts);
      }
    } catch (error) {
      // What was found before is kept: it has cost minutes.
      if (this.#tried.length > 0) await this.#conclude(unfinished(this.#tried), false);
      throw error;
    }
    return this.#conclude(answer, interrupts.count > 0);
  }

  /** Makes one run; prints and writes its step. */
  async #try(load: number, interrupts: Interrupts): Promise<void> {
    const number = this.#steps.length + 1;
    const step = await this.#runAt(load, number, interrupts);
    this.#steps.push(step);
    if (step.verdict !== null) this.#tried.push({ load, verdict: step.verdict });
    if (this.#args.quiet !== true) {
      const { vary, gates } = this.#request;
      await this.#print(limitRow(step, vary, gates, lookOf(this.#stream)));
    }
    this.#write(null, "");
  }

  async #runAt(load: number, number: number, interrupts: Interrupts): Promise<LimitStep> {
    const file = `${String(number).padStart(2, "0")}-${load}.json`;
    try {
      const { result } = await runOnce(
        await this.#request.scenarioAt(load),
        {
          ...runChoices(this.#args),
          quiet: true,
          out: join(this.#folder, file),
          view: this.#view(number, load),
          baseline: this.#baseline,
        },
        interrupts,
      );
      const { warning } = writeResult(result, join(this.#folder, file), process.cwd());
      if (warning !== null) this.#unwritten.add(warning);
      return stepOf(number, load, loadVerdict(result), result, file);
    } catch (error) {
      const verdict = this.#verdictOf(error);
      return {
        ...{ step: number, load, verdict, gates: [], outcome: null, result: null },
        reasons: [(error as Error).message],
      };
    }
  }

  /** A refusal ends the search only above a load that was run: at the first load the user must fix it. */
  #verdictOf(error: unknown): "refused" | null {
    if (!(error instanceof UserError)) throw error;
    if (error.status === exitStatus.interrupted) return null;
    const isRefusal = error.status === exitStatus.cannotHold || error instanceof ScenarioError;
    if (isRefusal && this.#tried.length > 0) return "refused";
    throw error;
  }

  async #conclude(answer: Answer, interrupted: boolean): Promise<ExitStatus> {
    const text = answerText(answer, this.#request.vary, interrupted);
    const record = this.#write(answer, text);
    await this.#print(`${this.#args.quiet === true ? "" : "\n"}${text}`);
    if (this.#args.json === true) await printResult(JSON.stringify(record, null, 2));
    if (this.#unwritten.size > 0) {
      throw new UserError([...this.#unwritten].join("\n"), exitStatus.internal);
    }
    await this.#print(`result: ${pathForUser(join(this.#folder, recordFile))}`);
    return statusOf(answer, interrupted);
  }

  #write(answer: Answer | null, text: string): LimitRecord {
    const { scenario, vary, gates, search } = this.#request;
    const { name, file, sha256 } = scenario;
    const record: LimitRecord = {
      schemaVersion: limitSchemaVersion,
      kind: "limit",
      tool: thisTool(),
      startedAt: this.#startedAt.toISOString(),
      scenario: { name, file, sha256 },
      vary: `${vary.workload}.${vary.what}`,
      gates,
      search,
      answer,
      text,
      steps: this.#steps,
    };
    const path = join(this.#folder, recordFile);
    try {
      makeFolders(this.#folder);
      writeAtomically(path, [JSON.stringify(record, null, 2), "\n"]);
    } catch (error) {
      this.#unwritten.add(unwritten(path, error).message);
    }
    return record;
  }

  /** Before the first run, not after it: a folder that cannot be written must not cost one. */
  #tryFolder(): void {
    const isFile = statSync(this.#folder, { throwIfNoEntry: false })?.isDirectory() === false;
    const why = isFile
      ? "it is a file, and --out takes a directory"
      : whyNotWritable(join(this.#folder, recordFile));
    if (why === null) return;
    throw new UserError(
      `the results cannot be written to ${this.#folder}: ${why}`,
      exitStatus.internal,
    );
  }

  #print(text: string): Promise<void> {
    return write(this.#stream, `${text}\n`);
  }

  /** On a terminal one line shows the run's progress, and disappears when it ends: only the table stays. */
  #view(number: number, load: number): ProgressView {
    const { isTTY, columns } = process.stderr;
    const silent = { show() {}, message() {}, end() {} };
    if (this.#args.quiet === true || !isTTY || process.env.TERM === "dumb") return silent;
    const block = new LiveBlock(process.stderr);
    const at = `step ${number}, ${loadText(load, this.#request.vary)}: `;
    return {
      show: (progress) =>
        block.draw([(at + renderProgressLine(progress)).slice(0, (columns || 80) - 1)]),
      message() {},
      end: () => block.draw([]),
    };
  }
}

const recordFile = "limit.json";

/** Found, or held up to the requested load: 0. */
function statusOf(answer: Answer, interrupted: boolean): ExitStatus {
  switch (answer.kind) {
    case "found":
      return exitStatus.pass;
    case "atLeast":
      if (answer.by === "to") return exitStatus.pass;
      return answer.by === "refused" ? exitStatus.cannotHold : exitStatus.invalid;
    case "nowhere":
      if (answer.at.verdict === "generator" || answer.at.verdict === "disturbed") {
        return exitStatus.invalid;
      }
      return answer.at.verdict === "refused" ? exitStatus.cannotHold : exitStatus.gateFailed;
    case "unfinished":
      return interrupted ? exitStatus.interrupted : exitStatus.invalid;
  }
}
