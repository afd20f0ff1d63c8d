import type { Plan } from "../../plan/plan-types.ts";
import { receiverThreads } from "../../plan/receiver-threads.ts";
import type { PauseResult } from "../result.ts";

/** Returns who has the number that a pause was noted under: a worker, or a thread of receivers. */
export function pauserOf(plan: Plan, number: number): Pick<PauseResult, "worker" | "receivers"> {
  if (number < plan.workers) return { worker: number, receivers: null };
  return { worker: null, receivers: receiverThreads(plan)[number - plan.workers] ?? null };
}
