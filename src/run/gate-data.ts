/** Refuses gates that can never have data: they are wrong before anything runs, not invalid afterwards. */
import { protocols } from "../address/protocol.ts";
import { hintFor } from "../base/suggestion.ts";
import { formatDuration } from "../base/units.ts";
import type { AbortRule } from "../gates/abort.ts";
import { type Gate, GateError, metricsOf } from "../gates/gate.ts";
import {
  errorMetric,
  type HistogramName,
  histograms,
  isOfParts,
  kindOf,
  type MetricRef,
  scopeText,
  serverMetrics,
  type WorkloadMetric,
  workloadMetrics,
} from "../gates/metric.ts";
import { canHave, type WorkloadFacts, type WorkloadUseName, workloadUses } from "../gates/uses.ts";
import { keptSeconds } from "../metrics/timeline/roll-up.ts";
import { builtinProtocols } from "../scenario/builtins.ts";
import { isSilent, type PatternName, patterns } from "../scenario/patterns.ts";
import type { ScenarioDraft, Server, Workload } from "../scenario/scenario.ts";

/** What is known of a scenario's parts; null: they are wrong themselves. */
export type Parts = Pick<ScenarioDraft, "workloads" | "servers" | "patterns" | "parts">;

/** @throws GateError at the metric that cannot have data, with the one that may be meant */
export function checkGateData(gate: Gate, parts: Parts): void {
  for (const ref of metricsOf(gate)) {
    if (ref.of === "server") {
      checkServer(gate, ref, parts.servers.get(ref.server) ?? null);
      checkSlope(gate, ref, parts.workloads);
    } else if (ref.of === "status") checkStatus(gate, ref, parts);
    else checkWorkloads(gate, ref, parts);
  }
}

/**
 * What servers and receivers count is known at the end only, and a run that is over before a gate may end it never is
 * ended by it.
 *
 * @throws GateError where the gate can never end the run
 */
export function checkAbortData(gate: Gate, { afterNs }: AbortRule, parts: Parts): void {
  const used = usedBy(gate, parts.workloads);
  const counted = countedAtEnd(gate, parts.workloads);
  if (counted !== null) {
    throw new GateError(
      `abort cannot end the run by "${gate.expression}": ${counted}; remove abort`,
      0,
    );
  }
  const lengths = used.map(({ workload }) => workload.durationNs ?? Number.POSITIVE_INFINITY);
  const longestNs = lengths.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...lengths);
  if (afterNs < longestNs) return;
  throw new GateError(
    `abort can never end the run: the gate is looked at after ${formatDuration(afterNs)} of a steady state of ${formatDuration(longestNs)}; write abort: { after: ... } with less`,
    0,
  );
}

/** @throws GateError where what the gate asks for is not known while the run goes on, when a command is to be run */
export function checkCommandData(gate: Gate, { workloads }: Parts): void {
  const counted = countedAtEnd(gate, workloads);
  if (counted === null) return;
  throw new GateError(`no command can be run at "${gate.expression}": ${counted}`, 0);
}

/** What is known of them; null: it is wrong itself. */
type Workloads = ReadonlyMap<string, Workload | null>;

function usedBy(gate: Gate, workloads: Workloads) {
  return metricsOf(gate).flatMap((ref) => {
    if (ref.of === "server") return [];
    return [...workloads]
      .filter(([name]) => ref.workload === null || name === ref.workload)
      .flatMap(([, workload]) => (workload === null ? [] : [{ ref, workload }]));
  });
}

/** Why something of a gate is known at the end only; null: nothing is. */
function countedAtEnd(gate: Gate, workloads: Workloads): string | null {
  const counted = countedByTarget(gate, workloads);
  return counted === null
    ? null
    : `what ${counted.name} sends is counted by those who receive it, for the whole run`;
}

/** The first of a gate's workloads whose figures are known at the end of the run only; null: none. */
export function countedByTarget(gate: Gate, workloads: Workloads): Workload | null {
  const found = usedBy(gate, workloads).find(
    ({ ref, workload }) =>
      patterns[workload.pattern].oneWay && (ref.of === "status" || knownByTarget.has(ref.metric)),
  );
  return found?.workload ?? null;
}

type WorkloadRef = Exclude<MetricRef, { of: "server" | "status" }>;
type NamedRef = Exclude<WorkloadRef, { of: "error" }>;

function checkWorkloads(gate: Gate, ref: WorkloadRef, parts: Parts): void {
  const facts = [...parts.workloads]
    .filter(([name]) => ref.workload === null || name === ref.workload)
    .map(([name, workload]) =>
      workload === null
        ? factsOfPattern(parts.patterns.get(name) ?? null)
        : factsOf(workload, parts.servers.get(workload.server ?? "") ?? null),
    )
    // Those who receive without replying do not know of what part it is.
    .map((one) => (ref.part === undefined ? one : { ...one, delivered: false }));
  const use = ref.of === "error" ? errorMetric.of : useOf(ref.metric);
  const having = facts.filter((one) => canHave(use, one));
  const [first] = facts;
  if (having.length === 0 && first !== undefined) {
    throw new GateError(
      `${subjectOf(ref, first)} data for ${ref.metric}: it is for ${workloadUses[use].text}${insteadOf(ref, use, first)}`,
      offsetOf(gate, ref),
    );
  }
  checkWindows(gate, ref, having);
  checkLongWindows(gate, parts.workloads);
}

