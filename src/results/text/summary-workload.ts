import {
  formatAmount,
  formatCount,
  formatDuration,
  formatRate,
  formatSize,
} from "../../base/units.ts";
import { mostClients } from "../../metrics/clients.ts";
import type { Histogram } from "../../metrics/histogram.ts";
import { mostReceivedBytes } from "../../metrics/open-failures.ts";
import { mostReplyBytes } from "../../metrics/wrong-replies.ts";
import { slowText } from "../../scenario/slow.ts";
import type { ReceivedExample, WorkloadResult } from "../result.ts";
import { isOfSteadyState } from "../steady-seconds.ts";
import { sparkline } from "./sparkline.ts";
import { tcpTexts } from "./summary-tcp.ts";
import { alignColumns, type Cell, type Colors, wrap } from "./text-table.ts";

const labelWidth = "response time".length;

/**
 * Lines of one workload.
 *
 * The filters stay on one line each whatever the width, so that they can be copied.
 */
export function workloadSection(
  name: string,
  workload: WorkloadResult,
  colors: Colors,
  { width, unicode }: { readonly width: number; readonly unicode: boolean },
): string[] {
  const { protocol, pattern, sources } = workload;
  const used = `${formatCount(sources.addressesUsed)} used${sources.leased ? ", leased" : ""}`;
  const fact = (label: string, text: string, room = width): string[] => {
    if (text === "") return [];
    const indent = " ".repeat(2 + labelWidth + 2);
    const [first, ...more] = wrap(text, room - indent.length, "");
    const head = `  ${colors.dim(label.padEnd(labelWidth))}  ${first}`;
    return [head, ...more.map((line) => indent + line)];
  };
  return [
    `${colors.bold(name)}  ${pattern} over ${protocol}`,
    ...fact("slow clients", slowClientsText(workload)),
    ...fact("connections", connectionsText(workload)),
    ...fact("exchanges", exchangesText(workload)),
    ...fact("status", statusText(workload)),
    ...fact("rate", rateText(workload)),
    ...fact("losses", lossText(workload)),
    ...fact("asides", asidesText(workload)),
    ...fact("errors", errorsText(workload)),
    ...openFailedExamples(workload).flatMap((text) => fact("open", text)),
    ...workload.wrongReplies.flatMap((example) => fact("wrong reply", wrongReplyText(example))),
    ...workload.notes.flatMap((note) => fact("note", note)),
    ...fact("sources", `${sources.ranges.join(", ")} (${used})`),
    ...fact("filter", sources.displayFilter, Number.POSITIVE_INFINITY),
    ...fact("capture", sources.captureFilter, Number.POSITIVE_INFINITY),
    ...fact("p99 consists", anatomyText(workload)),
    ...fact("slowest", slowestText(workload)),
    ...fact("failing", failingText(workload)),
    ...fact("receivers", receiversText(workload)),
    ...fact("subscribers", subscribersText(workload)),
    ...fact("incomplete", incompleteText(workload)),
    ...tcpTexts(workload.tcp).flatMap((text, line) => fact(line === 0 ? "TCP" : "", text)),
    ...timingLines(workload, colors),
    ...partLines(workload, colors),
    ...(unicode ? fact("p99 over time", p99OverTime(workload), Number.POSITIVE_INFINITY) : []),
  ];
}

function slowClientsText({ slow }: WorkloadResult): string {
  return slow === null ? "" : slowText({ ...slow, stallNs: (slow.stallMs ?? 0) * 1e6 });
}

function connectionsText({ connections }: WorkloadResult): string {
  const { planned, opened, failed, peak, closedByTarget, opensPerSecond } = connections;
  const { refused, rotated, tlsResumed, openAtEnd } = connections;
  return listed([
    `${formatCount(planned)} planned`,
    `${formatCount(opened)} opened`,
    `peak ${formatCount(peak)}`,
    failed > 0 && `${formatCount(failed)} failed${openFailedText(connections)}`,
    closedByTarget > 0 && `${formatCount(closedByTarget)} closed by the target`,
    closedByTarget > 0 && openAtEnd !== undefined && `${formatCount(openAtEnd)} open at the end`,
    refused > 0 && `${formatCount(refused)} refused`,
    rotated > 0 && `rotated ${formatCount(rotated)} times`,
    tlsResumed > 0 && `${formatCount(tlsResumed)} resumed a TLS session`,
    opensPerSecond !== null && opensPerSecond > 0 && `at ${formatRate(opensPerSecond)}`,
  ]);
}

