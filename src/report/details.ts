import { basename } from "node:path";
import { stringify } from "yaml";
import { formatEndpoint } from "../address/flow.ts";
import { clientIo } from "../results/host-rows.ts";
import {
  count,
  duration,
  type Figure,
  figureTable,
  runCell,
  runColumn,
  size,
} from "./figure-table.ts";
import type { DetailsView, Table } from "./model.ts";
import type { ReportResult, ReportRun } from "./report-run.ts";

/** A scenario that contains a message of a mebibyte would be most of the page. */
const mostScenarioCharacters = 64 * 1024;

const plan: readonly Figure<ReportResult>[] = [
  ["scenario", ({ scenario }) => scenario.file],
  ["SHA-256 of the scenario", ({ scenario }) => scenario.sha256],
  ["run", ({ run }) => run.id],
  ["io", clientIo],
  ["why not uring", ({ run }) => run.ioObstacle],
  ["agents (processes)", ({ run }) => count(run.agents)],
  ["workers (threads)", ({ run }) => count(run.workers)],
  ["connections planned", ({ workloads }) => sum(workloads, (w) => w.connections.planned)],
  ["source addresses used", ({ workloads }) => sum(workloads, (w) => w.sources.addressesUsed)],
  ["harness latency, p50", ({ run }) => duration(run.harnessLatency?.p50)],
  ["harness latency, p99", ({ run }) => duration(run.harnessLatency?.p99)],
  ["generator's CPU in steady state", ({ run }) => generatorCpu(run.generator.cpu ?? null)],
  ["generator waited for a CPU", ({ run }) => seconds(run.generator.cpu?.waitedSeconds)],
  ["packets captured", ({ capture }) => count(capture?.packets)],
];

const host: readonly Figure<ReportResult>[] = [
  ["system", ({ host: { os, kernel, arch } }) => `${os} ${kernel} ${arch}`],
  ["CPU", (result) => `${result.host.cpus} × ${result.host.cpuModel}`],
  ["memory", (result) => size(result.host.memoryBytes)],
  ["Node", (result) => result.host.node],
  ["open files", (result) => count(result.host.openFiles)],
  ["automatic ports", ({ host: { portRange } }) => portRange.join("–")],
];

/** Plan, host and scenario; a scenario that several runs share is shown with the first of them. */
export function detailsOf(runs: readonly ReportRun[]): DetailsView[] {
  const scenarios = new Map<string, number[]>();
  for (const run of runs) {
    const text = scenarioText(run.result);
    scenarios.set(text, [...(scenarios.get(text) ?? []), run.index]);
  }
  const all = {
    runs: runs.map(({ index }) => index),
    tables: [
      ...figureTable("Plan", runs, ({ result }) => result, plan, "text"),
      ...targets(runs),
      ...commands(runs),
      ...figureTable("Host", runs, ({ result }) => result, host, "text"),
    ],
    scenario: null,
  };
  return [all, ...[...scenarios].map(([scenario, of]) => ({ runs: of, tables: [], scenario }))];
}

/** Commands that were run when a gate broke, with what they printed: files that lie beside the result. */
function commands(runs: readonly ReportRun[]): Table[] {
  const rows = runs.flatMap((run) =>
    run.result.commands.map(({ gate, line: _, run: text, ...more }) => [
      ...runCell(runs, run),
      gate,
      duration(more.atMs * 1e6) ?? "–",
      text,
      commandEnd(more),
      basename(more.file),
    ]),
  );
  if (rows.length === 0) return [];
  return [
    {
      title: "Commands that were run when a gate broke",
      note: "The links work where this page lies beside the files.",
      columns: [
        ...runColumn(runs),
        { label: "gate", kind: "text" },
        { label: "after", kind: "number" },
        { label: "command", kind: "code" },
        { label: "ended", kind: "text" },
        { label: "output", kind: "file" },
      ],
      rows,
    },
  ];
}

function commandEnd({
  exit,
  endedBy,
}: Pick<ReportResult["commands"][number], "exit" | "endedBy">): string {
  if (endedBy !== null) return `by its limit: ${endedBy}`;
  if (exit === null) return "–";
  return exit.signal ?? `exit code ${exit.code}`;
}

function targets(runs: readonly ReportRun[]) {
  const names = [
    ...new Set(
      runs.flatMap(({ result }) => result.scenario.resolved.servers.map(({ name }) => name)),
    ),
  ];
  const figures = names.map(
    (name): Figure<ReportResult> => [
      name,
      ({ scenario }) => {
        const listen = scenario.resolved.servers.find((server) => server.name === name)?.listen;
        if (listen === undefined) return null;
        const more = listen.length > 4 ? ` and ${listen.length - 4} more` : "";
        return listen.slice(0, 4).map(formatEndpoint).join(", ") + more;
      },
    ],
  );
  return figureTable("Servers listen on", runs, ({ result }) => result, figures, "text");
}

/** The scenario as it was run, with every default; positions in the file are left out. */
function scenarioText({ scenario }: ReportResult): string {
  const text = stringify(
    JSON.parse(
      JSON.stringify(scenario.resolved, (key, value) => (key === "position" ? undefined : value)),
    ),
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
  if (text.length <= mostScenarioCharacters) return text;
  return `${text.slice(0, mostScenarioCharacters)}\n# truncated: the result has the whole scenario\n`;
}

function sum(
  workloads: ReportResult["workloads"],
  of: (workload: ReportResult["workloads"][string]) => number,
): string | null {
  return count(Object.values(workloads).reduce((total, workload) => total + of(workload), 0));
}

function generatorCpu(cpu: ReportResult["run"]["generator"]["cpu"]): string | null {
  if (cpu === null) return null;
  const used = cpu.userSeconds + cpu.systemSeconds;
  return `${seconds(used)} of ${seconds(cpu.overSeconds)} (${Math.round((100 * used) / cpu.overSeconds)} %)`;
}

function seconds(value: number | null | undefined): string | null {
  return value === null || value === undefined ? null : duration(value * 1e9);
}
