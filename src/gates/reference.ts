/** The reference of what gates can ask for, docs/reference/metrics.md: everything in it comes from metric.ts. */
import { markdownTable } from "../base/text/markdown.ts";
import { operators } from "./gate.ts";
import {
  errorMetric,
  exampleOf,
  type HistogramName,
  hasWindows,
  histograms,
  type Kind,
  metricsOfParts,
  serverMetrics,
  statistics,
  statusMetric,
  unitOf,
  workloadMetrics,
} from "./metric.ts";
import { type WorkloadUseName, workloadUses } from "./uses.ts";

const partList = [...metricsOfParts, statusMetric.name, errorMetric.name]
  .map((name) => `\`${name}\``)
  .join(", ");

const introduction = `# Metrics that gates can ask for

Made from \`src/gates/metric.ts\` by \`npm run schema\`: change the texts there, not here.

    gates:
      - chat.responseTime.p99 < 5ms                          # a workload's histogram, and a statistic of it
      - chat.responseTime.p99 < 20ms over 5s                 # in every window of 5 s, a second apart
      - chat.exchanges.timedOut / chat.exchanges.sent < 1%   # a quotient of two metrics of one kind is a ratio
      - new.responseTime.p99 <= 1.1 * old.responseTime.p99   # against another metric
      - chat.responseTime.p99 <= baseline * 1.25             # against earlier results
      - total.errors == 0                                    # over all workloads
      - servers.echo.rssBytesPeak < 512MiB                   # a server's

A gate is \`METRIC OPERATOR LIMIT\`; operators are ${operators.map((name) => `\`${name}\``).join(", ")}. Names, units and kinds
are checked before the run, and whether the workload can have data for it. A gate without data does not pass.

Figures are of steady state unless a metric says otherwise; a stream to a built-in server is counted over the whole
run. "For" names the patterns, or what else it takes, that a metric has data for.

- **\`total.\`** in place of a workload: the sum over all workloads that have data; of a histogram, all samples
  together; of \`restarts.longestGapMs\`, the longest.
- **\`<workload>.<part>.\`** in place of a workload: the exchanges of one of its parts, a message of several
  (\`chat.get.responseTime.p99\`). A part has ${partList}.
- **\`over\`**: a whole number of seconds, for the metrics marked so in the table. The gate must hold in
  every window of that length; the worst one is reported.
- **\`baseline\`**: the left side in earlier results (\`baseline\` in the scenario, or \`load --baseline\`), the median
  over them; without \`over\`.

## Kinds and units

`;

/** The page, in Markdown. */
export function metricsReference(): string {
  const kinds = (Object.keys(unitOf) as Kind[]).map((kind) => [
    kind,
    exampleOf[kind],
    `\`${unitOf[kind]}\``,
  ]);
  const list = statistics.map((name) => `\`${name}\``).join(", ");
  return [
    introduction,
    markdownTable(["kind", "a limit is", "unit in the result"], kinds),
    "\n## Histograms of a workload\n\n",
    `\`<workload>.<histogram>.<statistic>\`, where the statistic is a percentile (\`p50\`, \`p99\`, \`p99.9\`: any above 0 up to ` +
      `100, with up to six decimals), or one of ${list}. All are durations, but for \`count\`, the number of samples.\n\n`,
    markdownTable(["histogram", "`over`", "for", "meaning"], histogramRows()),
    "\n## Metrics of a workload\n\n`<workload>.<metric>`\n\n",
    markdownTable(
      ["metric", "kind", "`over`", "for", "meaning"],
      rowsOf(metricsOfWorkloads, (of) => workloadUses[of].text),
    ),
    "\n## Metrics of a server\n\n`servers.<name>.<metric>`; all of the whole run. For: servers by how they are given in the scenario.\n\n",
    markdownTable(
      ["metric", "kind", "`over`", "for", "meaning"],
      rowsOf(serverMetrics, (of) => of),
    ),
  ].join("");
}

const yesOrNo = (can: boolean) => (can ? "yes" : "no");

const follows: Readonly<
  Record<string, readonly (Row<WorkloadUseName> & { readonly name: string })[]>
> = {
  "exchanges.received": [statusMetric],
  "errors.generator": [errorMetric],
};

/** With those by status and by code after what they are a part of. */
const metricsOfWorkloads: Readonly<Record<string, Row<WorkloadUseName>>> = Object.fromEntries(
  Object.entries(workloadMetrics).flatMap(([name, metric]) =>
    [{ name, ...metric }, ...(follows[name] ?? [])].map((row) => [row.name, row]),
  ),
);

function rowsOf<Of extends string>(
  metrics: Readonly<Record<string, Row<Of>>>,
  useText: (of: Of) => string,
): string[][] {
  return Object.entries(metrics).map(([name, { kind, windows, of, meaning }]) => [
    `\`${name}\``,
    kind,
    yesOrNo(windows),
    useText(of),
    meaning,
  ]);
}

interface Row<Of> {
  readonly kind: Kind;
  readonly windows: boolean;
  readonly of: Of;
  readonly meaning: string;
}

function histogramRows(): string[][] {
  return Object.entries(histograms).map(([name, { of, meaning }]) => {
    const metric = name as HistogramName;
    const windows = hasWindows({ of: "timing", workload: null, metric, statistic: "max" });
    return [`\`${name}\``, yesOrNo(windows), workloadUses[of].text, meaning];
  });
}