/** " (20 in step 2, login)": which of the steps failed. */
function openFailedText({ openFailedBy }: WorkloadResult["connections"]): string {
  if (openFailedBy.length === 0) return "";
  const steps = openFailedBy.map((by) => `${formatCount(by.count)} in ${stepText(by)}`);
  return ` (${steps.join(", ")})`;
}

function stepText({ step, name }: { readonly step: number; readonly name: string | null }): string {
  return name === null ? `step ${step}` : `step ${step}, ${name}`;
}

/** The first connections of which a step failed, and what came instead, a line each. */
function openFailedExamples({ connections }: WorkloadResult): string[] {
  return connections.openFailedExamples.map((example) => {
    const { code, source, awaited } = example;
    const missing = awaited === null ? "" : `, waiting for ${awaited}`;
    return `${stepText(example)}: ${code} of ${source}${missing}; ${cameText(example, mostReceivedBytes)}`;
  });
}

function wrongReplyText(example: ReceivedExample): string {
  return `${example.code} of ${example.source}; ${cameText(example, mostReplyBytes)}`;
}

/** "200 bytes came, the first 128 of them: "..."". */
function cameText({ received, receivedBytes }: ReceivedExample, mostBytes: number): string {
  if (receivedBytes === 0) return "nothing came";
  const came = `${formatAmount(receivedBytes, "byte")} came`;
  if (received === "") return `${came}, in pieces`;
  const shown = receivedBytes > mostBytes ? `, the first ${mostBytes} of them` : "";
  return `${came}${shown}: "${received}"`;
}

function exchangesText({ exchanges, bytes, receivers }: WorkloadResult): string {
  const { sent, received, countedBy } = exchanges;
  if (sent === 0 && received === 0) return "";
  if (sent === 0) return `${formatCount(received)} received (${formatSize(bytes.received)})`;
  const receiver = receivers === null ? "the server" : "the receivers";
  const by = countedBy === "server" ? ` by ${receiver}` : "";
  return listed([
    `${formatCount(sent)} sent (${formatSize(bytes.sent)})`,
    `${formatCount(received)} received${by} (${formatSize(bytes.received)})`,
    // All other lines are of steady state.
    countedBy === "server" && "in the whole run",
  ]);
}

/** Replies by HTTP status, unless all have the same and it is none of an error. */
function statusText({ exchanges }: WorkloadResult): string {
  const statuses = Object.entries(exchanges.status ?? {});
  if (statuses.length < 2 && statuses.every(([status]) => Number(status) < 400)) return "";
  return listed(statuses.map(([status, count]) => `${status}: ${formatCount(count)}`));
}

function rateText({ rate, exchanges }: WorkloadResult): string {
  const { offeredPerSecond, achievedPerSecond, receivedPerSecond } = rate;
  if (exchanges.sent === 0 && exchanges.received > 0 && receivedPerSecond !== null) {
    return `${formatRate(receivedPerSecond)} received`;
  }
  if (exchanges.sent === 0 || offeredPerSecond === null || achievedPerSecond === null) return "";
  return listed([
    `${formatRate(offeredPerSecond)} offered`,
    `${formatRate(achievedPerSecond)} achieved`,
    receivedPerSecond !== null && `${formatRate(receivedPerSecond)} received`,
  ]);
}

