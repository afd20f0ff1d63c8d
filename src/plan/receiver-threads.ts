import { workloadsOf } from "./needs.ts";
import type { Plan } from "./plan-types.ts";

/** A thread of a broadcast's receivers. */
export interface ReceiverThread {
  readonly workload: string;
  /** Its process among the broadcast's, and its place in that, both from 0. */
  readonly process: number;
  readonly thread: number;
}

/**
 * Returns the threads of receivers of all broadcasts. Where pauses are noted they are numbered behind the workers: the
 * n-th is `plan.workers + n`.
 */
export function receiverThreads(plan: Plan): ReceiverThread[] {
  return workloadsOf(plan).flatMap(({ plan: { name }, scenario: { broadcast } }) => {
    if (broadcast === null) return [];
    const { receiverProcesses, receiverThreads: threads } = broadcast;
    return Array.from({ length: receiverProcesses * threads }, (_, index) => ({
      workload: name,
      process: Math.floor(index / threads),
      thread: index % threads,
    }));
  });
}

/** Returns the number of a broadcast's first thread of receivers. */
export function firstReceiverThread(plan: Plan, workload: string): number {
  return plan.workers + receiverThreads(plan).findIndex((one) => one.workload === workload);
}
