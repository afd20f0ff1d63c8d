import { readFileSync } from "node:fs";
import { createFlowSpace, createPartSpace, type FlowSpace } from "../address/flow-space.ts";
import { isLoopback } from "../address/ip.ts";
import { protocols } from "../address/protocol.ts";
import { monotonicNs } from "../base/clock.ts";
import type { Io } from "../io/io.ts";
import { createClientEnd } from "../io/tls/client-end.ts";
import type { DataSets } from "../messages/data/data-set.ts";
import type { SubscriptionReport } from "../metrics/broadcast/membership-rows.ts";
import type { Disturbance } from "../metrics/disturbance/disturbance.ts";
import { Recorder } from "../metrics/recorder.ts";
import { noParts, type Snapshot } from "../metrics/snapshot.ts";
import type { Plan, Portion, WorkloadPlan } from "../plan/plan-types.ts";
import { patterns, publishersOf } from "../scenario/patterns.ts";
import { restartTimesOf } from "../scenario/restart-times-of.ts";
import { RestartClock } from "../schedule/restart-times.ts";
import { createTraffic } from "../traffic/create-traffic.ts";
import type { Traffic } from "../traffic/traffic.ts";
import type { WorkloadTimes } from "./control.ts";

/** A worker's part in one workload, from waiting for its times to being done. */
export class WorkloadRunner {
  readonly workload: number;
  readonly #traffic: Traffic;
  readonly #recorder: Recorder;
  readonly #restarts: RestartClock | null;
  #openAtNs = Number.POSITIVE_INFINITY;
  #endAtNs = Number.POSITIVE_INFINITY;
  #beginAtNs = Number.POSITIVE_INFINITY;
  #beganLateNs: number | null = null;
  #opened = false;
  #begun = false;
  /** Time of the last restart for which a snapshot was taken. */
  #cutNs = Number.NEGATIVE_INFINITY;
  #reported = { connected: false, finished: false };

  private constructor(
    workload: number,
    traffic: Traffic,
    recorder: Recorder,
    restarts: RestartClock | null,
  ) {
    this.workload = workload;
    this.#traffic = traffic;
    this.#recorder = recorder;
    this.#restarts = restarts;
  }

  /**
   * @returns null where the worker has none of the workload's connections
   * @throws  (rejects with) UserError as createTraffic
   */
  static async create(
    plan: Plan,
    data: DataSets,
    workloadPlan: WorkloadPlan,
    worker: number,
    io: Io,
    saturated: () => boolean,
    disturbance: Disturbance,
  ): Promise<WorkloadRunner | null> {
    const portion = workloadPlan.portions.find((candidate) => candidate.worker === worker);
    const workload = plan.scenario.workloads[workloadPlan.index];
    if (portion === undefined || workload === undefined) return null;
    const { index } = workloadPlan;
    // A client is a 4-tuple.
    const { walksTuples } = patterns[workload.pattern];
    const clients = walksTuples ? Number.POSITIVE_INFINITY : portion.connections;
    const times = restartTimesOf(plan.scenario, workload);
    const restarts = times === null ? null : new RestartClock(times);
    const recorder = new Recorder(
      index,
      worker,
      monotonicNs(),
      clients,
      restarts !== null,
      disturbance,
      workload.parts === null
        ? noParts
        : { count: workload.parts.names.length, addUp: workload.parts.addUp },
    );
    const mtuBytes = protocols[workload.protocol].isDatagram ? mtuTowards(workloadPlan) : null;
    const [endpoint] = workloadPlan.endpoints;
    if (mtuBytes !== null && endpoint !== undefined) {
      recorder.fragmentAbove(mtuBytes, endpoint.address.includes(":") ? 6 : 4);
    }
    const traffic = await createTraffic({
      workload,
      index,
      portion,
      space: spaceOf(workloadPlan, portion),
      seed: plan.scenario.seed + index,
      tag: plan.stampTag,
      data,
      io,
      ...(workload.tls === null
        ? {}
        : { tls: createClientEnd(workload.tls, ownCertificate(plan, workload.server)) }),
      publishers: publishersOf(workload.name, plan.scenario.workloads).map((publisher) => ({
        index: plan.scenario.workloads.indexOf(publisher),
        connections: publisher.connections,
      })),
      recorder,
      now: monotonicNs,
      saturated,
      ...(restarts === null ? {} : { restarts }),
    });
    return new WorkloadRunner(index, traffic, recorder, restarts);
  }

