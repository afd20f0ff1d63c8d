import type { ExchangePartsResult } from "../results/anatomy-result.ts";
import {
  count,
  duration,
  type Figure,
  figureTable,
  rate,
  runCell,
  runColumn,
  size,
  some,
} from "./figure-table.ts";
import type { Column, Table } from "./model.ts";
import type { ReportRun, ReportWorkload } from "./report-run.ts";

/** Rows of a table whose length is not bounded otherwise. */
const mostRows = 200;

const connections: readonly Figure<ReportWorkload>[] = [
  ["planned", (workload) => count(workload.connections.planned)],
  ["opened", (workload) => count(workload.connections.opened)],
  ["most open at once", (workload) => count(workload.connections.peak)],
  ["failed", (workload) => count(workload.connections.failed)],
  ["of these in an opening step", (workload) => some(workload.connections.openFailed)],
  ["closed by the target", (workload) => count(workload.connections.closedByTarget)],
  ["open at the end", (workload) => count(workload.connections.openAtEnd ?? null)],
  ["refused (UDP)", (workload) => some(workload.connections.refused)],
  ["rotated (UDP)", (workload) => some(workload.connections.rotated)],
  ["TLS sessions resumed", (workload) => some(workload.connections.tlsResumed)],
  ["slow: bytes read in a second, at most", ({ slow }) => size(slow?.readBytesPerSecond ?? null)],
  ["slow: bytes sent in a second, at most", ({ slow }) => size(slow?.writeBytesPerSecond ?? null)],
  ["slow: stall in each message", ({ slow }) => stallText(slow?.stallMs ?? null)],
  ["opened per second, while connecting", (workload) => opensPerSecond(workload, true)],
  ["opened per second, in steady state", (workload) => opensPerSecond(workload, false)],
  ["addresses used", (workload) => count(workload.sources.addressesUsed)],
  ["fragmented datagrams", (workload) => some(workload.fragmentation?.datagrams)],
];

/** The parts of a response time, in their order. */
const partColumns = ["sent late", "queued", "wire", "wake-up"].map(number);

function partCells(parts: ExchangePartsResult): (string | null)[] {
  return [parts.sendLagNs, parts.queuedNs, parts.wireTimeNs, parts.wakeUpNs].map((ns) =>
    duration(ns),
  );
}

function opensPerSecond({ connections, phases }: ReportWorkload, upFront: boolean): string | null {
  const opened = (phases?.connect?.opened ?? 0) > 0;
  return opened === upFront ? rate(connections.opensPerSecond) : null;
}

function stallText(stallMs: number | null): string | null {
  return stallMs === null ? null : duration(stallMs * 1e6);
}

const exchanges: readonly Figure<ReportWorkload>[] = [
  ["offered", (workload) => count(workload.exchanges.offered)],
  ["sent", (workload) => count(workload.exchanges.sent)],
  ["received", (workload) => count(workload.exchanges.received)],
  ["lost", (workload) => count(workload.exchanges.lost)],
  ["timed out", (workload) => count(workload.exchanges.timedOut)],
  ["late", (workload) => some(workload.exchanges.late)],
  ["duplicated", (workload) => some(workload.exchanges.duplicated)],
  ["reordered", (workload) => some(workload.exchanges.reordered)],
  ["corrupted", (workload) => some(workload.exchanges.corrupted)],
  ["of these truncated", (workload) => some(workload.exchanges.truncated)],
  ["from a wrong source", (workload) => some(workload.exchanges.wrongSource)],
  ["failed", (workload) => some(workload.exchanges.failed)],
  ["unsolicited", (workload) => some(workload.exchanges.unsolicited)],
  ["unsent", (workload) => some(workload.exchanges.unsent)],
  ["pushed, no replies", (workload) => some(workload.asides?.pushed)],
  ["ignored, no replies", (workload) => some(workload.asides?.ignored)],
  ["answers sent to them", (workload) => some(workload.asides?.answersSent)],
  ["keep-alives sent", (workload) => some(workload.asides?.keepAlivesSent)],
  ["bytes sent", (workload) => size(workload.bytes.sent)],
  ["bytes received", (workload) => size(workload.bytes.received)],
];

const rates: readonly Figure<ReportWorkload>[] = [
  ["offered rate", (workload) => rate(workload.rate.offeredPerSecond)],
  ["achieved rate (sent)", (workload) => rate(workload.rate.achievedPerSecond)],
  ["received rate", (workload) => rate(workload.rate.receivedPerSecond)],
];

