/**
 * A result in one screen of 24 lines and 80 columns: the verdict, a table of the workloads, the gates, and at most two
 * findings that matter. The rest is in `renderSummary` and in the report.
 */
import picocolors from "picocolors";
import { textWidth } from "../../base/text/width.ts";
import { formatAmount, formatCount, formatDuration, formatRate } from "../../base/units.ts";
import { patterns } from "../../scenario/patterns.ts";
import { isFewSamplesNote } from "../build/notes/workload.ts";
import type { Finding } from "../findings/finding.ts";
import { samplesFor } from "../findings/run.ts";
import { withPartsAsWorkloads } from "../parts-as-workloads.ts";
import type { GateOutcome, RunResult, WorkloadResult } from "../result.ts";
import { gateRows, type SummaryLook, verdictHead } from "./summary.ts";
import { severityMark } from "./summary-findings.ts";
import { alignColumns, type Cell, type Colors, wrap } from "./text-table.ts";

/** Lines of a terminal, less the one of the result, the one that leads on from it, and the prompt. */
const screenLines = 21;

/** How much of each part is shown at most; what is left out is counted. */
interface Room {
  readonly findings: number;
  readonly gates: number;
  readonly workloads: number;
  readonly reasons: number;
  readonly errors: number;
}

/** The first that fits is taken: findings go first, as they are the longest. */
const rooms: readonly Room[] = [
  { findings: 2, gates: 5, workloads: 5, reasons: 3, errors: 2 },
  { findings: 1, gates: 5, workloads: 5, reasons: 3, errors: 2 },
  { findings: 1, gates: 3, workloads: 3, reasons: 2, errors: 1 },
  { findings: 0, gates: 3, workloads: 3, reasons: 2, errors: 1 },
];

const linesOfReason = 2;
const linesOfDoubt = 3;

