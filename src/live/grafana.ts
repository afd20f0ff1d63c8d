/** A dashboard for Grafana, made from the table of metrics: docs/grafana-dashboard.json. */
import { everyFamily } from "./families.ts";
import type { Family } from "./family.ts";
import { prometheusName } from "./prometheus.ts";

type Known = Pick<Family, "name" | "unit" | "help" | "kind">;

interface Query {
  readonly expr: string;
  /** As Grafana writes labels: "{{workload}}". */
  readonly legend: string;
  readonly isHeatmap?: boolean;
}

interface Panel {
  readonly title: string;
  readonly help: string;
  readonly type: "timeseries" | "stat" | "heatmap";
  /** Of Grafana: "s", "ops", "bytes", ... */
  readonly unit: string;
  readonly width: number;
  readonly queries: readonly Query[];
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const families: readonly Known[] = everyFamily();

/** A metric's name in Prometheus. @throws Error where there is no such metric */
function metric(name: string): string {
  const family = families.find((one) => one.name === `slash8.${name}`);
  if (family === undefined) throw new Error(`there is no metric slash8.${name}`);
  return prometheusName(family);
}

/** All counters or histograms whose names begin so, and are not among others. */
function named(kind: Family["kind"], prefix: string, others: readonly string[] = []): string[] {
  const whole = `slash8.${prefix}`;
  return families
    .filter((family) => family.kind === kind && family.name.startsWith(whole))
    .map(({ name }) => name.slice("slash8.".length))
    .filter((name) => !others.includes(name));
}

const chosen = '{workload=~"$workload"}';
const window = "[$__rate_interval]";

function gauge(name: string, by: string, legend: string): Query {
  return { expr: `sum by (${by}) (${metric(name)}${chosen})`, legend };
}

function rate(name: string, by: string, legend: string): Query {
  return { expr: `sum by (${by}) (rate(${metric(name)}${chosen}${window}))`, legend };
}

function quantile(p: number, name: string, by: string, legend: string): Query {
  const buckets = `rate(${metric(name)}_bucket${chosen}${window})`;
  return { expr: `histogram_quantile(${p}, sum by (le, ${by}) (${buckets}))`, legend };
}

/** "connections.closed_by_target" as words: "closed by target". */
function words(name: string, prefix: string): string {
  return name.slice(prefix.length).replaceAll(/[._]/g, " ");
}

const wrong = named("counter", "exchanges.", [
  ...["exchanges.offered", "exchanges.sent", "exchanges.received", "exchanges.status"],
]);
const ofConnections = named("counter", "connections.");
const times = named("histogram", "").filter((name) => !name.startsWith("part."));

const graph = (
  title: string,
  unit: string,
  width: number,
  help: string,
  queries: readonly Query[],
): Panel => ({ title, help, type: "timeseries", unit, width, queries });

const rows: readonly Row[] = [
  {
    title: "Run",
    panels: [
      {
        ...graph("State", "none", 8, "The state that the run is in.", [
          { expr: `${metric("run.state")} == 1`, legend: "{{state}}" },
        ]),
        type: "stat",
      },
      {
        ...graph("Scenario", "none", 8, "The run's scenario and its way to the sockets.", [
          { expr: metric("run.info"), legend: "{{scenario}}, io {{io}}" },
        ]),
        type: "stat",
      },
      {
        ...graph("Elapsed and left", "s", 8, "Since the run's start, and until its planned end.", [
          { expr: metric("run.elapsed"), legend: "elapsed" },
          { expr: metric("run.remaining"), legend: "left" },
        ]),
        type: "stat",
      },
    ],
  },
  {
    title: "Load and response",
    panels: [
      graph("Rate", "ops", 12, "Of the last whole second. Sent below offered: see validity.", [
        gauge("rate.offered", "workload", "{{workload}} offered"),
        gauge("rate.achieved", "workload", "{{workload}} sent"),
        gauge("rate.received", "workload", "{{workload}} received"),
      ]),
      graph("Response time", "s", 12, "From the intended send time to the reply.", [
        quantile(0.5, "response_time", "workload", "{{workload}} p50"),
        quantile(0.99, "response_time", "workload", "{{workload}} p99"),
        quantile(0.999, "response_time", "workload", "{{workload}} p99.9"),
        gauge("response_time.max", "workload", "{{workload}} max"),
      ]),
      {
        ...graph("Response times", "s", 12, "How many replies took how long.", [
          {
            expr: `sum by (le) (increase(${metric("response_time")}_bucket${chosen}${window}))`,
            legend: "{{le}}",
            isHeatmap: true,
          },
        ]),
        type: "heatmap",
      },
      graph("Where time goes (p99)", "s", 12, "99th percentile of everything that is timed.", [
        ...times.map((name) => quantile(0.99, name, "workload", `{{workload}} ${words(name, "")}`)),
      ]),
    ],
  },
  {
    title: "What goes wrong",
    panels: [
      graph("Exchanges that went wrong", "ops", 8, "Each by its own counter.", [
        ...wrong.map((name) => rate(name, "workload", `{{workload}} ${words(name, "exchanges.")}`)),
      ]),
      graph("Errors", "ops", 8, "By code, and by the side at fault.", [
        rate("errors", "workload, code, side", "{{workload}} {{code}} ({{side}})"),
      ]),
      graph("Replies by status", "ops", 8, "Replies that have an HTTP status.", [
        rate("exchanges.status", "workload, status", "{{workload}} {{status}}"),
      ]),
    ],
  },
  {
    title: "Connections and bytes",
    panels: [
      graph("Connections", "none", 8, "Open now, and planned.", [
        gauge("connections.open", "workload", "{{workload}} open"),
        gauge("connections.planned", "workload", "{{workload}} planned"),
      ]),
      graph("Connections per second", "ops", 8, "What happens to connections.", [
        ...ofConnections.map((name) =>
          rate(name, "workload", `{{workload}} ${words(name, "connections.")}`),
        ),
      ]),
      graph("Bytes per second", "Bps", 8, "In messages and replies.", [
        rate("sent", "workload", "{{workload}} sent"),
        rate("received", "workload", "{{workload}} received"),
      ]),
    ],
  },
  {
    title: "Parts of workloads",
    panels: [
      graph("Rate by part", "ops", 12, "Messages sent in the last whole second.", [
        gauge("part.rate.achieved", "workload, part", "{{workload}}.{{part}}"),
      ]),
      graph("Response time by part (p99)", "s", 12, "From the intended send time to the reply.", [
        quantile(0.99, "part.response_time", "workload, part", "{{workload}}.{{part}}"),
      ]),
    ],
  },
  {
    title: "TCP, as the clients' kernel sees it (telemetry: tcp)",
    panels: [
      graph("Round-trip time", "s", 8, "Smoothed, over the connections of the last look.", [
        gauge("tcp.rtt.p50", "workload", "{{workload}} p50"),
        gauge("tcp.rtt.p99", "workload", "{{workload}} p99"),
        gauge("tcp.rtt.max", "workload", "{{workload}} max"),
      ]),
      graph("Segments sent again", "ops", 8, "In a second, SYNs among them.", [
        rate("tcp.retransmits", "workload", "{{workload}} sent again"),
      ]),
      graph("Held up", "none", 8, "Connections' seconds in a second.", [
        rate("tcp.receive_window_limited", "workload", "{{workload}} by the receive window"),
        rate("tcp.send_buffer_limited", "workload", "{{workload}} by the send buffer"),
      ]),
    ],
  },
  {
    title: "Hosts of the clients",
    panels: [
      graph("Rate by host", "ops", 8, "Messages sent in the last whole second.", [
        gauge("host.rate.achieved", "workload, host", "{{workload}} on {{host}}"),
      ]),
      graph("Response time by host (p99)", "s", 8, "Of the last whole second.", [
        gauge("host.response_time.p99", "workload, host", "{{workload}} on {{host}}"),
      ]),
      graph("Connections by host", "none", 8, "Open now.", [
        gauge("host.connections.open", "workload, host", "{{workload}} on {{host}}"),
      ]),
    ],
  },
  {
    title: "Processes",
    panels: [
      graph("CPUs", "none", 8, "CPU time a second: 1 is one CPU.", [
        { expr: `rate(${metric("server.cpu")}${window})`, legend: "{{server}}" },
        { expr: `rate(${metric("generator.cpu")}${window})`, legend: "generator" },
      ]),
      graph("Resident memory", "bytes", 8, "Of the servers' processes and the clients'.", [
        { expr: metric("server.resident_memory"), legend: "{{server}}" },
        { expr: metric("generator.resident_memory"), legend: "generator" },
      ]),
      graph("Open files", "none", 8, "Connections over io_uring are not among them.", [
        { expr: metric("server.open_files"), legend: "{{server}}" },
        { expr: metric("generator.open_files"), legend: "generator" },
      ]),
    ],
  },
];

const source = { type: "prometheus", uid: "$datasource" };
const heights = { timeseries: 9, heatmap: 9, stat: 4 } as const;

/**
 * Returns the dashboard as Grafana 10 and newer import it. It asks for the data source, and lets one choose workloads.
 *
 * @see "Dashboard JSON model" of Grafana
 */
export function grafanaDashboard(): string {
  let id = 0;
  let y = 0;
  const panels = rows.flatMap((row) => {
    const head = {
      ...{ id: ++id, type: "row", title: row.title, collapsed: false, panels: [] },
      gridPos: { h: 1, w: 24, x: 0, y: y++ },
    };
    let x = 0;
    const own = row.panels.map((panel) => {
      if (x + panel.width > 24) {
        x = 0;
        y += heights[panel.type];
      }
      const gridPos = { h: heights[panel.type], w: panel.width, x, y };
      x += panel.width;
      return panelOf(panel, ++id, gridPos);
    });
    y += heights[row.panels[0]?.type ?? "timeseries"];
    return [head, ...own];
  });
  const dashboard = {
    uid: "slash8",
    title: "slash8",
    description: "A run of slash8 while it goes on: load --metrics, or --otlp.",
    tags: ["slash8", "load testing"],
    schemaVersion: 39,
    editable: true,
    refresh: "5s",
    time: { from: "now-15m", to: "now" },
    timezone: "browser",
    templating: {
      list: [
        { name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
        {
          ...{ name: "workload", label: "Workload", type: "query", datasource: source },
          query: `label_values(${metric("exchanges.sent")}, workload)`,
          ...{ refresh: 2, includeAll: true, multi: true, allValue: ".*", sort: 1 },
          current: { text: ["All"], value: ["$__all"] },
        },
      ],
    },
    panels,
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

function panelOf({ title, help, type, unit, queries }: Panel, id: number, gridPos: object): object {
  const targets = queries.map(({ expr, legend, isHeatmap }, at) => ({
    ...{ refId: refId(at), datasource: source, expr, legendFormat: legend },
    ...(isHeatmap === true ? { format: "heatmap" } : {}),
    ...(type === "stat" ? { instant: true } : {}),
  }));
  return {
    ...{ id, type, title, description: help, datasource: source, gridPos, targets },
    fieldConfig: { defaults: type === "heatmap" ? {} : { unit, min: 0 }, overrides: [] },
    options: optionsOf(type, unit),
  };
}

function optionsOf(type: Panel["type"], unit: string): object {
  switch (type) {
    case "timeseries":
      return {
        legend: { displayMode: "table", placement: "bottom", calcs: ["lastNotNull", "max"] },
        tooltip: { mode: "multi", sort: "desc" },
      };
    case "heatmap":
      return { calculate: false, yAxis: { unit }, cellGap: 0, tooltip: { mode: "single" } };
    case "stat":
      return { textMode: unit === "none" ? "name" : "value_and_name", colorMode: "none" };
  }
}

/** A, B, ..., Z, AA, AB, ... */
function refId(at: number): string {
  const letter = String.fromCharCode(65 + (at % 26));
  return at < 26 ? letter : refId(Math.floor(at / 26) - 1) + letter;
}