/** Every table of a workload, those without rows left out. */
export function workloadTables(runs: readonly ReportRun[], name: string): Table[] {
  const part = (run: ReportRun) => run.workloads[name];
  /** What servers count, of one-way messages, is of the whole run. */
  const countedBy = (who: "client" | "server") => (run: ReportRun) => {
    const workload = part(run);
    const by = workload?.exchanges.countedBy ?? "client";
    return by === who ? workload : undefined;
  };
  const each = <Row>(rowsOf: (workload: ReportWorkload) => readonly Row[]) =>
    runs.flatMap((run) =>
      (part(run) === undefined ? [] : rowsOf(part(run) as ReportWorkload)).map((row) => ({
        run,
        row,
      })),
    );
  const listed = <Row>(
    title: string,
    columns: readonly Column[],
    rowsOf: (workload: ReportWorkload) => readonly Row[],
    cells: (row: Row) => readonly (string | null)[],
  ): Table[] => {
    const rows = each(rowsOf);
    if (rows.length === 0) return [];
    const left = rows.length - mostRows;
    return [
      {
        title,
        note:
          left > 0 ? `The first ${mostRows} of ${rows.length}; the result has all of them.` : null,
        columns: [...runColumn(runs), ...columns],
        rows: rows
          .slice(0, mostRows)
          .map(({ run, row }) => [...runCell(runs, run), ...cells(row).map((cell) => cell ?? "–")]),
      },
    ];
  };
  return [
    ...listed("Latency, in steady state", latencyColumns, timings, latencyCells),
    ...listed(
      "What response times consist of, in steady state",
      [text("near"), number("response time"), ...partColumns, number("exchanges")],
      ({ anatomy }) => anatomy ?? [],
      (near) => [
        `p${near.percentile}`,
        duration(near.responseTime),
        ...partCells(near),
        count(near.exchanges),
      ],
    ),
    ...figureTable("Connections, in the whole run", runs, part, connections),
    ...figureTable("Exchanges, in steady state", runs, countedBy("client"), exchanges),
    ...figureTable("Messages, in the whole run", runs, countedBy("server"), exchanges),
    ...figureTable("Rates, in steady state", runs, part, rates),
    ...listed(
      "Status of replies, in steady state",
      [text("status"), number("replies")],
      ({ exchanges: { status } }) => Object.entries(status ?? {}),
      ([status, replies]) => [status, count(replies)],
    ),
    ...listed(
      "Errors",
      [text("code"), text("side"), text("phase"), number("count")],
      ({ errors }) => errors,
      (error) => [error.code, error.side, error.phase, count(error.count)],
    ),
    ...listed(
      "Slowest clients",
      [number("client"), text("source"), text("destination"), number("worst"), code("filter")],
      ({ clients }) => clients.slowest,
      (client) => [
        count(client.client),
        client.source,
        client.destination,
        duration(client.worstResponseTime),
        client.displayFilter,
      ],
    ),
    ...listed(
      "The slowest exchange of each of these clients",
      [
        number("client"),
        number("due, after the start"),
        number("response time"),
        ...partColumns,
        number("then handed out"),
      ],
      ({ clients }) =>
        clients.slowest.flatMap(({ client, worstResponseTime, exchange }) =>
          exchange == null ? [] : [{ client, worstResponseTime, ...exchange }],
        ),
      (one) => [
        count(one.client),
        duration(one.atMs * 1e6),
        duration(one.worstResponseTime),
        ...partCells(one),
        duration(one.handOutNs),
      ],
    ),
    ...listed(
      "Failing clients",
      [
        number("client"),
        text("source"),
        text("destination"),
        number("failures"),
        text("first error"),
        code("filter"),
      ],
      ({ clients }) => clients.failing,
      (client) => [
        count(client.client),
        client.source,
        client.destination,
        count(client.failures),
        client.code,
        client.displayFilter,
      ],
    ),
    ...listed(
      "Connections not opened, by step",
      [number("step"), text("name"), number("count")],
      ({ connections }) => connections.openFailedBy ?? [],
      (by) => [count(by.step), by.name, count(by.count)],
    ),
    ...listed(
      "The first of them",
      [
        number("step"),
        text("name"),
        text("error"),
        text("waited for"),
        text("source"),
        number("bytes"),
        code("came"),
      ],
      ({ connections }) => connections.openFailedExamples ?? [],
      (example) => [
        count(example.step),
        example.name,
        example.code,
        example.awaited ?? "",
        example.source,
        count(example.receivedBytes),
        example.received,
      ],
    ),
    ...listed(
      "Wrong replies, the first of each error",
      [text("error"), text("source"), number("bytes"), code("came")],
      ({ wrongReplies }) => wrongReplies ?? [],
      (example) => [example.code, example.source, count(example.receivedBytes), example.received],
    ),
    ...listed(
      "Replies from a wrong source",
      [text("destination"), text("from"), number("count")],
      ({ wrongSources }) => wrongSources,
      (pair) => [pair.destination, pair.from, count(pair.count)],
    ),
    ...listed(
      "Restarts of its server",
      restartColumns,
      (workload) => workload.restarts,
      restartCells,
    ),
    ...listed(
      "Subscribers, in the whole run",
      [
        text("publishers"),
        number("published"),
        number("due"),
        number("received"),
        number("subscribers"),
        number("all the time"),
        number("everything once"),
      ],
      ({ subscription }) => (subscription === null ? [] : [subscription]),
      (subscription) => [
        subscription.publishers.join(", "),
        count(subscription.published),
        count(subscription.due),
        count(subscription.received),
        count(subscription.subscribers),
        count(subscription.throughout),
        count(subscription.complete),
      ],
    ),
    ...listed(
      "Subscribers that did not receive everything once",
      [
        number("subscriber"),
        text("source"),
        number("due"),
        number("received"),
        number("lost"),
        number("duplicated"),
        number("reordered"),
      ],
      ({ subscription }) => subscription?.incomplete ?? [],
      (one) => [
        count(one.subscriber),
        one.source,
        count(one.due),
        count(one.received),
        count(one.lost),
        count(one.duplicated),
        count(one.reordered),
      ],
    ),
    ...listed(
      "ReceiverSockets",
      [
        number("receiver"),
        number("process"),
        text("memberships"),
        number("received"),
        number("lost"),
        number("duplicated"),
        number("reordered"),
        number("p50"),
        number("p99"),
        number("max"),
      ],
      ({ receivers }) => receivers ?? [],
      (receiver) => [
        count(receiver.receiver),
        count(receiver.process),
        receiver.rejoins ? `${count(receiver.memberships)} times` : "always",
        count(receiver.received),
        count(receiver.lost),
        count(receiver.duplicated),
        count(receiver.reordered),
        duration(receiver.deliveryLatency.percentiles["50"]),
        duration(receiver.deliveryLatency.percentiles["99"]),
        duration(receiver.deliveryLatency.max),
      ],
    ),
  ];
}

