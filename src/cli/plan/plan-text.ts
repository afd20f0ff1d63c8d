/** A plan as text: who connects from where to where, in which processes, at what cost. Pure. */

import { emptyFlow, formatEndpoint } from "../../address/flow.ts";
import { createFlowSpace } from "../../address/flow-space.ts";
import { countPorts, formatPorts } from "../../address/ports.ts";
import { type AddressRanges, rangesSize, rangeTexts } from "../../address/ranges.ts";
import { textWidth } from "../../base/text/width.ts";
import { formatAmount, formatCount, formatSize } from "../../base/units.ts";
import { captureScope } from "../../capture/capture.ts";
import { backends } from "../../io/backends.ts";
import { slowReceiveBufferBytes } from "../../io/slow/pace.ts";
import type { DataSpec, RowOrder } from "../../messages/data/data-set.ts";
import type { AgentPlan, Plan, Portion, ServerPlan, WorkloadPlan } from "../../plan/plan-types.ts";
import { usedSources } from "../../plan/used-sources.ts";
import { withoutSecretOptions } from "../../protocols/spec.ts";
import { padded } from "../../results/text/text-table.ts";
import { publishersOf } from "../../scenario/patterns.ts";
import type { Capture, Slow, Workload } from "../../scenario/scenario.ts";
import { slowText } from "../../scenario/slow.ts";
import { type Colors, createColors } from "../terminal/colors.ts";
import { loadTexts } from "./load-text.ts";
import { exchangeStepText, mixTexts, stepText, unsolicitedText } from "./step-text.ts";

/** Number of items shown of a long list. */
const shownAtMost = 4;

/** Renders the whole plan for people, in blocks separated by empty lines; plain unless `color`. */
export function renderPlan(plan: Plan, color: boolean): string {
  const colors = createColors(color);
  const { totals } = plan;
  const blocks = [
    `${colors.bold(plan.scenario.name)}: ${formatAmount(totals.connections, "connection")}, ` +
      `${formatAmount(plan.workers, "worker")} in ${formatAmount(plan.agents.length, "agent process", "agent processes")}, ` +
      `io ${plan.io}, about ${formatSize(totals.memoryBytes)} of memory, ` +
      `${formatAmount(totals.sockets, "socket")} on this machine`,
    ...plan.workloads.map((workload) => workloadBlock(plan, workload, colors)),
    ...(plan.scenario.data.length === 0 ? [] : [dataBlock(plan.scenario.data, colors)]),
    ...plan.servers.map((server) => serverBlock(plan, server, colors)),
    ...(plan.scenario.capture === null ? [] : [captureBlock(plan, plan.scenario.capture, colors)]),
    ...(plan.agents.length === 0 ? [] : [agentsBlock(plan.agents, colors)]),
  ];
  return blocks.join("\n\n");
}

function workloadBlock(plan: Plan, workload: WorkloadPlan, colors: Colors): string {
  const { space, endpoints, portions } = workload;
  const scenario = plan.scenario.workloads[workload.index] as Workload;
  const { protocol, pattern, connections, framing, open, steps, applicationProtocol } = scenario;
  const publishers = publishersOf(scenario.name, plan.scenario.workloads).map(({ name }) => name);
  const sources = usedSources(workload);
  const given = space.sources.map(([from, to]) => (from === to ? from : `${from}-${to}`));
  const flow = emptyFlow();
  const flows = createFlowSpace(space);
  const tuple = (k: number): string => {
    flows.at(k, flow);
    const source = formatEndpoint({ address: flow.sourceAddress, port: flow.sourcePort });
    const destination = { address: flow.destinationAddress, port: flow.destinationPort };
    return `${source} -> ${formatEndpoint(destination)}`;
  };
  return section(`workload ${workload.name}`, colors, [
    [
      "pattern",
      `${pattern} over ${protocol.toUpperCase()}, ${formatAmount(connections, "connection")}`,
    ],
    ...loadTexts(scenario),
    ...(applicationProtocol === null
      ? []
      : [["protocol", protocolText(applicationProtocol)] as const]),
    ...(framing === null || scenario.framingEach !== null
      ? []
      : [["framing", framingText(framing)] as const]),
    ...mixTexts(scenario),
    ["to", list(endpoints.map(formatEndpoint))],
    ...open.map((step, index) => [`step ${index + 1}`, stepText(step)] as const),
    ...steps.map((step, index) => [`message ${index + 1}`, exchangeStepText(step)] as const),
    ...(publishers.length === 0
      ? []
      : [["receives", `what ${list(publishers)} publishes`] as const]),
    ...(scenario.publishes.length === 0
      ? []
      : [["publishes", `to ${list(scenario.publishes)}`] as const]),
    ...(scenario.unsolicited === null
      ? []
      : [["unsolicited", unsolicitedText(scenario.unsolicited)] as const]),
    ...(scenario.tls === null ? [] : [["TLS", tlsText(plan, scenario)] as const]),
    ...(scenario.slow === null ? [] : [["slow", slowPlanText(plan, scenario.slow)] as const]),
    ["addresses", `${formatCount(workload.addressesUsed)}: ${ranges(sources)}`],
    ["sources", `${list(given)}${workload.leased ? " (leased while a run lasts)" : ""}`],
    ["ports", `${formatPorts(space.ports)} (${formatCount(countPorts(space.ports))})`],
    ["first", tuple(0)],
    ["last", tuple(Math.max(0, connections - 1))],
    ["workers", workersText(portions)],
    ["Wireshark", workload.displayFilter],
    ["tcpdump", workload.captureFilter],
  ]);
}

