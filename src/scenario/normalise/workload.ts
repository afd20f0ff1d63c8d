import { type Protocol, protocols } from "../../address/protocol.ts";
import { messagesOf } from "../../messages/create-message.ts";
import { boundsOf } from "../../messages/sizes.ts";
import type { MessageSpec, OneMessageSpec } from "../../messages/spec.ts";
import { stampBytes } from "../../messages/stamp.ts";
import { patterns, patternsWith } from "../patterns.ts";
import { normaliseProtocol, type ResolvedProtocol } from "../protocol/normalise.ts";
import type { Server, Workload } from "../scenario.ts";
import { readFields } from "../schema/read-fields.ts";
import { type WorkloadInput, workloadSchema } from "../schema/workload.ts";
import { normaliseSlow } from "../slow.ts";
import { keyPosition, type Path } from "../source/tree.ts";
import { normaliseBroadcast } from "./broadcast.ts";
import type { NormaliseContext } from "./context.ts";
import { normaliseExchange } from "./exchange.ts";
import { normaliseId } from "./id.ts";
import { checkLoad, normaliseLoad } from "./load.ts";
import { normalisePublishes } from "./receive/publishing.ts";
import { normaliseUnsolicited } from "./receive/unsolicited.ts";
import { hostsOfWorkload, normalisePorts, normaliseSources } from "./sources.ts";
import { normaliseSteps, partsOfSteps } from "./steps/exchange-steps.ts";
import { capturedBy, normaliseOpen } from "./steps/open.ts";
import { normaliseTarget } from "./target.ts";
import { normaliseTelemetry, normaliseWireTime } from "./telemetry.ts";
import { normaliseWorkloadTls } from "./tls.ts";
import { refuseFields, sendsNothing } from "./workload-fields.ts";

/** A workload with its defaults; null where something is wrong, which is reported. */
export function normaliseWorkload(
  name: string,
  input: WorkloadInput,
  servers: ReadonlyMap<string, Server | null>,
  context: NormaliseContext,
): Workload | null {
  const { diagnostics } = context;
  const path: Path = ["workloads", name];
  const before = diagnostics.problems.length;
  const targetPath = [...path, "target"];
  const { pattern, sources: given } = input;
  const parts = { name, pattern, sources: given };
  const target = normaliseTarget(input.target, servers, targetPath, context, parts);
  refuseFields(input, target?.protocol ?? null, path, diagnostics);
  checkCounts(input, path, context);
  checkSocket(input, path, context);
  const { load, warmUpNs, durationNs } = normaliseLoad(input, path, diagnostics);
  const sources = normaliseSources(input.sources, [...path, "sources"], context);
  const ports = normalisePorts(input.ports, [...path, "ports"], context);
  const hosts = hostsOfWorkload(input.hosts, [...path, "hosts"], context);
  if (target === null) return null;
  const captured = capturedBy(input.open ?? []);
  const spoken = normaliseProtocol(input, target.protocol, path, context);
  const exchange = normaliseExchange(input, target, spoken, path, { ...context, captured });
  const id = normaliseId(input, exchange.message, path, { ...context, captured });
  const open = spoken?.session?.opens
    ? []
    : normaliseOpen(input, target, exchange.framing, path, context);
  const steps = normaliseSteps(input, target, exchange.framing, path, context);
  if (steps.length === 0) {
    checkInFlight(input, target.protocol, exchange.message, spoken, path, context);
  }
  const unsolicited = normaliseUnsolicited(
    input.unsolicited,
    [...path, "unsolicited"],
    diagnostics,
  );
  const publishes = normalisePublishes(input, exchange.message, path, diagnostics);
  const tls = normaliseWorkloadTls(input.tls, target, [...path, "tls"], context);
  const { protocol } = target;
  const slow = normaliseSlow(input, { protocol, ...exchange, load, tls }, path, diagnostics);
  const telemetry = normaliseTelemetry(input.telemetry, [...path, "telemetry"], diagnostics);
  const wireTime = normaliseWireTime(input, { tls, slow }, path, diagnostics);
  const broadcast = normaliseBroadcast(input, target, sources, exchange.message, path, diagnostics);
  if (diagnostics.problems.length > before) return null;
  return {
    name,
    position: keyPosition(diagnostics.tree, path),
    server: target.server?.name ?? null,
    protocol: target.protocol,
    endpoints: target.endpoints,
    pattern: input.pattern,
    hosts,
    sources,
    ports,
    connections: input.connections ?? 1,
    connectionsPerSource: input.connectionsPerSource ?? null,
    connectRatePerSecond: input.connectRate ?? null,
    connectTimeoutNs: input.connectTimeout ?? 10e9,
    startTimeNs: input.startTime ?? 0,
    warmUpNs,
    durationNs,
    load,
    timeoutNs: input.timeout ?? 5e9,
    inFlight: input.inFlight ?? 1,
    open,
    steps,
    ...exchange,
    message: steps[0]?.message ?? exchange.message,
    parts: partsOfSteps(steps) ?? exchange.parts,
    applicationProtocol: spoken?.spec ?? null,
    id,
    unsolicited,
    publishes,
    reconnect: reconnects(input),
    reconnectDelayNs: input.reconnectDelay ?? 100e6,
    verify: input.verify ?? false,
    keepAliveNs: input.keepAlive ?? null,
    keepAliveConnections: input.keepAliveConnections ?? null,
    expectClose: input.expectClose ?? false,
    exchangesPerConnection: input.exchangesPerConnection ?? 1,
    close: input.close ?? "fin",
    totalConnections: input.totalConnections ?? null,
    socket: input.socket ?? "connected",
    rotateEvery: input.socket === "rotating" ? (input.rotateEvery ?? 1) : null,
    receiveErrors: input.receiveErrors ?? false,
    noDelay: input.noDelay ?? true,
    tls,
    slow,
    telemetry,
    wireTime,
    broadcast,
    thinkNs: patterns[pattern].sessions ? (input.think ?? 0) : 0,
  };
}

