import type {
  FindingView,
  PageModel,
  RunView,
  ServerView,
  TimeChart,
  WorkloadView,
} from "../model.ts";
import { addressView } from "./address-view.ts";
import { type Child, element } from "./dom.ts";
import { drawHeatMap, heatLegend } from "./heat-view.ts";
import { drawPercentiles } from "./percentile-view.ts";
import { type Along, type Drawing, PlotFrame } from "./plot-frame.ts";
import { tableView } from "./table-view.ts";
import { drawTimeChart, type TimeContext } from "./time-chart.ts";

/** A chart that is kept when the page is updated: its node, and whether its axis is logarithmic. */
interface Kept {
  readonly frame: PlotFrame;
  readonly button: HTMLButtonElement | null;
  log: boolean;
  redraw: () => void;
}

const kept = new Map<string, Kept>();

/**
 * Draws a report into a node, replacing its content. An update keeps charts, zoom, kinds of axes, opened
 * tables and the scroll position.
 */
export function drawReport(root: HTMLElement, model: PageModel): void {
  const drawn = new Set<string>();
  const open = openTables(root);
  const runLabels = model.runs.map(({ label }) => label);
  const context = (steady: TimeContext["steady"], marks: TimeContext["marks"]): TimeContext => {
    return { grid: model.time, runLabels, steady, marks };
  };
  const chart = (
    key: string,
    title: string,
    along: Along,
    canLog: boolean,
    draw: (log: boolean, frame: PlotFrame) => Drawing,
    note = "",
  ): HTMLElement => {
    drawn.add(key);
    const entry = kept.get(key) ?? keep(key, title, along, canLog);
    entry.redraw = () => entry.frame.show(draw(entry.log, entry.frame), note);
    entry.redraw();
    return entry.frame.node;
  };
  const timeCharts = (key: string, charts: readonly TimeChart[], around: TimeContext) =>
    charts.map((spec) =>
      chart(
        JSON.stringify([key, spec.id]),
        spec.title,
        "time",
        spec.unit === "ns",
        (log) => drawTimeChart(spec, around, log),
        spec.note ?? "",
      ),
    );

  const workloads = model.workloads.map((workload) => {
    const around = context(workload.steady, workload.marks);
    return workloadSection(workload, runLabels, [
      ...percentileNodes(workload, runLabels, chart),
      ...workload.heatMaps.flatMap((map) => {
        if (map.missing !== null) return [];
        const label = runLabels.length > 1 ? ` · ${runLabels[map.run]}` : "";
        const title = `Response time, heat map${label}`;
        const key = JSON.stringify(["heat", workload.name, map.run]);
        const node = chart(
          key,
          title,
          "time",
          false,
          (_, frame) => drawHeatMap(map, around, (text) => frame.showText(text)),
          "point at a cell to read it",
        );
        node.querySelector(".heat-legend")?.remove();
        node.querySelector("figcaption")?.append(heatLegend(map.largest));
        return [node];
      }),
      ...timeCharts(`workload ${workload.name}`, workload.charts, around),
    ]);
  });
  const servers = model.servers.map((server) =>
    serverSection(
      server,
      timeCharts(`server ${server.name}`, server.charts, context([], server.marks)),
    ),
  );

  const { scrollX, scrollY } = window;
  root.replaceChildren(
    header(model),
    ...workloads,
    ...hostsSection(model.hosts),
    ...servers,
    element("section", "", element("h2", "", "Addresses"), addressView(model.addresses)),
    details(model),
    element(
      "footer",
      "",
      `${model.tool} · times count from the start of steady state · drag to zoom, double-click to zoom out`,
    ),
  );
  for (const [key, { frame }] of kept) {
    if (drawn.has(key)) continue;
    frame.dispose();
    kept.delete(key);
  }
  for (const table of root.querySelectorAll("details")) {
    if (open.has(summaryOf(table))) table.open = true;
  }
  window.scrollTo(scrollX, scrollY);
}

type Chart = (
  key: string,
  title: string,
  along: Along,
  canLog: boolean,
  draw: (log: boolean, frame: PlotFrame) => Drawing,
) => HTMLElement;

function percentileNodes(
  { name, percentiles }: WorkloadView,
  runLabels: readonly string[],
  chart: Chart,
): HTMLElement[] {
  if (percentiles === null) return [];
  return [
    chart(JSON.stringify(["percentiles", name]), "Latency by percentile", "own", true, (log) =>
      drawPercentiles(percentiles, runLabels, log),
    ),
  ];
}

