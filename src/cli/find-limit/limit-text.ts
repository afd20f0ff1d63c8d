/** What `slash8 find-limit` prints: its steps as a growing table, and its answer. */
import { formatAmount, formatCount, formatRate } from "../../base/units.ts";
import { formatValue } from "../../results/format-value.ts";
import type { LimitStep } from "../../results/series/limit-record.ts";
import { wrap } from "../../results/text/text-table.ts";
import type { Answer } from "../../search/decide.ts";
import type { Tally } from "../../search/tally.ts";
import { createColors } from "../terminal/colors.ts";

const loadWidth = 14;
const stepWidth = 4;

/** "41,000/s", "20,000". */
export function loadText(load: number, { what }: Pick<Vary, "what">): string {
  return what === "rate" ? formatRate(load) : formatCount(load);
}

/** Returns the table's head. */
export function limitHead({ workload, what }: Vary, gates: readonly string[]): string {
  const load = `${workload}.${what}`.padStart(loadWidth);
  return ["step".padStart(stepWidth), load, ...gates, "verdict"].join("  ");
}

/** Returns one row, and below it the reason if the gates alone do not show it. */
export function limitRow(
  { step, load, verdict, gates: judged, reasons }: LimitStep,
  vary: Vary,
  gates: readonly string[],
  look: { readonly color: boolean; readonly width: number },
): string {
  const colors = createColors(look.color);
  const style = {
    held: colors.green,
    broke: colors.red,
    generator: colors.magenta,
    disturbed: colors.magenta,
    refused: colors.magenta,
  };
  const cells = gates.map((expression) => {
    const gate = judged.find((candidate) => candidate.expression === expression);
    const text = gate === undefined ? "-" : formatValue(gate.actual, gate.unit);
    return text.padStart(expression.length);
  });
  const loadWide = Math.max(loadWidth, `${vary.workload}.${vary.what}`.length);
  const row = [
    String(step).padStart(stepWidth),
    loadText(load, vary).padStart(loadWide),
    ...cells,
    verdict === null ? colors.yellow("interrupted") : style[verdict](verdict),
  ].join("  ");
  const isSaid = verdict === "broke" && judged.some((gate) => gate.verdict === "fail");
  const [why] = reasons;
  if (why === undefined || isSaid || verdict === "held" || verdict === null) return row;
  const indent = " ".repeat(stepWidth + 2);
  const lines = why.split("\n").flatMap((line) => wrap(line, look.width - indent.length, ""));
  return [row, ...lines.map((line) => colors.dim(indent + line))].join("\n");
}

/** Returns the answer in one sentence. @param interrupted whether that is why the answer is unfinished */
export function answerText(answer: Answer, vary: Vary, interrupted: boolean): string {
  const name = `${vary.workload}.${vary.what}`;
  const at = ({ load }: Tally) => loadText(load, vary);
  const held = (tally: Tally) => `held at ${at(tally)} in ${tally.held} of ${runs(tally)}`;
  const failed = (tally: Tally) => `failed at ${at(tally)} in ${tally.broke} of ${runs(tally)}`;
  switch (answer.kind) {
    case "found":
      return `${name}: ${held(answer.held)}, ${failed(answer.broke)}: the limit lies between ${at(answer.held)} and ${at(answer.broke)}${
        answer.unknown === null ? "" : `; more is not known, as ${disturbedAt(at(answer.unknown))}`
      }`;
    case "atLeast":
      return `${name}: at least ${at(answer.held)} (${held(answer.held)}): ${whyNoMore(answer, at)}`;
    case "nowhere":
      return `${name}: ${whyNowhere(answer.at, at, failed)}`;
    case "unfinished": {
      const known = [
        answer.held === null ? "nothing has held yet" : held(answer.held),
        ...(answer.broke === null ? [] : [failed(answer.broke)]),
      ].join(", ");
      return `${name}: ${interrupted ? "interrupted" : "stopped, as the runs contradict each other"}; ${known}`;
    }
  }
}

function runs({ runs: count }: Tally): string {
  return formatAmount(count, "run");
}

function disturbedAt(load: string): string {
  return `every run at ${load} was disturbed by pauses of the load generator or a busy machine; end other programs, and search again`;
}

function whyNoMore(
  { by, at }: Extract<Answer, { kind: "atLeast" }>,
  textOf: (tally: Tally) => string,
): string {
  switch (by) {
    case "to":
      return "the highest that was requested (--to)";
    case "generator":
      return `from ${textOf(at)} on the load generator was the limit; end other programs, use more workers (--workers) or CPUs, or start closer with --from`;
    case "refused":
      return `this machine cannot hold the plan at ${textOf(at)}`;
    case "disturbed":
      return `more is not known, as ${disturbedAt(textOf(at))}`;
  }
}

function whyNowhere(
  at: Tally,
  textOf: (tally: Tally) => string,
  failed: (tally: Tally) => string,
): string {
  switch (at.verdict) {
    case "generator":
      return `nothing is known, as the load generator was the limit at ${textOf(at)} already; end other programs, use more workers (--workers) or CPUs, or start lower with --from`;
    case "refused":
      return `nothing is known, as this machine cannot hold the plan at ${textOf(at)}; start lower with --from`;
    case "disturbed":
      return `nothing is known, as ${disturbedAt(textOf(at))}`;
    case "broke":
    case "held":
      return `it held at no load: ${failed(at)}`;
  }
}

/** What a search raises in a workload: `--vary chat.rate`. */
export interface Vary {
  readonly workload: string;
  readonly what: "rate" | "connections";
}
