import picocolors from "picocolors";
import { formatAmount, formatCount, formatDuration } from "../../base/units.ts";
import { formatValue, gateTally } from "../format-value.ts";
import { clientIo, onHowManyHosts } from "../host-rows.ts";
import type { Outcome, RunResult } from "../result.ts";
import { findingsSection } from "./summary-findings.ts";
import { hostsSection } from "./summary-hosts.ts";
import { restartsSection } from "./summary-restarts.ts";
import { serversSection } from "./summary-servers.ts";
import { workloadSection } from "./summary-workload.ts";
import { alignColumns, type Cell, type Colors, wrap } from "./text-table.ts";

/** Where a summary is shown. */
export interface SummaryLook {
  readonly color: boolean;
  /** Columns of the terminal; reasons and warnings are wrapped to it. */
  readonly width: number;
  /** Whether bars and check marks are shown as Unicode characters. Default: true. */
  readonly unicode?: boolean;
}

/**
 * The result for the terminal: the verdict and its reasons first, then each workload, the servers,
 * the gates, the findings and the warnings.
 *
 * @returns text that ends in a newline; plain unless `look.color`
 */
export function renderSummary(
  result: RunResult,
  { color, width, unicode = true }: SummaryLook,
): string {
  const colors = picocolors.createColors(color);
  const sections = [
    verdictSection(result, colors, width),
    ...Object.entries(result.workloads).map(([name, workload]) =>
      workloadSection(name, workload, colors, { width, unicode }),
    ),
    hostsSection(result, colors),
    serversSection(result, colors),
    restartsSection(result, colors),
    captureSection(result, colors),
    commandsSection(result, colors),
    gatesSection(result, colors, unicode),
    findingsSection(result, colors, width),
    result.warnings.flatMap((warning) =>
      bullet(colors.yellow("warning"), "warning".length, warning, width),
    ),
  ];
  const filled = sections.filter((lines) => lines.length > 0);
  return `${filled.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** Only the verdict and its reasons: a FAIL always says what failed. */
export function renderVerdict(result: RunResult, { color, width }: SummaryLook): string {
  const [verdict, , ...reasons] = verdictSection(result, picocolors.createColors(color), width);
  return `${[verdict, ...reasons].join("\n")}\n`;
}

function verdictSection(result: RunResult, colors: Colors, width: number): string[] {
  return [
    ...verdictHead(result, colors),
    ...result.run.reasons.flatMap((reason) => bullet("-", 1, reason, width)),
  ];
}

/** The verdict, and how the run was made. */
export function verdictHead(result: RunResult, colors: Colors): string[] {
  const { run, scenario, gates } = result;
  const judged = gateTally(gates);
  const workers = formatAmount(run.workers, "worker");
  const agents = formatAmount(run.agents, "agent");
  const floor =
    run.harnessLatency === null
      ? ""
      : `, harness latency ${formatDuration(run.harnessLatency.p50)}`;
  const how = `${formatDuration(run.durationMs * 1e6)}, io ${clientIo(result)}, ${workers} in ${agents}${onHowManyHosts(result)}${floor}`;
  const title = run.outcome.toUpperCase();
  return [
    `${verdictStyle(run.outcome, colors)(title)}  ${colors.bold(scenario.name)}: ${judged}`,
    `${" ".repeat(title.length)}  ${colors.dim(how)}`,
  ];
}

function verdictStyle(outcome: Outcome, colors: Colors): (text: string) => string {
  const color = { pass: colors.green, fail: colors.red, invalid: colors.magenta };
  const style = outcome === "interrupted" ? colors.yellow : color[outcome];
  return (text) => colors.bold(style(text));
}

/** A text with a mark, wrapped, its lines aligned. */
function bullet(mark: string, markWidth: number, text: string, width: number): string[] {
  const indent = " ".repeat(2 + markWidth + 1);
  const [first, ...more] = wrap(text, width - indent.length, "");
  return [`  ${mark} ${first}`, ...more.map((line) => indent + line)];
}

function captureSection({ capture }: RunResult, colors: Colors): string[] {
  if (capture === null) return [];
  const { file, packetsKept, clients, program } = capture;
  const packets = packetsKept === null ? "packets" : `${formatCount(packetsKept)} packets`;
  const of = clients === null ? "" : ` of ${formatCount(clients.length)} clients`;
  return [`${colors.bold("capture")}  ${packets}${of} in ${file}, by ${program}`];
}

function commandsSection({ commands }: RunResult, colors: Colors): string[] {
  return commands.map(
    ({ gate, run, file, atMs }) =>
      `${colors.bold("command")}  ${formatDuration(atMs * 1e6)} after the start, as ${gate} was broken: ${run}; what it printed is in ${file}`,
  );
}

function gatesSection({ gates }: RunResult, colors: Colors, unicode: boolean): string[] {
  if (gates.length === 0) return [];
  return [
    `${colors.bold("gates")} (${formatCount(gates.length)})`,
    ...alignColumns(gateRows(gates, colors, unicode), new Set([3])),
  ];
}

/** A row of each gate: its mark, its expression, what it was, and its limit. */
export function gateRows(
  gates: RunResult["gates"],
  colors: Colors,
  unicode: boolean,
): (Cell | string)[][] {
  const marks = {
    pass: { text: unicode ? "✓" : "+", style: colors.green },
    fail: { text: unicode ? "✗" : "x", style: colors.red },
    inconclusive: { text: "?", style: colors.magenta },
    noData: { text: "?", style: colors.magenta },
  } as const satisfies Record<string, Cell>;
  return gates.map(({ expression, actual, limit, unit, verdict }) => [
    "",
    marks[verdict],
    expression,
    { text: formatValue(actual, unit), style: verdict === "pass" ? String : marks[verdict].style },
    { text: `limit ${formatValue(limit, unit)}`, style: colors.dim },
  ]);
}
