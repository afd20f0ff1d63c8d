/** Commands that are run when a gate breaks in a window: once each, while the run goes on. */
import { isAbsolute, relative, resolve } from "node:path";
import { debugLog } from "../base/debug.ts";
import { evaluateGate, type GateResult } from "../gates/evaluate.ts";
import { type Gate, metricsOf } from "../gates/gate.ts";
import { BoundedCommand } from "../processes/bounded-command.ts";
import { type ResultInput, workloadData } from "../results/build/input.ts";
import { metricView, type SecondsView } from "../results/build/metric-view.ts";
import type { CommandResult } from "../results/command-result.ts";
import { formatValue } from "../results/format-value.ts";
import { withPids } from "../scenario/at-placeholders.ts";
import type { AtGate } from "../scenario/scenario.ts";

const debug = debugLog("run");

/** How often gates are judged. */
const judgeEveryNs = 250e6;

/** So long after its end a window is judged: workers report what is in it four times a second, and replies come. */
const waitSeconds = 1;

/** So many windows before the last one are judged again: replies that were awaited may have come. */
const mostAgain = 10;

/** Windows that ended so long ago are not judged: their seconds may have been put together. */
const longestAgo = 60;

/** A command, its gate, and the server that `{{server.pid}}` is of; null: the command has no need of it. */
export interface PlacedCommand {
  readonly gate: Gate;
  readonly at: AtGate;
  readonly server: string | null;
}

interface AtGatesOptions {
  /** Path of the result, beside which the commands' output lies. */
  readonly beside: string;
  pidsOf(server: string): readonly number[];
  readonly notify: (message: string) => void;
  readonly warn: (message: string) => void;
}

type Broken = { readonly actual: number } & Pick<GateResult, "unit">;

interface Running {
  readonly command: BoundedCommand;
  result: CommandResult;
}

export class AtGates {
  readonly #waiting: Set<readonly [index: number, placed: PlacedCommand]>;
  readonly #options: AtGatesOptions;
  readonly #running: Running[] = [];
  #judgedNs = Number.NEGATIVE_INFINITY;

  constructor(commands: readonly PlacedCommand[], options: AtGatesOptions) {
    this.#waiting = new Set(commands.map((placed, index) => [index, placed] as const));
    this.#options = options;
  }

  /** Judges the gates whose commands have not been run. @param inputOf the run as a result would have it now */
  look(nowNs: number, startNs: number, inputOf: () => ResultInput): void {
    if (this.#waiting.size === 0 || nowNs - this.#judgedNs < judgeEveryNs) return;
    this.#judgedNs = nowNs;
    const input = inputOf();
    const workloads = workloadData(input);
    const view = metricView(workloads, input.servers, input.run.disturbances);
    for (const waiting of this.#waiting) {
      const [index, placed] = waiting;
      const broken = brokenIn(view, placed.gate, nowNs);
      if (broken === null) continue;
      this.#waiting.delete(waiting);
      this.#run(index, placed, broken, (nowNs - startNs) / 1e6);
    }
  }

  /** From when on seconds are needed one by one, monotonic clock. */
  neededNs(nowNs: number): number {
    return Math.min(...[...this.#waiting].map(([, { gate }]) => nowNs - agoNs(gate)));
  }

  /** Waits for the commands that still run, each within its own time. */
  async finish(): Promise<readonly CommandResult[]> {
    await Promise.all(this.#running.map(({ command }) => command.ended));
    return this.results;
  }

  /** Ends them now. Never rejects. */
  async close(): Promise<void> {
    this.#waiting.clear();
    await Promise.all(this.#running.map(({ command }) => command.stop()));
  }

  get results(): readonly CommandResult[] {
    return this.#running.map(({ result }) => result);
  }

  #run(
    index: number,
    { gate, at, server }: PlacedCommand,
    { actual, unit }: Broken,
    atMs: number,
  ): void {
    const { notify, warn } = this.#options;
    const text = withPids(at.run, (name) => this.#options.pidsOf(name ?? server ?? ""));
    const file = at.file ?? this.#fileOf(index);
    debug("gate %s is broken: %s", gate.expression, text);
    const { timeoutNs, maxOutputBytes, directory: cwd } = at;
    try {
      const command = new BoundedCommand({
        text,
        cwd,
        file: resolve(file),
        timeoutMs: timeoutNs / 1e6,
        maxOutputBytes,
      });
      const placed = { gate: gate.expression, line: at.position.line };
      const begun = { ...placed, run: text, actual, atMs, file };
      const running: Running = {
        command,
        result: { ...begun, outputBytes: 0, durationMs: null, exit: null, endedBy: null },
      };
      this.#running.push(running);
      void command.ended.then((end) => {
        running.result = { ...begun, ...end };
      });
      notify(
        `gate ${gate.expression} is broken in a window (it was ${formatValue(actual, unit)}): "${text}" is run; what it prints is in ${file}`,
      );
    } catch (error) {
      warn(
        `at: "${text}" could not be run when gate ${gate.expression} broke: ${(error as Error).message}`,
      );
    }
  }

  #fileOf(index: number): string {
    const path = this.#options.beside.replace(/\.json$/i, `.at-${index + 1}.txt`);
    const fromHere = relative(process.cwd(), path);
    return fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
  }
}

/** The first of the last windows in which the gate fails; null: it holds in all of them. */
function brokenIn(view: SecondsView, gate: Gate, nowNs: number): Broken | null {
  const metrics = metricsOf(gate);
  const fromNs = view.fromNs(metrics);
  if (fromNs === null) return null;
  const length = lengthOf(gate);
  const last = view.seconds(metrics) - length - waitSeconds;
  const oldest = Math.ceil((nowNs - agoNs(gate) - fromNs) / 1e9);
  for (let first = Math.max(0, oldest, last - mostAgain); first <= last; first++) {
    const window = view.window(first, length, metrics);
    const { verdict, actual, unit } = evaluateGate(gate, { ...window, windows: () => [window] });
    if (verdict === "fail" && actual !== null) return { actual, unit };
  }
  return null;
}

/** Seconds of its windows. */
function lengthOf({ windowNs }: Gate): number {
  return Math.round((windowNs ?? 0) / 1e9);
}

/** How long ago the oldest window that is judged may have begun. */
function agoNs(gate: Gate): number {
  return (lengthOf(gate) + longestAgo) * 1e9;
}
