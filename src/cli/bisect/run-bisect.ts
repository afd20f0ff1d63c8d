/** Looks for the commit that made a server slower: checks revisions out, builds them, and runs them in turns. */
import { existsSync, realpathSync } from "node:fs";
import { isAbsolute, join, relative, resolve } from "node:path";
import { thisTool } from "../../api/tool.ts";
import { monotonicNs } from "../../base/clock.ts";
import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { writeAtomically } from "../../base/files/atomic-file.ts";
import { makeFolders } from "../../base/files/make-folders.ts";
import { unwritten } from "../../base/files/writing.ts";
import { formatAmount } from "../../base/units.ts";
import {
  type BisectionAnswer,
  type BisectionOptions,
  type BisectionStep,
  decideBisection,
  leastRunsOf,
  type Round,
  revisionStates,
} from "../../compare/bisection/decide.ts";
import { defaultDirectory, resultFileName } from "../../results/files/result-path.ts";
import { writeResult } from "../../results/files/write.ts";
import type { RunResult } from "../../results/result.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { readScenario, runChoices } from "../arguments/scenario-arguments.ts";
import { readReplaced, replacedServer } from "../arguments/server-arguments.ts";
import { runOnce } from "../load/run-once.ts";
import { type Interrupts, listenForInterrupts } from "../terminal/interrupts.ts";
import { pathForUser, printNotice, printResult, write } from "../terminal/output.ts";
import { type BisectMetric, cpuPerExchange, readMetric, responseTimeOf } from "./bisect-metric.ts";
import { answerText, commitText, stateTexts, stepText } from "./bisect-text.ts";
import { Checkouts } from "./checkouts.ts";
import { type Commit, type History, readHistory, shortHash } from "./history.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** An invalid run is made again that often. */
const mostAttempts = 3;

const recordFile = "bisect.json";

/** @param args of `slash8 bisect` */
export async function runBisect(args: Arguments): Promise<ExitStatus> {
  const request = await readRequest(args);
  const interrupts = listenForInterrupts(monotonicNs);
  const bisection = new Bisection(request, args, interrupts);
  try {
    return await bisection.run();
  } finally {
    bisection.end();
    interrupts.stop();
  }
}

interface BisectRequest {
  readonly history: History;
  readonly scenario: Scenario;
  readonly server: string;
  /** Null: according to what the first run has. */
  readonly metric: BisectMetric | null;
  readonly options: BisectionOptions;
}

/** Everything that can be wrong is found before anything is built. @throws UserError */
async function readRequest(args: Arguments): Promise<BisectRequest> {
  const path = String(args.scenario);
  if (path === "" || path === "-") {
    throw new UserError(
      "bisect reads its scenario for each revision: name a file, not standard input",
    );
  }
  if (args.good === undefined) {
    throw new UserError("which revision was fast? give it with --good, such as --good v1.2.0");
  }
  const scenario = await readScenario(args);
  const server = replacedServer(scenario, args.server as string | undefined, "bisect");
  if (
    args.command === undefined &&
    scenario.servers.find(({ name }) => name === server)?.command === null
  ) {
    throw new UserError(
      `server ${server} has no command that could be started in each checkout: give one with --command, or "command" in the scenario`,
    );
  }
  const name = args.metric as string | undefined;
  const metric = name === undefined ? null : readMetric(name, scenario);
  const alpha = 1 - (args.confidence as number);
  const mostRuns = args["runs-at-most"] as number;
  const least = leastRunsOf(alpha);
  if (mostRuns < least) {
    throw new UserError(
      `--runs-at-most ${mostRuns}: so few runs decide nothing, whatever they show; give at least ${least}, or less --confidence`,
    );
  }
  const folder = resolve((args.repository as string | undefined) ?? ".");
  if (!existsSync(folder)) {
    throw new UserError(`--repository ${args.repository}: there is no such directory`);
  }
  const history = readHistory(
    folder,
    args.good as string,
    (args.bad as string | undefined) ?? "HEAD",
  );
  const options = {
    revisions: history.commits.length,
    threshold: Math.log1p(args.threshold as number),
    alpha,
    mostRuns,
  };
  return { history, scenario, server, metric, options };
}

/** A revision that cannot be measured. */
class CannotMeasure {
  readonly revision: number;
  readonly why: string;

  constructor(revision: number, why: string) {
    this.revision = revision;
    this.why = why;
  }
}

interface RunRecord {
  readonly revision: number;
  readonly hash: string;
  readonly outcome: RunResult["run"]["outcome"];
  /** The logarithm of the metric; null: not evidence. */
  readonly figure: number | null;
  readonly file: string;
}

