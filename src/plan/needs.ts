import { protocols } from "../address/protocol.ts";
import { boundsOf } from "../messages/sizes.ts";
import type { MessageSpec } from "../messages/spec.ts";
import { patterns } from "../scenario/patterns.ts";
import type { Load, Server, Workload } from "../scenario/scenario.ts";
import type { Plan, ServerPlan, WorkloadPlan } from "./plan-types.ts";

/** Threads of a Node process without workers: main, 4 of V8, 4 of libuv, signals, inspector. */
export const threadsPerProcess = 11;
/** Threads that a worker adds: its own, and its portion of libuv's growth. */
export const threadsPerWorker = 2;

/**
 * Connections per second, where the scenario sets none: what a fast client reaches
 * (22,700/s was measured through io_uring).
 */
const fastestConnectsPerSecond = 25_000;
/** Connections per second of a closed-model churn (14,700/s were measured). */
const fastestChurnPerSecond = 15_000;

/** How long the kernel keeps a connection in TIME_WAIT (TCP_TIMEWAIT_LEN in include/net/tcp.h). */
const timeWaitSeconds = 60;

/** Messages that wait for a subscriber to be read, in the buffers of both ends. */
const subscriberBufferBytes = 16 << 10;

export interface WorkloadPair {
  readonly plan: WorkloadPlan;
  readonly scenario: Workload;
}

/** Each workload's plan with its part of the scenario. */
export function workloadsOf(plan: Plan): WorkloadPair[] {
  return plan.workloads.map((workload) => ({
    plan: workload,
    scenario: plan.scenario.workloads[workload.index] as Workload,
  }));
}

export interface ServerPair {
  readonly plan: ServerPlan;
  readonly scenario: Server;
}

/** Each server's plan with its part of the scenario; by name, as a plan may leave out unused ones. */
export function serversOf(plan: Plan): ServerPair[] {
  return plan.servers.flatMap((server) => {
    const scenario = plan.scenario.servers.find(({ name }) => name === server.name);
    return scenario === undefined ? [] : [{ plan: server, scenario }];
  });
}

/** TCP connections of all workloads. */
export function tcpConnections(plan: Plan): number {
  return sum(workloadsOf(plan), ({ scenario }) =>
    protocols[scenario.protocol].hasConnections ? scenario.connections : 0,
  );
}

/** New TCP connections per second at the busiest moment, as if all workloads connected at once. */
export function connectsPerSecond(plan: Plan): number {
  return sum(workloadsOf(plan), ({ scenario }) => {
    if (!protocols[scenario.protocol].hasConnections) return 0;
    const opening = scenario.connectRatePerSecond ?? fastestConnectsPerSecond;
    const { opensUpFront } = patterns[scenario.pattern];
    return opensUpFront ? opening : Math.max(opening, churnRate(scenario));
  });
}

/** Sockets in TIME_WAIT at most, from churn that closes without a reset. */
export function timeWaitSockets(plan: Plan): number {
  return sum(workloadsOf(plan), ({ scenario }) => {
    if (!protocols[scenario.protocol].hasConnections || scenario.close === "reset") return 0;
    if (patterns[scenario.pattern].opensUpFront) return 0;
    const seconds =
      scenario.durationNs === null
        ? timeWaitSeconds
        : Math.min(timeWaitSeconds, (scenario.warmUpNs + scenario.durationNs) / 1e9);
    const most = scenario.totalConnections ?? Number.POSITIVE_INFINITY;
    return Math.ceil(Math.min(most, churnRate(scenario) * seconds));
  });
}

/** Bytes in socket buffers at most, both directions. */
export function bufferedBytes(plan: Plan): number {
  return sum(workloadsOf(plan), ({ scenario }) => {
    if (!protocols[scenario.protocol].hasConnections) return 0;
    // One-way traffic fills the socket buffers that the kernel grants: tcp_rmem starts at 128 KiB a side.
    const { hasArrivals, oneWay, subscribes } = patterns[scenario.pattern];
    if (oneWay) return scenario.connections * 2 * (128 << 10);
    if (subscribes) return scenario.connections * subscriberBufferBytes;
    if (!hasArrivals && !scenario.verify && scenario.keepAliveNs === null) return 0;
    // No buffer is smaller than a page; a reply is assumed to be as long as its request.
    const message = Math.max(4096, 2 * messageBytes(scenario.message));
    return mostInFlight(scenario) * message * 2;
  });
}

/**
 * Exchanges at most in flight: all that the connections may have, or, in an open model, what is
 * sent until the first of them times out if that is less.
 */
function mostInFlight(workload: Workload): number {
  const { connections, inFlight, load, pattern, timeoutNs } = workload;
  const most = connections * inFlight;
  if (!patterns[pattern].hasArrivals) {
    return Math.min(most, (holdRate(workload) * timeoutNs) / 1e9);
  }
  if (load.model === "closed") return most;
  return Math.min(most, (arrivalRate(load) * timeoutNs) / 1e9);
}

/** Processes and threads of a run. */
export function threads(plan: Plan): number {
  const agents = plan.agents.length * threadsPerProcess + plan.workers * threadsPerWorker;
  const servers = sum(serversOf(plan), ({ plan: server, scenario }) => {
    if (scenario.kind === "external") return 0;
    // A command: its supervisor, and its process, assumed to be like a Node process.
    const processes = scenario.kind === "command" ? 2 : server.processes;
    return processes * threadsPerProcess;
  });
  const allReceivers = sum(workloadsOf(plan), ({ scenario: { broadcast } }) =>
    broadcast === null
      ? 0
      : broadcast.receiverProcesses *
        (threadsPerProcess + broadcast.receiverThreads * threadsPerWorker),
  );
  return agents + servers + allReceivers;
}

function messageBytes(message: MessageSpec): number {
  if (message.kind === "size") return message.bytes;
  if (message.kind === "sizes") return boundsOf(message.sizes).mostBytes;
  if (message.kind === "bytes") return Math.ceil((message.base64.length * 3) / 4);
  if (message.kind === "mix") {
    return Math.max(...message.messages.map(({ message: one }) => messageBytes(one)));
  }
  const texts = [message.text, ...Object.values(message.parts ?? {})];
  return sum(texts, ({ length }) => length + 32);
}

/** Connections per second of a churn workload. */
function churnRate(workload: Workload): number {
  const { load } = workload;
  return load.model === "closed" ? fastestChurnPerSecond : arrivalRate(load);
}

/** The highest rate of an open model. */
function arrivalRate(load: Load & { model: "open" }): number {
  return Math.max(load.startRatePerSecond, ...load.stages.map((stage) => stage.ratePerSecond));
}

/** Messages per second of a hold: those of its verifying round or, if they are more, its heartbeats. */
function holdRate({ connectRatePerSecond, keepAliveNs, ...workload }: Workload): number {
  const verifying = workload.verify ? (connectRatePerSecond ?? fastestConnectsPerSecond) : 0;
  if (keepAliveNs === null) return verifying;
  const kept = workload.keepAliveConnections ?? workload.connections;
  return Math.max(verifying, (kept / keepAliveNs) * 1e9);
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