function dataBlock(data: readonly DataSpec[], colors: Colors): string {
  return section(
    "data",
    colors,
    data.map(({ name, file, order, rows, columns, bytes }) => [
      name,
      columns.length === 0
        ? `${formatAmount(rows, "row")} of ${file}, which ${rows === 1 ? "stands in the messages that use it" : "no message uses"}`
        : `${formatAmount(rows, "row")} of ${file}, ${orderTexts[order]}, ${formatSize(bytes)} in each agent process`,
    ]),
  );
}

const orderTexts: Readonly<Record<RowOrder, string>> = {
  sequential: "in order",
  random: "at random",
  oncePerConnection: "one for each connection",
};

/** What is spoken, with the options that are not left out. */
function protocolText(spec: NonNullable<Workload["applicationProtocol"]>): string {
  const { name, options } = withoutSecretOptions(spec);
  const given = Object.entries(options).filter(([, value]) => value !== null);
  const texts = given.map(([option, value]) => `${option}: ${JSON.stringify(value)}`);
  return texts.length === 0 ? name : `${name} (${texts.join(", ")})`;
}

/** Where a reply ends: it may follow from what is expected, or from the server. */
function framingText(framing: NonNullable<Workload["framing"]>): string {
  if (framing.kind === "fixed") return `fixed: a reply has ${formatAmount(framing.bytes, "byte")}`;
  return framing.kind === "echo" ? "echo: a reply is as long as its message" : framing.kind;
}

/** What a connection costs because it is encrypted: it is far more than what an io needs for it. */
function tlsText(plan: Plan, { server }: Workload): string {
  const { tlsClient } = backends[plan.io].userBytes;
  const ours = plan.servers.find(({ name }) => name === server);
  const isBuiltin = plan.scenario.servers.some(({ name, tls }) => name === server && tls !== null);
  const theirs =
    ours === undefined || !isBuiltin
      ? ""
      : ` here and ${formatSize(backends[ours.io].userBytes.tlsServer)} in the server`;
  return `${formatSize(tlsClient)} of memory a connection${theirs}, in addition to that of TCP`;
}

/** What clients are slow in, and whether a server can feel that they read slowly. */
function slowPlanText({ io }: Plan, slow: Slow): string {
  const { readBytesPerSecond } = slow;
  if (readBytesPerSecond === null) return slowText(slow);
  const { receiveBufferObstacle } = backends[io].capabilities;
  const buffer =
    receiveBufferObstacle === null
      ? `a receive buffer of ${formatSize(slowReceiveBufferBytes(readBytesPerSecond))}`
      : `the kernel's own receive buffer, as ${receiveBufferObstacle}`;
  return `${slowText(slow)}; ${buffer}`;
}

function serverBlock({ scenario }: Plan, server: ServerPlan, colors: Colors): string {
  const kind = scenario.servers.find(({ name }) => name === server.name)?.kind;
  const processes = `${formatCount(server.processes)}, io ${server.io}`;
  return section(`server ${server.name}`, colors, [
    ["listens on", list(server.listen.map(formatEndpoint))],
    ...(kind === "external" ? [["started", "not by slash8: it runs already"] as const] : []),
    ...(kind === "command" ? [["started", "by its command"] as const] : []),
    ...(kind === "builtin" ? [["processes", processes] as const] : []),
    ["connections", formatCount(server.connections)],
  ]);
}

function captureBlock(plan: Plan, capture: Capture, colors: Colors): string {
  const { interface: name, filter } = captureScope(plan, capture);
  const { clients, program } = capture;
  return section("capture", colors, [
    ["program", `${program === "auto" ? "dumpcap or tcpdump" : program}, on ${name}`],
    ["filter", filter],
    ["file", `${capture.file}, at most ${formatSize(capture.maxSizeBytes)}`],
    [
      "keeps",
      clients === null ? "all" : `the ${clients.which} ${clients.count} clients of each workload`,
    ],
  ]);
}

function agentsBlock(agents: readonly AgentPlan[], colors: Colors): string {
  return section(
    "agents",
    colors,
    agents.map(({ index, workers, openFiles }) => [
      `agent ${index}`,
      `${formatAmount(workers.length, "worker")}, ${formatAmount(openFiles, "open file")} at most`,
    ]),
  );
}

function section(
  title: string,
  colors: Colors,
  rows: readonly (readonly [label: string, text: string])[],
): string {
  const width = Math.max(...rows.map(([label]) => textWidth(label)));
  const lines = rows.map(([label, text]) => `  ${colors.dim(padded(label, width))}  ${text}`);
  return [colors.bold(title), ...lines].join("\n");
}

/** "2 workers, 50 connections each", or the smallest and largest portion where they differ. */
function workersText(portions: readonly Portion[]): string {
  const sizes = portions.map(({ connections }) => connections);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const each =
    least === most
      ? `${formatAmount(most, "connection")}${portions.length === 1 ? "" : " each"}`
      : `${formatCount(least)} to ${formatCount(most)} connections each`;
  return `${formatAmount(portions.length, "worker")}, ${each}`;
}

function ranges(set: AddressRanges): string {
  if (rangesSize(set) === 0) return "none";
  return list(rangeTexts(set).map(([from, to]) => (from === to ? from : `${from}-${to}`)));
}

/** Returns the first few items of a list, and how many more there are. */
function list(texts: readonly string[]): string {
  const shown = texts.slice(0, shownAtMost).join(", ");
  const hidden = texts.length - shownAtMost;
  return hidden > 0 ? `${shown}, ... and ${formatCount(hidden)} more` : shown;
}