/**
 * Checks what can be checked in a workload whose shape is wrong elsewhere: its target, sources and ports; and where these
 * parts are well-formed, when it sends, what it sends and expects, and which fields its pattern cannot use.
 */
export function checkWorkloadParts(
  name: string,
  input: Readonly<Record<string, unknown>>,
  servers: ReadonlyMap<string, Server | null>,
  context: NormaliseContext,
): void {
  const path: Path = ["workloads", name];
  const { shape } = workloadSchema;
  const target = shape.target.safeParse(input.target);
  const { pattern, sources: given } = input;
  const named = { name, pattern, sources: given };
  const resolved = target.success
    ? normaliseTarget(target.data, servers, [...path, "target"], context, named)
    : null;
  const sources = shape.sources.safeParse(input.sources);
  if (sources.success) normaliseSources(sources.data, [...path, "sources"], context);
  const ports = shape.ports.safeParse(input.ports);
  if (ports.success) normalisePorts(ports.data, [...path, "ports"], context);
  checkLoad(input, path, context.diagnostics);
  const counts = readFields(shape, countFields, input, { keepAlive: 1e9, reconnectDelay: 0 });
  if (counts?.pattern !== undefined) checkCounts(counts as WorkloadInput, path, context);
  const socket = readFields(shape, socketFields, input, { rotateEvery: 1 });
  if (socket?.pattern !== undefined) checkSocket(socket as WorkloadInput, path, context);
  const exchange = workloadSchema
    .pick({
      pattern: true,
      message: true,
      messages: true,
      steps: true,
      framing: true,
      protocol: true,
      expect: true,
      verify: true,
      keepAlive: true,
      exchangesPerConnection: true,
    })
    .strip()
    .safeParse(input);
  if (!exchange.success || resolved === null) return;
  const known = Object.keys(input).filter((field) => Object.hasOwn(shape, field));
  // Of a misspelt key it is said what it should be, and not that this is missing.
  const mayBeMisspelt = known.length < Object.keys(input).length;
  const isGiven = input.message !== undefined || input.messages !== undefined;
  const isWhole = isGiven && (input.framing ?? input.protocol) !== undefined;
  const parts = { ...exchange.data, target: input.target } as WorkloadInput;
  if (mayBeMisspelt && sendsNothing(parts)) return;
  const fields = Object.fromEntries(known.map((field) => [field, input[field]]));
  refuseFields(
    { ...fields, ...parts } as WorkloadInput,
    resolved.protocol,
    path,
    context.diagnostics,
  );
  if (mayBeMisspelt && !isWhole && resolved.server?.builtin == null) return;
  const open = shape.open.safeParse(input.open);
  // What wrong steps take from replies is not known.
  if (!open.success) return;
  const protocol = normaliseProtocol(parts, resolved.protocol, path, context);
  const captured = capturedBy(open.data ?? []);
  normaliseExchange(parts, resolved, protocol, path, { ...context, captured });
}

