import { WorkloadAccumulator } from "../metrics/accumulator.ts";
import { Deliveries } from "../metrics/broadcast/deliveries.ts";
import { Subscriptions } from "../metrics/broadcast/subscriptions.ts";
import type { Pause } from "../metrics/disturbance/disturbance.ts";
import { Disturbances } from "../metrics/disturbance/disturbances.ts";
import { Silences } from "../metrics/disturbance/silences.ts";
import { Undisturbed } from "../metrics/disturbance/undisturbed.ts";
import { HostTotals } from "../metrics/host-totals.ts";
import type { Snapshot } from "../metrics/snapshot.ts";
import { TcpTotals } from "../metrics/tcp/totals.ts";
import { keptSeconds } from "../metrics/timeline/roll-up.ts";
import type { Plan, WorkloadPlan } from "../plan/plan-types.ts";
import { receiverThreads } from "../plan/receiver-threads.ts";
import { RestartWindows } from "../results/build/restarts/windows.ts";
import { patterns, publishersOf } from "../scenario/patterns.ts";
import { restartTimesOf } from "../scenario/restart-times-of.ts";
import type { Workload } from "../scenario/scenario.ts";
import { createSchedule } from "../schedule/create-schedule.ts";
import { RestartClock } from "../schedule/restart-times.ts";
import type { WorkloadProgress } from "./progress.ts";
import type { RunClock } from "./run-clock.ts";
import { SettledAccumulator } from "./settled-accumulator.ts";

/** Maximum length of `WorkloadProgress.recent`. */
const recentSeconds = 60;

/** Everything that the workers report, by workload. */
export class Measurements {
  /** By WorkloadPlan.index. */
  readonly accumulators: readonly WorkloadAccumulator[];
  /** By WorkloadPlan.index; null where the server is not restarted. */
  readonly restarts: readonly (RestartWindows | null)[];
  readonly startNs: number;
  readonly disturbances = new Disturbances();
  /** By WorkloadPlan.index. */
  readonly undisturbed: readonly Undisturbed[];
  readonly silences: readonly Silences[];
  /** By WorkloadPlan.index; null where nothing is broadcast. */
  readonly deliveries: readonly (Deliveries | null)[];
  /** By WorkloadPlan.index; null where nothing is subscribed to. */
  readonly subscriptions: readonly (Subscriptions | null)[];
  /** By WorkloadPlan.index; null without `telemetry: tcp`. */
  readonly tcp: readonly (TcpTotals | null)[];
  /** By WorkloadPlan.index; null where nobody judges during the run. */
  readonly settled: readonly SettledAccumulator[] | null;
  /** What the workers of each host measured, by WorkloadPlan.index; empty where the clients are on this machine. */
  readonly hosts: ReadonlyMap<string, readonly HostTotals[]>;
  /** The same by worker. */
  readonly #hostOf: readonly (readonly HostTotals[] | undefined)[];
  readonly #plan: Plan;
  /** When steady state of each workload began, or will, monotonic clock. */
  readonly #steadyNs = new Map<number, number>();
  readonly #clocks: readonly (RestartClock | null)[];