/** Windows need the seconds that they are made of, which a long run does not keep one by one. */
function checkLongWindows(gate: Gate, workloads: Workloads): void {
  const { windowNs } = gate;
  if (windowNs === null) return;
  const over = gate.expression.search(/\bover\b(?!.*\bover\b)/);
  if (windowNs > longestWindowNs) {
    throw new GateError(
      `a window is at most an hour, not ${formatDuration(windowNs)}: so long seconds are kept one by one in a long run; shorten it`,
      over,
    );
  }
  const counted = countedByTarget(gate, workloads);
  const steadyNs = counted?.durationNs ?? 0;
  if (counted === null || steadyNs <= longestCountedNs) return;
  throw new GateError(
    `what ${counted.name} sends is counted by those who receive it and known at the end only, but a run of ${formatDuration(steadyNs)} does not keep its seconds one by one until then: remove "over ${formatDuration(windowNs)}", or shorten the run to 20 minutes`,
    over,
  );
}

/** Seconds are kept for as long as a window of gates may need them. */
const longestWindowNs = 3600e9;

/** Seconds of a run of up to that are kept one by one until its end. */
const longestCountedNs = 2 * keptSeconds * 1e9;

function checkWindows(gate: Gate, ref: WorkloadRef, having: readonly WorkloadFacts[]): void {
  const { windowNs } = gate;
  if (windowNs === null) return;
  const over = gate.expression.search(/\bover\b(?!.*\bover\b)/);
  const atTheEnd = ({ delivered, receivers }: WorkloadFacts) =>
    ref.of === "timing" ? receivers : delivered;
  if (knownAtTheEnd.has(ref.metric) && having.every(atTheEnd)) {
    throw new GateError(
      `what arrived is counted by those who receive it, for the whole run: remove "over ${formatDuration(windowNs)}"`,
      over,
    );
  }
  const longest = Math.max(...having.map(({ steadyNs }) => steadyNs ?? Number.POSITIVE_INFINITY));
  if (windowNs <= longest) return;
  throw new GateError(
    `no window of ${formatDuration(windowNs)} fits into a steady state of ${formatDuration(longest)}: shorten it, or raise the duration`,
    over,
  );
}

/** Of one-way workloads these are what their servers and receivers counted, which is known at the end. */
const knownAtTheEnd: ReadonlySet<string> = new Set<WorkloadMetric | HistogramName>([
  "deliveryLatency",
  "exchanges.duplicated",
  "exchanges.reordered",
  "bytes.received",
]);

/** Of one-way workloads, what is known of arrivals. */
const knownByTarget: ReadonlySet<string> = new Set<string>([
  ...knownAtTheEnd,
  "exchanges.received",
  "rate.receivedPerSecond",
]);

function subjectOf({ workload, part }: WorkloadRef, { about }: WorkloadFacts): string {
  if (workload === null) return "no workload can have";
  const of = part === undefined ? "" : `part ${part} of `;
  return `${of}workload ${workload} (${about}) can never have`;
}

/** The metric that may be meant: the first of those listed that the workload has. */
function insteadOf(ref: WorkloadRef, use: WorkloadUseName, facts: WorkloadFacts): string {
  const found = workloadUses[use].instead
    .map((metric) => ({ ...ref, metric }) as NamedRef)
    .find(
      (other) =>
        isHistogram(other.metric) === (ref.of === "timing") &&
        (ref.part === undefined || isOfParts(other)) &&
        kindOf(other) === kindOf(ref) &&
        canHave(useOf(other.metric), facts),
    );
  if (found === undefined) return "";
  const statistic = isHistogram(found.metric) ? ".p99" : "";
  return `; did you mean ${scopeText(ref)}.${found.metric}${statistic}?`;
}

function useOf(metric: WorkloadMetric | HistogramName): WorkloadUseName {
  return isHistogram(metric) ? histograms[metric].of : workloadMetrics[metric].of;
}

function isHistogram(metric: WorkloadMetric | HistogramName): metric is HistogramName {
  return Object.hasOwn(histograms, metric);
}

/** Where the metric stands in the gate, from the workload's name on. */
function offsetOf(gate: Gate, ref: WorkloadRef): number {
  return Math.max(0, gate.expression.indexOf(`${scopeText(ref)}.${ref.metric}`));
}