const countFields = [
  "pattern",
  "connections",
  "totalConnections",
  "keepAlive",
  "keepAliveConnections",
  "reconnect",
  "reconnectDelay",
] as const;

function checkCounts(input: WorkloadInput, path: Path, { diagnostics }: NormaliseContext): void {
  const { connections, pattern, totalConnections } = input;
  if (patterns[pattern].needsConnections && connections === undefined) {
    const what = patterns[pattern].sessions
      ? "how many sessions at once, at most"
      : "how many to hold";
    diagnostics.key(path, `connections is missing: ${what}`);
  }
  if (totalConnections !== undefined && totalConnections < (connections ?? 1)) {
    const message = `totalConnections is less than the ${connections ?? 1} connections open at once`;
    diagnostics.value([...path, "totalConnections"], message);
  }
  if (input.keepAliveConnections !== undefined) {
    const at = [...path, "keepAliveConnections"];
    if (input.keepAlive === undefined && patternsWith("keepAlive")?.includes(pattern)) {
      diagnostics.key(at, "keepAliveConnections has no meaning without keepAlive");
    } else if (input.keepAliveConnections > (connections ?? Number.POSITIVE_INFINITY)) {
      diagnostics.value(
        at,
        `keepAliveConnections is more than the ${connections} connections there are`,
      );
    }
  }
  if (input.reconnectDelay !== undefined && !reconnects(input)) {
    diagnostics.key(
      [...path, "reconnectDelay"],
      "reconnectDelay has no meaning without reconnect: true",
    );
  }
}

const socketFields = ["pattern", "socket", "rotateEvery", "receiveErrors"] as const;

function checkSocket(input: WorkloadInput, path: Path, { diagnostics }: NormaliseContext): void {
  const rotating = patternsWith("rotateEvery") ?? [];
  if (input.socket === "rotating" && !rotating.includes(input.pattern)) {
    diagnostics.value(
      [...path, "socket"],
      `rotating takes a fresh source port after so many exchanges: it is for ${rotating.join(", ")}, not ${input.pattern}`,
    );
  }
  if (input.rotateEvery !== undefined && input.socket !== "rotating") {
    diagnostics.key(
      [...path, "rotateEvery"],
      "rotateEvery has no meaning without socket: rotating",
    );
  }
  if (input.receiveErrors === true && input.socket !== "unconnected") {
    diagnostics.key(
      [...path, "receiveErrors"],
      "receiveErrors is for socket: unconnected; a connected socket receives ICMP errors anyway",
    );
  }
}

function reconnects({ pattern, reconnect }: WorkloadInput): boolean {
  return reconnect ?? patterns[pattern].reconnects;
}

function isStamped(message: OneMessageSpec): boolean {
  if (message.kind === "size") return message.bytes >= stampBytes;
  return message.kind === "sizes" && boundsOf(message.sizes).leastBytes >= stampBytes;
}

/** Without a stamp, after one lost reply every later one would be matched to the wrong message. */
function checkInFlight(
  input: WorkloadInput,
  protocol: Protocol,
  message: MessageSpec,
  spoken: ResolvedProtocol | null,
  path: Path,
  { diagnostics }: NormaliseContext,
): void {
  if (protocols[protocol].isReliable || (input.inFlight ?? 1) === 1) return;
  if (input.id !== undefined) return;
  if (spoken !== null && spoken.session?.writes !== false) {
    if (spoken.session === null || spoken.session.matches) return;
    const message = `inFlight over 1 needs replies that can be told apart over UDP, and those of protocol ${spoken.name} cannot`;
    diagnostics.value([...path, "inFlight"], `${message}; leave inFlight out`);
    return;
  }
  if (messagesOf(message).every(isStamped)) return;
  diagnostics.value(
    [...path, "inFlight"],
    `inFlight over 1 needs messages whose replies can be told apart over UDP: an id, or message: { size: ${stampBytes} } or more`,
  );
}
