import { workloadsOf } from "../plan/needs.ts";
import type { Plan } from "../plan/plan-types.ts";
import type { FanOutTrial } from "../preflight/checks/broadcast-trial.ts";
import type { AudienceMeasured } from "../results/build/delivered.ts";
import { Audience } from "./receivers.ts";

/** The listeners of all broadcasts of a plan. */
export interface RunningAudiences {
  /** @throws (rejects with) UserError where listeners cannot be bound */
  listening(): Promise<void>;
  /** Lets them take in what has come, and ends them, by force after that long. Idempotent, never rejects. */
  stop(withinMs: number): Promise<void>;
  /** Processes that ended without having told what they heard; after `stop`. */
  readonly silent: readonly string[];
  /** What they heard, by the workload's index; after `stop`. */
  readonly measured: ReadonlyMap<number, AudienceMeasured>;
}

/**
 * Starts them, each in its processes; nothing is sent before they listen.
 *
 * @param fanOut where listeners are to be bound on this machine
 * @param onLost some ended that were not told to; for people
 */
export function startAudiences(
  plan: Plan,
  fanOut: readonly FanOutTrial[],
  logFolder: string,
  onLost: (what: string) => void,
): RunningAudiences {
  const audiences = new Map<number, Audience>();
  for (const pair of workloadsOf(plan)) {
    const { audience } = pair.scenario;
    const [target] = pair.plan.endpoints;
    if (audience === null || target === undefined) continue;
    const trial = fanOut.find(({ delivery }) => delivery === audience.delivery);
    // On most systems to the very address that is sent to, where nothing else can come in.
    const ownAddress = trial === undefined || trial.bindTo === trial.address;
    const bindTo = ownAddress ? target.address : (trial.bindTo ?? target.address);
    audiences.set(pair.plan.index, new Audience(pair, plan.io, { logFolder, bindTo, onLost }));
  }
  return {
    async listening() {
      await Promise.all([...audiences.values()].map((audience) => audience.listening()));
    },
    async stop(withinMs) {
      await Promise.all([...audiences.values()].map((audience) => audience.stop(withinMs)));
    },
    get silent() {
      return [...audiences.values()].flatMap((audience) => audience.silent);
    },
    get measured() {
      return new Map([...audiences].map(([index, audience]) => [index, audience.measured]));
    },
  };
}
