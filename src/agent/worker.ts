/** The worker thread: the only entry of the Piscina pool, one task per worker. */
import type { MessagePort } from "node:worker_threads";
import { monotonicNs } from "../base/clock.ts";
import { debugLog } from "../base/debug.ts";
import { thisThread } from "../base/schedstat.ts";
import { backends } from "../io/backends.ts";
import { pauseClocks } from "../machine/usage/pause-clocks.ts";
import {
  isOwnWork,
  saturatedUtilization,
  UtilizationMeter,
  type WorkerUtilization,
} from "../machine/usage/utilization-meter.ts";
import type { DataSets } from "../messages/data/data-set.ts";
import { type Backlog, Pauses } from "../metrics/disturbance/pauses.ts";
import type { Plan } from "../plan/plan-types.ts";
import { createsFor, shareUserCodePlace } from "../protocols/modules/user-code.ts";
import { Control } from "./control.ts";
import type { FromAgent } from "./protocol.ts";
import { Turns } from "./turns.ts";
import { WorkloadRunner } from "./workload-runner.ts";

const debug = debugLog("agent");

export interface WorkerTask {
  readonly plan: Plan;
  /** What messages take rows from, in memory that all workers share. */
  readonly data: DataSets;
  readonly worker: number;
  readonly control: SharedArrayBuffer;
  /** See Turns; `turn` is the worker's index in it. */
  readonly turns: SharedArrayBuffer;
  readonly turn: number;
  readonly port: MessagePort;
}

/** Messages from a worker to its agent, which passes on all but the last three unchanged. */
export type FromWorker =
  | FromAgent
  /** First of all. `thread`: "pid/thread" of it as in /proc; null where the system has none. */
  | { readonly type: "workerBegins"; readonly thread: string | null }
  | { readonly type: "workerReady" }
  | { readonly type: "utilization"; readonly utilization: WorkerUtilization };

/** Snapshots are taken at multiples of this on the monotonic clock: four per second. */
const snapshotEveryNs = 250e6;

/** How often an idle worker checks the control, and how precisely: a pause is noted where it turns later. */
const lookEveryNs = 10e6;
const lookSlackNs = 2.5e6;

/** Runs a worker's part of the plan until all its workloads are done. */
export default async function runWorker(task: WorkerTask): Promise<void> {
  const { plan, data, worker, port } = task;
  const control = Control.from(task.control);
  const turns = Turns.from(task.turns).of(task.turn);
  shareUserCodePlace(turns.userCode);
  const send = (message: FromWorker) => port.postMessage(message);
  // Before any code of a user's: whoever takes this thread for hung has to know how long it waited for a CPU.
  send({ type: "workerBegins", thread: thisThread() });
  const io = await backends[plan.io].create({ busyPoll: true });
  let busy = 0;
  const saturated = () => busy >= saturatedUtilization;
  const runners: WorkloadRunner[] = [];
  const startedNs = monotonicNs();
  const pauses = new Pauses(worker, pauseClocks, startedNs, io);
  const collected = (fromNs: number, toNs: number) => pauses.collected(fromNs, toNs);
  const meter = new UtilizationMeter(worker, () => io.utilization(), startedNs, collected);
  try {
    turns.begin();
    for (const workloadPlan of plan.workloads) {
      turns.next();
      createsFor(workloadPlan.index);
      const { disturbance } = pauses;
      const runner = await WorkloadRunner.create(
        plan,
        data,
        workloadPlan,
        worker,
        io,
        saturated,
        disturbance,
      );
      if (runner !== null) runners.push(runner);
    }
    debug("worker %d is ready, with %d workloads over %s", worker, runners.length, plan.io);
    send({ type: "workerReady" });

    let version = -1;
    let snapshotAtNs = nextMultiple(monotonicNs(), snapshotEveryNs);
    let unfinished = runners.length;
    while (unfinished > 0) await passes();
    // The event loop reports the last garbage collections.
    await new Promise((resolve) => setImmediate(resolve));
    sendPauses(monotonicNs(), true);

    /** Runs until the event loop is due. Separate from the loop that awaits, as V8 does not optimise such a loop. */
    function passes(): Promise<void> | void {
      while (unfinished > 0) {
        const turned = pass();
        if (turned !== undefined) return turned;
      }
    }

    function pass(): Promise<void> | void {
      turns.next();
      if (control.version !== version) {
        version = control.version;
        debug("worker %d reads times, version %d", worker, version);
        for (const runner of runners) {
          runner.schedule(control.get(runner.workload));
        }
      }
      const nowNs = monotonicNs();
      pauses.turned(nowNs);
      let nextNs = Number.POSITIVE_INFINITY;
      for (const runner of runners) {
        if (runner.finished) continue;
        nextNs = Math.min(nextNs, runner.start(nowNs));
        const { workload } = runner;
        if (runner.takeCut(nowNs)) {
          send({ type: "snapshot", snapshot: runner.snapshot(nowNs) });
        }
        if (runner.takeConnected()) {
          debug("worker %d: workload %d is connected", worker, workload);
          send({ type: "connected", worker, workload });
        }
        if (runner.takeFinished()) {
          unfinished--;
          send({ type: "snapshot", snapshot: runner.snapshot(monotonicNs()) });
          const { steadyNs, endNs, beganLateNs, subscriptions } = runner;
          debug("worker %d: workload %d is finished", worker, workload);
          if (subscriptions !== null) {
            send({ type: "subscriptions", worker, workload, report: subscriptions });
          }
          send({ type: "finished", worker, workload, steadyNs, endNs, beganLateNs });
        }
      }
      if (pauses.isBehind) pauses.check(nowNs, backlog());
      if (nowNs >= snapshotAtNs) {
        const utilization = meter.take(nowNs);
        busy = utilization.busyRatio;
        pauses.disturbance.saturated = saturated() && isOwnWork(utilization);
        pauses.watch(backlog());
        sendPauses(nowNs, false);
        for (const runner of runners) {
          if (!runner.finished) {
            send({ type: "snapshot", snapshot: runner.snapshot(nowNs) });
          }
        }
        snapshotAtNs = nextMultiple(nowNs, snapshotEveryNs);
        send({ type: "utilization", utilization });
      }
      const lookNs = Math.min(nowNs + lookEveryNs, snapshotAtNs);
      pauses.waits(nowNs, nextNs <= lookNs ? nextNs : lookNs);
      return nextNs <= lookNs ? io.turn(nextNs, 0) : io.turn(lookNs, lookSlackNs);
    }

    function backlog(): Backlog {
      let nextIntendedNs = Number.POSITIVE_INFINITY;
      let inFlight = 0;
      for (const runner of runners) {
        nextIntendedNs = Math.min(nextIntendedNs, runner.nextIntendedNs);
        inFlight += runner.inFlight;
      }
      return { nextIntendedNs, inFlight };
    }

    function sendPauses(nowNs: number, all: boolean): void {
      const taken = pauses.take(nowNs, all);
      if (taken.length > 0) send({ type: "pauses", pauses: taken });
    }
  } finally {
    turns.end();
    meter.end();
    await io.end();
    port.close();
  }
}

function nextMultiple(nowNs: number, stepNs: number): number {
  return (Math.floor(nowNs / stepNs) + 1) * stepNs;
}
