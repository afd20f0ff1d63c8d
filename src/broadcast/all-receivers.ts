import { workloadsOf } from "../plan/needs.ts";
import type { Plan } from "../plan/plan-types.ts";
import { firstReceiverThread } from "../plan/receiver-threads.ts";
import type { FanOutTrial } from "../preflight/checks/broadcast-trial.ts";
import type { BroadcastMeasured } from "../results/build/delivered.ts";
import type { DisturbedTimes } from "./collector.ts";
import { Receivers, type ReceiversEvents } from "./receivers.ts";

/** The receivers of all broadcasts of a plan. */
export interface RunningReceivers {
  /** @throws (rejects with) UserError where receivers cannot be bound */
  listening(): Promise<void>;
  /** Threads that have the sockets, as "pid/thread"; once they listen. */
  readonly threads: readonly string[];
  /** Steady state of a workload is known; monotonic clock, ns. Does nothing for one that is not a broadcast. */
  planSteady(workload: number, fromNs: number, toNs: number): void;
  /** Lets them read what has arrived, then ends them; kills them after `withinMs`. Idempotent, never rejects. */
  stop(withinMs: number): Promise<void>;
  /** Processes that exited without reporting what they received; after `stop`. */
  readonly silent: readonly string[];
  /** What they received, by the workload's index; after `stop`. */
  readonly measured: ReadonlyMap<number, BroadcastMeasured>;
}

/**
 * Starts all receivers, each in its processes; nothing is sent before they listen.
 *
 * @param fanOut where receivers are to be bound on this machine
 * @param disturbed what disturbed a workload, by its index
 */
export function startReceivers(
  plan: Plan,
  fanOut: readonly FanOutTrial[],
  logFolder: string,
  events: ReceiversEvents,
  disturbed: (workload: number) => DisturbedTimes,
): RunningReceivers {
  const allReceivers = new Map<number, Receivers>();
  for (const pair of workloadsOf(plan)) {
    const { broadcast } = pair.scenario;
    const [target] = pair.plan.endpoints;
    if (broadcast === null || target === undefined) continue;
    const trial = fanOut.find(({ delivery }) => delivery === broadcast.delivery);
    // On most systems bound to the very address that is sent to: nothing else can arrive there.
    const ownAddress = trial === undefined || trial.bindTo === trial.address;
    const bindTo = ownAddress ? target.address : (trial.bindTo ?? target.address);
    const { io, stampTag } = plan;
    const { name, index } = pair.plan;
    const receivers = new Receivers(pair, io, {
      ...{ logFolder, bindTo, stampTag, events },
      firstThread: firstReceiverThread(plan, name),
      disturbed: disturbed(index),
    });
    allReceivers.set(index, receivers);
  }
  return {
    async listening() {
      await Promise.all([...allReceivers.values()].map((broadcast) => broadcast.listening()));
    },
    get threads() {
      return [...allReceivers.values()].flatMap(({ threads }) => threads);
    },
    planSteady(workload, fromNs, toNs) {
      allReceivers.get(workload)?.planSteady(fromNs, toNs);
    },
    async stop(withinMs) {
      await Promise.all([...allReceivers.values()].map((broadcast) => broadcast.stop(withinMs)));
    },
    get silent() {
      return [...allReceivers.values()].flatMap((broadcast) => broadcast.silent);
    },
    get measured() {
      return new Map([...allReceivers].map(([index, broadcast]) => [index, broadcast.measured]));
    },
  };
}