  /**
   * @param startNs   the run's start, monotonic clock: zero of the timelines
   * @param isSettled whether what is settled is kept as well
   */
  constructor(plan: Plan, startNs: number, isSettled = false) {
    this.#plan = plan;
    this.startNs = startNs;
    const partsOf = (index: number) => plan.scenario.workloads[index]?.parts?.names.length ?? 0;
    this.accumulators = plan.workloads.map(
      ({ index }) => new WorkloadAccumulator(index, startNs, partsOf(index)),
    );
    const publishers = plan.workloads.map(({ name }) => publishersTo(plan, name));
    this.subscriptions = publishers.map((workloads) =>
      workloads.length === 0 ? null : new Subscriptions(workloads.map(({ index }) => index)),
    );
    const sendersTo = (index: number) => [
      ...new Set(
        publishers[index]?.flatMap(({ portions }) => portions.map(({ worker }) => worker)) ?? [],
      ),
    ];
    this.undisturbed = plan.workloads.map(({ index }) => {
      const { timeoutNs = 0, connectTimeoutNs = 0 } = plan.scenario.workloads[index] ?? {};
      return new Undisturbed(this.disturbances, timeoutNs, {
        connectTimeoutNs,
        senders: sendersTo(index),
        parts: partsOf(index),
      });
    });
    this.silences = this.accumulators.map(() => new Silences());
    const threads = receiverThreads(plan);
    this.deliveries = plan.workloads.map(({ name, index, portions }) => {
      const publishing = sendersTo(index);
      if (publishing.length > 0) {
        const subscribing = portions.map(({ worker }) => worker);
        return new Deliveries(this.disturbances, publishing, subscribing);
      }
      const own = threads.flatMap(({ workload }, n) =>
        workload === name ? [plan.workers + n] : [],
      );
      if (own.length === 0) return null;
      const senders = portions.map(({ worker }) => worker);
      return new Deliveries(this.disturbances, senders, own);
    });
    this.tcp = plan.workloads.map(({ index }) => {
      const spec = plan.scenario.workloads[index]?.telemetry?.tcp ?? null;
      return spec === null ? null : new TcpTotals(spec.everyNs, startNs);
    });
    this.settled = isSettled
      ? plan.workloads.map(({ index }) => new SettledAccumulator(index, startNs, partsOf(index)))
      : null;
    this.hosts = new Map(
      plan.hosts.map(({ name }) => [name, plan.workloads.map(() => new HostTotals(startNs))]),
    );
    const hostOf: (readonly HostTotals[] | undefined)[] = [];
    for (const { host, workers } of plan.agents) {
      for (const worker of workers) hostOf[worker] = this.hosts.get(host ?? "");
    }
    this.#hostOf = hostOf;
    this.#clocks = plan.scenario.workloads.map((workload) => {
      const times = restartTimesOf(plan.scenario, workload);
      return times === null ? null : new RestartClock(times);
    });
    this.restarts = this.#clocks.map((clock) =>
      clock === null ? null : new RestartWindows(clock),
    );
  }

  /** The run's zero is known: restarts count from it. */
  begin(zeroNs: number): void {
    for (const clock of this.#clocks) clock?.begin(zeroNs);
  }

  /** Steady state of a workload is known to begin at `steadyNs`, monotonic clock. */
  steadyAt(workload: number, steadyNs: number): void {
    this.#steadyNs.set(workload, steadyNs);
    this.accumulators[workload]?.begin(steadyNs);
    this.settled?.[workload]?.accumulator.begin(steadyNs);
  }

  add(snapshot: Snapshot): void {
    this.accumulators[snapshot.workload]?.add(snapshot);
    this.restarts[snapshot.workload]?.add(snapshot);
    this.undisturbed[snapshot.workload]?.add(snapshot);
    this.silences[snapshot.workload]?.add(snapshot);
    this.#hostOf[snapshot.worker]?.[snapshot.workload]?.add(snapshot);
    this.#sent(snapshot);
    this.settled?.[snapshot.workload]?.add(snapshot);
  }

  /** Takes what was sent to receivers and subscribers. */
  #sent(snapshot: Snapshot): void {
    const { workload } = snapshot;
    if (this.subscriptions[workload] == null) this.deliveries[workload]?.sent(snapshot);
    else if (snapshot.disturbance?.saturated) {
      this.deliveries[workload]?.saturated(snapshot.worker, snapshot.fromNs, snapshot.toNs);
    }
    for (const [index, subscriptions] of this.subscriptions.entries()) {
      if (subscriptions?.publishers.includes(workload) !== true) continue;
      subscriptions.sent(snapshot);
      this.deliveries[index]?.sent(snapshot);
    }
  }

  /** Workers report their pauses with or after the snapshots of that time. */
  paused(pauses: readonly Pause[]): void {
    const { startNs } = this;
    this.disturbances.paused(
      pauses.flatMap((pause) => {
        const fromNs = Math.max(pause.fromNs, startNs);
        return pause.toNs > startNs ? [{ ...pause, fromNs }] : [];
      }),
    );
  }

  /**
   * Puts together what has become old, so that a run of days takes no more memory than one of an hour.
   *
   * @param neededNs from when on seconds are needed one by one, monotonic clock; the last ones are kept so in any case, but
   *                 for what disturbed them
   */
  rollUp(nowNs: number, neededNs: number): void {
    const later = Math.max(0, Math.ceil((nowNs - neededNs) / 1e9) - keptSeconds);
    const untilNs = nowNs - (keptSeconds + later) * 1e9;
    for (const accumulators of [this.accumulators, this.settled ?? []]) {
      for (const accumulator of accumulators) accumulator.rollUp(nowNs, later);
    }
    for (const [index, steadyNs] of this.#steadyNs) {
      const end = Math.floor((neededNs - steadyNs) / 1e9);
      if (end > 0) this.undisturbed[index]?.rollUp(steadyNs, end);
      this.deliveries[index]?.rollUp(untilNs, steadyNs);
      this.subscriptions[index]?.rollUp(untilNs);
    }
  }

  /** Nothing more comes: what has waited for later reports is judged by those that there are. */
  settle(): void {
    for (const undisturbed of this.undisturbed) undisturbed.settle();
    for (const deliveries of this.deliveries) deliveries?.settle();
  }

  /** A worker says how late it began with a workload. */
  began(worker: number, workload: number, lateNs: number | null): void {
    if (lateNs !== null) this.#hostOf[worker]?.[workload]?.began(lateNs);
  }

  exited(worker: number): void {
    for (const totals of this.#hostOf[worker] ?? []) totals.workerExited(worker);
    for (const accumulator of this.accumulators) accumulator.workerExited(worker);
    for (const settled of this.settled ?? []) settled.workerExited(worker);
  }

  /** Number of connections open now, over all workloads. */
  get open(): number {
    return this.accumulators.reduce((sum, { open }) => sum + open, 0);
  }

  progress(clock: RunClock, nowNs: number): WorkloadProgress[] {
    return this.#plan.workloads.map(({ index, name, portions }) => {
      const workload = this.#plan.scenario.workloads[index] as Workload;
      const accumulator = this.accumulators[index] as WorkloadAccumulator;
      const live = accumulator.live(nowNs);
      const counted = patterns[workload.pattern].oneWay ? "sent" : "received";
      const beginNs = clock.workloads[index]?.beginNs ?? null;
      return {
        name,
        protocol: workload.protocol,
        pattern: workload.pattern,
        state: clock.stateOf(index, nowNs),
        connectionsPlanned: portions.reduce((sum, { connections }) => sum + connections, 0),
        open: accumulator.open,
        ratePerSecond: live.perSecond(counted),
        achievedPerSecond: live.perSecond("sent"),
        receivedPerSecond: live.perSecond("received"),
        offeredPerSecond: offeredPerSecond(workload, beginNs, nowNs),
        p50Ns: live.p50Ns,
        p99Ns: live.p99Ns,
        maxNs: live.maxNs,
        recent: accumulator.recent(nowNs, recentSeconds).map((second) => ({
          ratePerSecond: second.perSecond(counted),
          p99Ns: second.p99Ns,
        })),
        sent: accumulator.count("sent"),
        received: accumulator.count("received"),
        errors: accumulator.errors,
      };
    });
  }
}

/** The workloads whose messages a workload receives. */
function publishersTo(plan: Plan, name: string): WorkloadPlan[] {
  const publishers = publishersOf(name, plan.scenario.workloads);
  return plan.workloads.filter(({ name: one }) => publishers.some(({ name }) => name === one));
}

/** Arrivals of the last second by the schedule; null in the closed model and outside its time. */
function offeredPerSecond(
  { load }: Workload,
  beginNs: number | null,
  nowNs: number,
): number | null {
  if (load.model === "closed" || beginNs === null || nowNs < beginNs) return null;
  const schedule = createSchedule({ ...load, arrivals: "constant", seed: 0 });
  const elapsedNs = nowNs - beginNs;
  const fromNs = Math.max(0, elapsedNs - 1e9);
  if (elapsedNs === 0 || fromNs >= schedule.durationNs) return null;
  const untilNs = Math.min(elapsedNs, schedule.durationNs);
  return ((schedule.due(untilNs) - schedule.due(fromNs)) / (untilNs - fromNs)) * 1e9;
}