type Histogram = ReportWorkload["responseTime"];
type Timing = readonly [label: string, histogram: Histogram];

function timings(workload: ReportWorkload): Timing[] {
  const all: (readonly [string, Histogram | null])[] = [
    ["response time", workload.responseTime],
    ["service time", workload.serviceTime],
    ["wire time", workload.wireTime ?? null],
    ["session time", workload.sessionTime ?? null],
    ["connect time (whole run)", workload.connectTime],
    ["open time (whole run)", workload.openTime ?? null],
    ["TLS handshake (whole run)", workload.tlsTime],
    ["send lag", workload.sendLag],
    ["delivery", workload.deliveryLatency],
    ["transit", workload.transitTime],
    ["spread over receivers", workload.deliverySpread],
  ];
  return all.flatMap(([label, histogram]) =>
    histogram === null || histogram.count === 0 ? [] : [[label, histogram] as const],
  );
}

const latencyColumns: readonly Column[] = [
  text(""),
  number("samples"),
  ...["mean", "p50", "p90", "p95", "p99", "p99.9", "p99.99", "max"].map(number),
];

function latencyCells([label, { count: samples, mean, percentiles, max }]: Timing) {
  return [
    label,
    count(samples),
    duration(mean),
    ...(["50", "90", "95", "99", "99.9", "99.99"] as const).map((p) => duration(percentiles[p])),
    duration(max),
  ];
}

const restartColumns: readonly Column[] = [
  ...["old flows", "kept", "reset", "opened", "failed", "lost", "longest gap"].map(number),
];

function restartCells(restart: ReportWorkload["restarts"][number]): (string | null)[] {
  const gap = restart.longestGapMs;
  return [
    count(restart.old),
    count(restart.kept),
    count(restart.reset),
    count(restart.opened),
    count(restart.failed),
    count(restart.lost),
    gap === null ? null : duration(gap * 1e6),
  ];
}

function text(label: string): Column {
  return { label, kind: "text" };
}

function number(label: string): Column {
  return { label, kind: "number" };
}

function code(label: string): Column {
  return { label, kind: "code" };
}