/** The loss counters that are not zero. */
function lossText({ exchanges }: WorkloadResult): string {
  const counts: [number, string][] = [
    [exchanges.timedOut, "timed out"],
    [exchanges.late, "late"],
    [exchanges.duplicated, "duplicated"],
    [exchanges.reordered, "reordered"],
    [exchanges.corrupted - exchanges.truncated, "corrupted"],
    [exchanges.truncated, "truncated"],
    [exchanges.wrongSource, "from a wrong source"],
    [exchanges.failed, "failed"],
    [exchanges.unsolicited, "unsolicited"],
    [exchanges.unsent, "unsent"],
  ];
  counts.unshift([exchanges.lost ?? 0, "not delivered"]);
  return listed(counts.map(([count, what]) => count > 0 && `${formatCount(count)} ${what}`));
}

/** What was published, and how many subscribers received all of it. */
function subscribersText({ subscription }: WorkloadResult): string {
  if (subscription === null) return "";
  const { publishers, published, due, subscribers, throughout, complete, foreign } = subscription;
  return listed([
    `${formatCount(published)} published by ${publishers.join(", ")}`,
    `${formatCount(due)} deliveries due to ${formatCount(subscribers)} subscribers`,
    throughout < subscribers && `${formatCount(throughout)} were there all the time`,
    `${formatCount(complete)} received everything once`,
    foreign > 0 && `${formatCount(foreign)} messages of others`,
  ]);
}

/** The worst of those that did not. */
function incompleteText({ subscription }: WorkloadResult): string {
  const named = (subscription?.incomplete ?? []).slice(0, clientsNamed);
  return listed(
    named.map(
      ({ source, lost, duplicated }) =>
        `${source} ${formatCount(lost)} lost${duplicated > 0 ? `, ${formatCount(duplicated)} again` : ""}`,
    ),
  );
}

/** What the target sent besides replies, and what was sent besides requests. */
function asidesText({ asides }: WorkloadResult): string {
  const { pushed, ignored, answersSent, keepAlivesSent } = asides;
  return listed([
    pushed > 0 && `${formatCount(pushed)} pushed`,
    ignored > 0 && `${formatCount(ignored)} ignored`,
    answersSent > 0 && `${formatAmount(answersSent, "answer")} sent`,
    keepAlivesSent > 0 && `${formatAmount(keepAlivesSent, "keep-alive")} sent`,
  ]);
}

/** How many receivers there are, how many of them got everything, and the result of a contrast. */
function receiversText({ receivers, contrast }: WorkloadResult): string {
  if (receivers === null) return "";
  const processes = new Set(receivers.map(({ process }) => process)).size;
  const some = receivers.filter(({ rejoins }) => rejoins);
  const whole = receivers.filter(({ lost, duplicated }) => lost === 0 && duplicated === 0);
  return listed([
    `${formatCount(receivers.length)} in ${formatAmount(processes, "process", "processes")}`,
    some.length > 0 && `${formatCount(some.length)} joined and left`,
    contrast === null
      ? `${formatCount(whole.length)} got everything once`
      : `${formatCount(contrast.receiversReached)} reached by what was sent to ${contrast.address}: ${contrast.verdict}`,
  ]);
}

function errorsText({ errors }: WorkloadResult): string {
  return listed(
    errors.map(({ code, side, phase, count }) => {
      return `${formatCount(count)} ${code} (${side}, ${phase})`;
    }),
  );
}

/** Clients that stood out, named here at most; the result has more, and a filter for each. */
const clientsNamed = 3;

/** Of a response time near the p99, where the kernel's times are known. */
function anatomyText({ anatomy }: WorkloadResult): string {
  const parts = anatomy.find(({ percentile }) => percentile === 99);
  if (parts?.wireTimeNs == null) return "";
  return listed([
    `sent late ${formatDuration(parts.sendLagNs)}`,
    `queued ${duration(parts.queuedNs)}`,
    `wire ${duration(parts.wireTimeNs)}`,
    `wake-up ${duration(parts.wakeUpNs)} (mean of ${formatAmount(parts.exchanges, "exchange")})`,
  ]);
}

function slowestText({ clients: { slowest } }: WorkloadResult): string {
  const named = slowest.slice(0, clientsNamed);
  return listed(
    named.map(({ source, worstResponseTime }) => `${source} ${formatDuration(worstResponseTime)}`),
  );
}