function keep(key: string, title: string, along: Along, canLog: boolean): Kept {
  const button = canLog ? element("button", "axis") : null;
  const entry: Kept = {
    frame: new PlotFrame(title, along, button === null ? [] : [button]),
    button,
    log: canLog,
    redraw: () => {},
  };
  if (button !== null) {
    const label = () => {
      button.textContent = entry.log ? "log" : "linear";
      button.title = `latency axis: ${entry.log ? "logarithmic" : "linear"}; click for the other`;
    };
    button.type = "button";
    button.addEventListener("click", () => {
      entry.log = !entry.log;
      label();
      entry.redraw();
    });
    label();
  }
  kept.set(key, entry);
  return entry;
}

function header(model: PageModel): HTMLElement {
  const { title, runs, gates, summary } = model;
  return element(
    "header",
    "",
    element("h1", "", title),
    ...runs.map((run) => runHead(run, runs.length > 1)),
    gates === null ? null : tableView(gates),
    tableView(summary),
  );
}

function runHead(
  { label, outcome, about, reasons, findings, warnings }: RunView,
  several: boolean,
): HTMLElement {
  const list = (className: string, texts: readonly string[]): Child =>
    texts.length === 0
      ? null
      : element("ul", className, ...texts.map((text) => element("li", "", text)));
  return element(
    "div",
    `run ${outcome}`,
    element(
      "p",
      "verdict",
      element("span", `badge ${outcome}`, outcome),
      several ? element("strong", "", label) : null,
      element("span", "about", about),
    ),
    list("reasons", reasons),
    findingList(findings),
    list("warnings", warnings),
  );
}

/** Validity of the figures, and what to do. */
function findingList(findings: readonly FindingView[]): Child {
  if (findings.length === 0) return null;
  return element(
    "ul",
    "findings",
    ...findings.map(({ severity, text, todo }) =>
      element(
        "li",
        "",
        element("span", `badge ${severity}`, severity),
        element("span", "", text),
        todo === "" ? null : element("span", "todo", `What to do: ${todo}`),
      ),
    ),
  );
}

function workloadSection(
  workload: WorkloadView,
  runLabels: readonly string[],
  charts: readonly HTMLElement[],
): HTMLElement {
  return element(
    "section",
    "workload",
    element("h2", "", workload.name, element("small", "", workload.about)),
    ...workload.notes.map((note) => element("p", "note", note)),
    element("div", "charts", ...charts),
    ...missingMaps(workload, runLabels),
    element("div", "tables", ...workload.tables.map(tableView)),
  );
}

/** Each host, and all of them together; nothing where the clients were on the coordinator's machine. */
function hostsSection(tables: PageModel["hosts"]): HTMLElement[] {
  if (tables.length === 0) return [];
  const all = element("div", "tables", ...tables.map(tableView));
  return [element("section", "hosts", element("h2", "", "Hosts"), all)];
}

function serverSection(server: ServerView, charts: readonly HTMLElement[]): HTMLElement {
  return element(
    "section",
    "server",
    element("h2", "", server.name, element("small", "", `server: ${server.about}`)),
    element("div", "charts", ...charts),
    element("div", "tables", ...server.tables.map(tableView)),
  );
}

/** Why there is no heat map, where there is none. */
function missingMaps({ heatMaps }: WorkloadView, runLabels: readonly string[]): HTMLElement[] {
  return heatMaps.flatMap(({ run, missing }) => {
    if (missing === null) return [];
    const label = runLabels.length > 1 ? `${runLabels[run]}: ` : "";
    return [element("p", "note missing", `${label}${missing}`)];
  });
}

function details({ details: views, runs }: PageModel): HTMLElement {
  const scenarios = views.filter(({ scenario }) => scenario !== null);
  return element(
    "section",
    "details",
    element("h2", "", "Plan and host"),
    element("div", "tables", ...views.flatMap(({ tables }) => tables.map(tableView))),
    element("h2", "", "Scenario"),
    ...scenarios.map(({ runs: of, scenario }) =>
      element(
        "details",
        "scenario",
        element(
          "summary",
          "",
          runs.length > 1
            ? `as ${of.map((run) => runs[run]?.label ?? "").join(", ")} ran it`
            : "as it was run, with every default",
        ),
        element("pre", "", scenario),
      ),
    ),
  );
}

function openTables(root: HTMLElement): Set<string> {
  return new Set([...root.querySelectorAll("details[open]")].map(summaryOf));
}

function summaryOf(table: Element): string {
  const section = table.closest("section")?.querySelector("h2")?.textContent ?? "";
  return `${section} ${table.querySelector("summary")?.textContent ?? ""}`;
}