/** A bisection in progress. */
class Bisection {
  readonly #request: BisectRequest;
  readonly #args: Arguments;
  readonly #interrupts: Interrupts;
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = new Date();
  readonly #folder: string;
  readonly #checkouts: Checkouts;
  readonly #rounds: Round[] = [];
  readonly #skipped = new Map<number, string>();
  readonly #runs: RunRecord[] = [];
  #metric: BisectMetric | null;

  constructor(request: BisectRequest, args: Arguments, interrupts: Interrupts) {
    this.#request = request;
    this.#args = args;
    this.#interrupts = interrupts;
    this.#metric = request.metric;
    this.#stream = args.json === true ? process.stderr : process.stdout;
    const own = resultFileName(`${request.scenario.name}-bisect`, this.#startedAt);
    this.#folder = resolve(
      (args.out as string | undefined) ?? join(defaultDirectory, own.replace(/\.json$/, "")),
    );
    try {
      makeFolders(this.#folder);
    } catch (error) {
      throw unwritten(this.#folder, error);
    }
    const build = (args.build as string | undefined) ?? null;
    this.#checkouts = new Checkouts(request.history.repository, build, this.#folder);
  }

  end(): void {
    this.#checkouts.end();
  }

  async run(): Promise<ExitStatus> {
    const { options, history } = this.#request;
    await this.#say(
      `${formatAmount(history.commits.length - 1, "commit")} from ${shortHash(this.#commit(0))} to ${shortHash(this.#commit(-1))}`,
    );
    let before: BisectionStep | null = null;
    for (;;) {
      const skipped = new Set(this.#skipped.keys());
      const decision = decideBisection(options, this.#rounds, skipped);
      const isNew = decision.kind === "done" || !isSame(before, decision);
      if (isNew && before !== null) await this.#sayState(before);
      if (decision.kind === "done") return this.#conclude(decision.answer);
      if (isNew) await this.#say(stepText(decision, history.commits));
      before = decision;
      try {
        await this.#round(decision.order);
      } catch (error) {
        if (error instanceof CannotMeasure) this.#skip(error);
        else if (this.#interrupts.count === 0 || !(error instanceof UserError)) throw error;
      }
      if (this.#interrupts.count > 0) return this.#conclude(null);
    }
  }

  #commit(index: number): Commit {
    return this.#request.history.commits.at(index) as Commit;
  }

  /** Builds what a round needs, then makes its runs one right after the other. */
  async #round(order: readonly number[]): Promise<void> {
    const folders = new Map<number, string>();
    for (const revision of order) {
      const commit = this.#commit(revision);
      if (!this.#checkouts.has(commit) && this.#args.build !== undefined) {
        await this.#say(`  building ${commitText(commit)}`);
      }
      const { folder, failed } = await this.#checkouts.of(commit, this.#interrupts);
      if (this.#interrupts.count > 0) return;
      if (folder === null) throw new CannotMeasure(revision, `does not build: ${failed}`);
      folders.set(revision, folder);
    }
    const figures: (number | null)[] = [];
    for (const revision of order) {
      figures.push(await this.#measure(revision, folders.get(revision) as string));
      if (this.#interrupts.count > 0) return;
    }
    this.#rounds.push({ order, figures });
  }

  /** Runs a revision until a run is valid, in some attempts. */
  async #measure(revision: number, folder: string): Promise<number | null> {
    const scenario = await this.#scenarioIn(folder);
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const result = await this.#runOnce(revision, scenario);
      const { outcome, abortedBy, invalidBy } = result.run;
      if (outcome === "interrupted" || this.#interrupts.count > 0) return null;
      if (invalidBy === "target") {
        throw new CannotMeasure(revision, `does not run: ${result.run.reasons[0] ?? "it failed"}`);
      }
      const isValid = (outcome === "pass" || outcome === "fail") && abortedBy === null;
      const figure = isValid ? this.#figureOf(result) : null;
      this.#record(revision, result, figure);
      if (figure !== null) return figure;
    }
    return null;
  }

  async #runOnce(revision: number, scenario: Scenario): Promise<RunResult> {
    try {
      const choices = { ...runChoices(this.#args), quiet: true };
      return (await runOnce(scenario, choices, this.#interrupts)).result;
    } catch (error) {
      if (error instanceof UserError && error.code === "server") {
        const [line = ""] = error.message.split("\n");
        throw new CannotMeasure(revision, `does not run: ${line}`);
      }
      throw error;
    }
  }

  /** The scenario with the server in a checkout: in the folder of it that the scenario's own one is in the repository. */
  #scenarioIn(folder: string): Promise<Scenario> {
    const { scenario, server, history } = this.#request;
    const own = scenario.servers.find(({ name }) => name === server)?.command?.cwd;
    const within =
      own === undefined || !existsSync(own)
        ? ".."
        : relative(realpathSync(history.repository), realpathSync(own));
    const isWithin = !within.startsWith("..") && !isAbsolute(within);
    const cwd = isWithin ? join(folder, within) : folder;
    const values = {
      command: this.#args.command as string | undefined,
      cwd: existsSync(cwd) ? cwd : folder,
    };
    // Whether they hold is not asked, and a run is not to be invalid for them.
    return readReplaced(this.#args, server, values, ["gates=[]"]);
  }

  #figureOf(result: RunResult): number | null {
    const { scenario, server } = this.#request;
    if (this.#metric === null) {
      const cpu = cpuPerExchange(server, scenario);
      const responseTime = responseTimeOf(scenario, server);
      const hasCpu = cpu.figureOf(result) !== null || responseTime === null;
      this.#metric = hasCpu ? cpu : responseTime;
    }
    return this.#metric.figureOf(result);
  }

  #record(revision: number, result: RunResult, figure: number | null): void {
    const commit = this.#commit(revision);
    const number = String(this.#runs.length + 1).padStart(3, "0");
    const file = `${number}-${shortHash(commit)}.json`;
    writeResult(result, join(this.#folder, file), process.cwd());
    this.#runs.push({ revision, hash: commit.hash, outcome: result.run.outcome, figure, file });
  }

  /** @throws UserError where the search needs that revision */
  #skip({ revision, why }: CannotMeasure): void {
    const isEnd = revision === 0 || revision === this.#request.history.commits.length - 1;
    if (isEnd) {
      const end = revision === 0 ? "good" : "bad";
      throw new UserError(`the ${end} revision ${shortHash(this.#commit(revision))} ${why}`);
    }
    this.#skipped.set(revision, why);
  }

  async #sayState({ question, order }: BisectionStep): Promise<void> {
    if (question !== "revision") return;
    const { options } = this.#request;
    const revision = order[1] as number;
    const states = revisionStates(options, this.#rounds, new Set(this.#skipped.keys()));
    const state = states.get(revision);
    if (state === undefined) return;
    await this.#say(`  ${this.#skipped.get(revision) ?? stateTexts[state]}`);
  }

  async #conclude(answer: BisectionAnswer | null): Promise<ExitStatus> {
    const { history, options, scenario } = this.#request;
    const { commits } = history;
    const metric = this.#metric?.name ?? null;
    const findings = {
      commits,
      metric: metric ?? "nothing",
      threshold: this.#args.threshold as number,
      confidence: this.#args.confidence as number,
      skipped: this.#skipped,
      runs: this.#runs.length,
    };
    const states = revisionStates(options, this.#rounds, new Set(this.#skipped.keys()));
    const text =
      answer === null ? this.#interruptedText(states) : answerText({ ...findings, answer });
    const { name, file, sha256 } = scenario;
    const record = {
      schemaVersion: 1,
      kind: "bisect",
      tool: thisTool(),
      startedAt: this.#startedAt.toISOString(),
      scenario: { name, file, sha256 },
      metric,
      threshold: findings.threshold,
      confidence: findings.confidence,
      answer,
      text,
      commits: commits.map((commit, index) => ({
        ...commit,
        state: states.get(index) ?? null,
        reason: this.#skipped.get(index) ?? null,
      })),
      rounds: this.#rounds,
      runs: this.#runs,
    };
    const path = join(this.#folder, recordFile);
    await write(this.#stream, `${this.#args.quiet === true ? "" : "\n"}${text}\n`);
    if (this.#args.json === true) await printResult(JSON.stringify(record, null, 2));
    try {
      writeAtomically(path, [JSON.stringify(record, null, 2), "\n"]);
    } catch (error) {
      throw unwritten(path, error);
    }
    await write(this.#stream, `result: ${pathForUser(path)}\n`);
    return answer === null ? exitStatus.interrupted : statuses[answer.kind];
  }

  #interruptedText(states: ReadonlyMap<number, string>): string {
    const known = (wanted: string) =>
      [...states].flatMap(([revision, state]) => (state === wanted ? [revision] : []));
    const low = Math.max(0, ...known("good"));
    const high = Math.min(this.#request.history.commits.length - 1, ...known("bad"));
    return `INTERRUPTED between ${shortHash(this.#commit(low))} and ${shortHash(this.#commit(high))}: give these with --good and --bad to go on`;
  }

  async #say(text: string): Promise<void> {
    if (this.#args.quiet !== true) await printNotice(`slash8: ${text}`);
  }
}

const statuses = {
  found: exitStatus.pass,
  nothing: exitStatus.gateFailed,
  unsure: exitStatus.invalid,
} as const satisfies Record<BisectionAnswer["kind"], ExitStatus>;

function isSame(before: BisectionStep | null, { question, order }: BisectionStep): boolean {
  return (
    before !== null &&
    before.question === question &&
    order.every((revision) => before.order.includes(revision))
  );
}