function failingText({ clients: { failing } }: WorkloadResult): string {
  const more = failing.length - clientsNamed;
  return listed([
    ...failing
      .slice(0, clientsNamed)
      .map(({ source, failures, code }) => `${source} ${formatCount(failures)} (${code})`),
    more > 0 && (failing.length < mostClients ? `and ${more} more` : `and ${more} more at least`),
  ]);
}

/** The timings that have samples. */
function timingLines(workload: WorkloadResult, colors: Colors): string[] {
  const timings: [string, Histogram][] = [
    ["response time", workload.responseTime],
    ["service time", workload.serviceTime],
    ["wire time", workload.wireTime],
    ["session time", workload.sessionTime],
    ["connect time", workload.connectTime],
    ["open time", workload.openTime],
    ["TLS handshake", workload.tlsTime],
    ["send lag", workload.sendLag],
    ...(workload.deliveryLatency === null
      ? []
      : [["delivery", workload.deliveryLatency] as [string, Histogram]]),
    ...(workload.transitTime === null
      ? []
      : [["transit", workload.transitTime] as [string, Histogram]]),
    ...(workload.deliverySpread === null
      ? []
      : [["spread", workload.deliverySpread] as [string, Histogram]]),
  ];
  const filled = timings.filter(([, { count }]) => count > 0);
  if (filled.length === 0) return [];
  const percentiles = ["50", "90", "99", "99.9"] as const;
  const dim = (text: string): Cell => ({ text, style: colors.dim });
  const heads = ["", dim(""), ...percentiles.map((p) => dim(`p${p}`)), dim("max")];
  const rows = filled.map(([name, histogram]) => [
    "",
    dim(name.padEnd(labelWidth)),
    ...percentiles.map((p) => duration(histogram.percentiles[p])),
    duration(histogram.max),
  ]);
  return alignColumns([heads, ...rows], new Set([2, 3, 4, 5, 6]));
}

/** A line for each part of the workload. */
function partLines({ parts = {} }: WorkloadResult, colors: Colors): string[] {
  const all = Object.entries(parts);
  if (all.length === 0) return [];
  const percentiles = ["50", "99", "99.9"] as const;
  const dim = (text: string): Cell => ({ text, style: colors.dim });
  const heads = ["part", "sent", "received", "failed", ...percentiles.map((p) => `p${p}`), "max"];
  const rows = all.map(([name, { exchanges, responseTime }]) => [
    "",
    name.padEnd(labelWidth),
    formatCount(exchanges.sent),
    exchanges.received === null ? "-" : formatCount(exchanges.received),
    formatCount(exchanges.timedOut + exchanges.failed + exchanges.corrupted),
    ...percentiles.map((p) => duration(responseTime.percentiles[p])),
    duration(responseTime.max),
  ]);
  return alignColumns([["", ...heads.map(dim)], ...rows], new Set([2, 3, 4, 5, 6, 7, 8]));
}

/** Characters of the sparkline at most: with its text it fits 80 columns. */
const sparklineWidth = 30;
/** Fewer seconds than this do not show a trend. */
const leastSeconds = 3;

/** The 99th percentile of the response times, by the second of steady state: blank where nothing was due. */
function p99OverTime(workload: WorkloadResult): string {
  const all = workload.timeline
    .filter((entry) => isOfSteadyState(workload, entry))
    .flatMap(({ responseTime, seconds }) =>
      new Array<number | null>(seconds).fill(responseTime.p99),
    );
  const first = all.findIndex((value) => value !== null);
  const values = all.slice(first, all.findLastIndex((value) => value !== null) + 1);
  const known = values.filter((value) => value !== null);
  if (known.length < leastSeconds) return "";
  const line = sparkline(values, sparklineWidth);
  const seconds = values.length / line.length;
  const column = seconds === 1 ? "1 s" : `the worst of ${Number(seconds.toFixed(1))} s`;
  const range = `${formatDuration(Math.min(...known))} to ${formatDuration(Math.max(...known))}`;
  return `${line} ${range}; a bar: ${column}`;
}

function duration(ns: number | null): string {
  return ns === null ? "-" : formatDuration(ns);
}

function listed(parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join(", ");
}