  /** Takes over the times that the coordinator has set. */
  schedule(times: WorkloadTimes): void {
    this.#openAtNs = times.openAtNs;
    if (!this.#begun && times.beginAtNs !== Number.POSITIVE_INFINITY) {
      this.#begun = true;
      this.#beginAtNs = times.beginAtNs;
      this.#traffic.begin(times.beginAtNs);
    }
    if (times.zeroNs !== Number.POSITIVE_INFINITY) this.#restarts?.begin(times.zeroNs);
    this.#endAtNs = times.endAtNs;
    if (times.endAtNs !== Number.POSITIVE_INFINITY) this.#traffic.endAt(times.endAtNs);
  }

  /** Does what is due. @returns when to be called next */
  start(nowNs: number): number {
    if (!this.#opened) {
      const firstNs = Math.min(this.#openAtNs, this.#endAtNs);
      if (nowNs < firstNs) return firstNs;
      this.#opened = true;
      if (nowNs < this.#endAtNs) this.#traffic.open(nowNs);
    }
    // Before the traffic closes what is open.
    if (nowNs >= this.#traffic.endNs) this.#recorder.steadyEnded();
    if (this.#beganLateNs === null && nowNs >= this.#beginAtNs) {
      this.#beganLateNs = nowNs - this.#beginAtNs;
    }
    const nextNs = this.#traffic.start(nowNs);
    return Math.min(nextNs, this.#restarts?.nextAnnouncedNs ?? nextNs);
  }

  /** True once for each restart, as soon as it is announced: what was measured before it is kept apart. */
  takeCut(nowNs: number): boolean {
    const cutNs = this.#restarts?.lastAnnouncedNs(nowNs) ?? Number.NEGATIVE_INFINITY;
    if (cutNs <= this.#cutNs) return false;
    this.#cutNs = cutNs;
    return true;
  }

  /** True once: when the first attempt of every connection has succeeded or failed. */
  takeConnected(): boolean {
    if (this.#reported.connected || !this.#opened || !this.#traffic.settled) return false;
    this.#reported.connected = true;
    return true;
  }

  /** True once: when all is done. */
  takeFinished(): boolean {
    if (this.#reported.finished || !this.#traffic.done) return false;
    this.#reported.finished = true;
    return true;
  }

  get finished(): boolean {
    return this.#reported.finished;
  }

  get nextIntendedNs(): number {
    return this.#traffic.nextIntendedNs;
  }

  get inFlight(): number {
    return this.#traffic.inFlight;
  }

  /** How much later than planned it began; null: it did not. */
  get beganLateNs(): number | null {
    return this.#beganLateNs;
  }

  get steadyNs(): number {
    return this.#traffic.steadyNs;
  }

  get endNs(): number {
    return this.#traffic.endNs;
  }

  get subscriptions(): SubscriptionReport | null {
    return this.#traffic.subscriptions ?? null;
  }

  snapshot(nowNs: number): Snapshot {
    return this.#recorder.snapshot(nowNs);
  }
}

/** The 4-tuples among which a worker's are. */
function spaceOf({ space }: WorkloadPlan, { part }: Portion): FlowSpace {
  const own = part === undefined ? undefined : space.parts?.[part.index];
  return own === undefined ? createFlowSpace(space) : createPartSpace(own);
}

/** The certificate that slash8 has made for a server of the scenario; null: it has not. */
function ownCertificate({ servers }: Plan, server: string | null): string | null {
  const tls = servers.find(({ name }) => name === server)?.tls ?? null;
  return tls?.isOwn === true ? tls.certificate : null;
}

/** Returns the MTU of the interface that datagrams leave by; null where it is not known. */
function mtuTowards({ endpoints }: WorkloadPlan): number | null {
  return endpoints.every(({ address }) => isLoopback(address)) ? loopbackMtu() : null;
}

/** Returns the longest packet of the loopback interface, bytes; null where the platform does not report it. */
function loopbackMtu(): number | null {
  try {
    const bytes = Number(readFileSync("/sys/class/net/lo/mtu", "utf8"));
    return bytes > 0 ? bytes : null;
  } catch {
    return null;
  }
}