/** @returns text that ends in a newline; plain unless `look.color` */
export function renderBrief(result: RunResult, look: SummaryLook): string {
  const colors = picocolors.createColors(look.color);
  const texts = rooms.map((room) => {
    const sections = [
      [...verdictHead(result, colors), ...reasonLines(result, room, look)],
      [...workloadLines(result, colors, room, look), ...errorLines(result, room, look)],
      gateLines(result, colors, room, look),
      findingLines(result, colors, room, look),
    ];
    const filled = sections.filter((lines) => lines.length > 0);
    return `${filled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
  });
  const fitting = texts.find((text) => text.split("\n").length - 1 <= screenLines);
  return fitting ?? (texts.at(-1) as string);
}

/** Reasons; those that are gates stand in their table, but why one is inconclusive does not. */
function reasonLines({ run, gates }: RunResult, room: Room, look: SummaryLook): string[] {
  const others = run.reasons.filter(
    (reason) => !gates.some(({ expression }) => reason.includes(`: ${expression}`)),
  );
  const doubts = new Set(
    gates.flatMap(({ expression, verdict }) => {
      const about = `gate inconclusive: ${expression} (`;
      const reason = run.reasons.find((text) => text.startsWith(about));
      if (verdict !== "inconclusive" || reason === undefined) return [];
      return [`inconclusive: ${reason.slice(reason.indexOf("): ", about.length) + 3)}`];
    }),
  );
  const shown = others.slice(0, room.reasons);
  const left = others.length - shown.length;
  return [
    ...[...doubts].flatMap((doubt) => marked("-", doubt, linesOfDoubt, look)),
    ...shown.flatMap((reason) => marked("-", reason, linesOfReason, look)),
    ...(left > 0 ? [`  - and ${formatAmount(left, "more reason")}`] : []),
  ];
}

/** Of the percentiles; the longest stands beside it. */
const highestShown = 99;

const heads = ["", "workload", "open", "rate", "errors", "p50", "p99", "max"];
const leastName = 8;

function workloadLines(
  { workloads }: RunResult,
  colors: Colors,
  room: Room,
  look: SummaryLook,
): string[] {
  const all = withPartsAsWorkloads(workloads);
  const shown = all.slice(0, room.workloads);
  const left = all.length - shown.length;
  const what = all.some(([, , part]) => part !== null) ? "more line" : "more workload";
  const figures = shown.map(([, workload, part]) => figuresOf(workload, part !== null));
  const taken = alignColumns([heads.slice(2), ...figures]).map((line) => textWidth(line));
  const widest = Math.max(leastName, look.width - 4 - Math.max(...taken));
  const rows = shown.map(([name], index) => [
    "",
    cut(name, widest, look),
    ...(figures[index] as string[]),
  ]);
  return [
    ...alignColumns(
      [heads.map((text) => ({ text, style: colors.dim })), ...rows],
      new Set([2, 3, 4, 5, 6, 7]),
    ),
    ...(left > 0 ? [`  and ${formatAmount(left, what)}`] : []),
  ];
}

function figuresOf(workload: WorkloadResult, isPart: boolean): string[] {
  const { connections, rate, errors, responseTime, deliveryLatency, exchanges } = workload;
  const times = deliveryLatency ?? responseTime;
  const perSecond = patterns[workload.pattern].oneWay
    ? rate.achievedPerSecond
    : rate.receivedPerSecond;
  const time = (ns: number | null) => (ns === null ? "-" : formatDuration(ns));
  return [
    isPart ? "" : formatCount(connections.peak),
    perSecond === null || exchanges.sent + exchanges.received === 0 ? "-" : formatRate(perSecond),
    formatCount(errors.reduce((sum, { count }) => sum + count, 0)),
    time(times.percentiles["50"]),
    time(times.percentiles["99"]),
    time(times.max),
  ];
}

/** What the errors are, where no reason says it: "chat: 20 UNEXPECTED, the first with "-ERR\\r\\n"". */
function errorLines({ workloads, run }: RunResult, room: Room, look: SummaryLook): string[] {
  const unsaid = Object.entries(workloads).flatMap(([name, workload]) => {
    const [first, ...others] = countByCode(workload.errors);
    if (first === undefined) return [];
    const [code, count] = first;
    const isSaid = run.reasons.some(
      (reason) => reason.startsWith(`${name}: `) && reason.includes(code),
    );
    if (isSaid) return [];
    const isOfCode = (example: { readonly code: string }) => example.code === code;
    const unopened = workload.connections.openFailedExamples.find(isOfCode);
    const received = (workload.wrongReplies.find(isOfCode) ?? unopened)?.received ?? "";
    const waited = unopened?.awaited == null ? "" : `, the first waiting for ${unopened.awaited}`;
    const came = received === "" ? waited : `, the first with "${received}"`;
    const left = others.length === 0 ? "" : `; and ${formatAmount(others.length, "other code")}`;
    return [`${name}: ${formatCount(count)} ${code}${came}${left}`];
  });
  const shown = unsaid.slice(0, room.errors);
  return shown.flatMap((text, index) => [
    ...(index === 0 ? [""] : []),
    ...marked("-", text, linesOfReason, look),
  ]);
}

/** Most frequent first. */
function countByCode(errors: WorkloadResult["errors"]): [code: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { code, count } of errors) counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** Those that did not pass first. */
function gateLines({ gates }: RunResult, colors: Colors, room: Room, look: SummaryLook): string[] {
  if (gates.length === 0) return [];
  const rank = ({ verdict }: GateOutcome) => (verdict === "pass" ? 1 : 0);
  const sorted = gates.toSorted((a, b) => rank(a) - rank(b));
  const shown = sorted.length > room.gates + 1 ? sorted.slice(0, room.gates) : sorted;
  const left = sorted.slice(shown.length);
  const failed = left.filter((gate) => rank(gate) === 0).length;
  const rest = [
    ...(failed > 0 ? [`${formatCount(failed)} more that did not`] : []),
    ...(left.length > failed ? [`${formatCount(left.length - failed)} more passed`] : []),
  ];
  const rows = gateRows(shown, colors, look.unicode ?? true).map(([indent, mark, gate, actual]) => {
    return [indent, mark, cut(gate as string, look.width - 16, look), actual] as (Cell | string)[];
  });
  return [
    ...alignColumns(rows, new Set([3])),
    ...(rest.length === 0 ? [] : [`  ${rest.join(", ")}`]),
  ];
}

function findingLines(result: RunResult, colors: Colors, room: Room, look: SummaryLook): string[] {
  const { width, unicode = true } = look;
  const notes = Object.entries(result.workloads).flatMap(([name, { notes: all, responseTime }]) =>
    all
      .filter((note) => !isFewSamplesNote(note) || responseTime.count < samplesFor(highestShown))
      .map((note) => ({ mark: "!", text: `${name}: ${note}`, todo: null })),
  );
  const news = notes.filter(({ text }) => !result.run.reasons.includes(text));
  const findings = mattering(result.run.findings ?? []).map((finding) => ({
    mark: severityMark(finding, colors, unicode),
    text: finding.text,
    todo: finding.todo,
  }));
  return [...news, ...findings]
    .slice(0, room.findings)
    .flatMap(({ mark, text, todo }) => [
      ...marked(mark, text, todo === null ? 3 : 2, look),
      ...(todo === null ? [] : [`    ${cut(`what to do: ${todo}`, width - 4, look)}`]),
    ]);
}

/** What makes figures wrong, one of each kind; and a server that was the limit, where nothing does. */
function mattering(findings: readonly Finding[]): readonly Finding[] {
  const firsts = findings.filter(
    ({ code }, index) => findings.findIndex((other) => other.code === code) === index,
  );
  const serious = firsts.filter(({ severity }) => severity !== "info");
  return serious.length > 0 ? serious : firsts.filter(({ about }) => about === "server");
}

/** A marked text in so many lines at most, of which the last ends in an ellipsis where there is more. */
function marked(mark: string, text: string, mostLines: number, look: SummaryLook): string[] {
  const { width } = look;
  const lines = wrap(text, width - 4, "");
  const shown = lines.slice(0, mostLines);
  if (lines.length > mostLines) {
    const last = shown.pop() ?? "";
    shown.push(cut(`${last} ${lines[mostLines]}`, width - 4, look));
  }
  return shown.map((line, index) => `${index === 0 ? `  ${mark}` : "   "} ${line}`);
}

/** The text in so many columns, with an ellipsis where it is longer. */
function cut(text: string, columns: number, { unicode = true }: Pick<SummaryLook, "unicode">) {
  if (textWidth(text) <= columns) return text;
  const ellipsis = unicode ? "…" : "...";
  let kept = text;
  while (textWidth(kept) > columns - ellipsis.length) kept = kept.slice(0, -1);
  return kept.trimEnd() + ellipsis;
}