function factsOf(workload: Workload, server: Server | null): WorkloadFacts {
  const { pattern, load, protocol, applicationProtocol } = workload;
  const { oneWay, opensUpFront, hasArrivals, bringsReceivers, subscribes } = patterns[pattern];
  const { hasConnections, isDatagram } = protocols[protocol];
  const sends = !isSilent(workload);
  return {
    about: `${pattern} over ${protocol.toUpperCase()}`,
    sends,
    replies: sends && !oneWay,
    delivered: oneWay && (bringsReceivers || server?.kind === "builtin"),
    receivers: bringsReceivers,
    subscribes,
    connects: hasConnections,
    opensInSteps: workload.open.length > 0 || applicationProtocol !== null,
    hasAsides: workload.unsolicited !== null || applicationProtocol !== null,
    sessions: patterns[pattern].sessions && sends,
    encrypts: workload.tls !== null,
    isDatagram,
    rotates: workload.socket === "rotating",
    hasTelemetry: workload.telemetry !== null,
    hasWireTimes: workload.wireTime,
    skips: load.model === "open" || !opensUpFront || (sends && !hasArrivals),
    restarted: server?.restart != null,
    steadyNs: workload.durationNs,
  };
}

/** What is certain of a workload that is wrong itself: it may have whatever its pattern does not rule out. */
function factsOfPattern(pattern: PatternName | null): WorkloadFacts {
  const { oneWay, bringsReceivers, subscribes } = pattern === null ? anyPattern : patterns[pattern];
  return {
    about: pattern ?? "",
    sends: true,
    replies: pattern === null || !oneWay,
    delivered: oneWay,
    receivers: bringsReceivers,
    subscribes,
    connects: true,
    opensInSteps: true,
    hasAsides: true,
    sessions: pattern === null || patterns[pattern].sessions,
    encrypts: true,
    isDatagram: true,
    rotates: true,
    hasTelemetry: true,
    hasWireTimes: true,
    skips: true,
    restarted: true,
    steadyNs: null,
  };
}

const anyPattern = { oneWay: true, bringsReceivers: true, subscribes: true };

/** Only HTTP replies have a status, and those of some protocols, which may have names for theirs. */
function checkStatus(
  gate: Gate,
  { workload: name, metric, range }: Extract<MetricRef, { of: "status" }>,
  { workloads }: Parts,
): void {
  const named = [...workloads].filter(([other]) => name === null || other === name);
  const mayHave = (one: Workload) =>
    one.framing?.kind === "http" || one.applicationProtocol !== null;
  const at = gate.expression.indexOf(`.${metric}`) + 1;
  if (!named.some(([, one]) => one === null || mayHave(one))) {
    const who = name === null ? "no workload" : `workload "${name}"`;
    const has = name === null ? "has" : "does not have";
    throw new GateError(`${who} ${has} framing: http, so no reply has an HTTP status`, at);
  }
  if (typeof range !== "string" || named.some(([, one]) => one === null)) return;
  const names = named.flatMap(([, one]) =>
    Object.values(one?.applicationProtocol?.statusNames ?? {}),
  );
  if (names.includes(range)) return;
  const hint = names.length === 0 ? ": statuses are numbers there" : hintFor(range, names, "half");
  const whose =
    name === null ? "no workload's replies have" : `replies of workload "${name}" do not have`;
  throw new GateError(`${whose} the status ${range}${hint}`, at + metric.lastIndexOf(".") + 1);
}

/** What grows is known of a minute or more. */
function checkSlope(
  gate: Gate,
  { server, metric }: Extract<MetricRef, { of: "server" }>,
  workloads: Workloads,
): void {
  if (!metric.endsWith(".slope")) return;
  const lengths = [...workloads.values()].map((one) => one?.durationNs ?? Number.POSITIVE_INFINITY);
  const shortestNs = Math.min(...lengths);
  if (shortestNs >= leastSlopeNs) return;
  throw new GateError(
    `a slope needs a minute of steady state of all workloads, and one has ${formatDuration(shortestNs)}, which says nothing of a trend: raise its duration`,
    gate.expression.indexOf(`servers.${server}.`) + "servers.".length + server.length + 1,
  );
}

const leastSlopeNs = 60e9;

/** Only built-in servers count what they receive, some counters exist only for UDP, and not every server restarts. */
function checkServer(
  gate: Gate,
  { server: name, metric }: Extract<MetricRef, { of: "server" }>,
  server: Server | null,
): void {
  if (server === null) return;
  const full = `servers.${name}.${metric}`;
  const offset = gate.expression.indexOf(full) + "servers.".length + name.length + 1;
  const { kind, builtin, restart } = server;
  const isDatagram = builtin !== null && protocols[builtinProtocols[builtin]].isDatagram;
  if (metric.startsWith("counts.") && kind !== "builtin") {
    const instead = "what its clients counted is in <workload>.exchanges";
    throw new GateError(`server "${name}" is not built in: ${instead}`, offset);
  }
  if (metric.startsWith("counts.udp.") && !isDatagram) {
    throw new GateError(`server "${name}" is ${builtin}: it has no UDP counters`, offset);
  }
  if (serverMetrics[metric].of.includes("`restart`") && restart === null) {
    throw new GateError(
      `server "${name}" can never have data for ${metric}: it is not restarted; give it restart:`,
      offset,
    );
  }
}
