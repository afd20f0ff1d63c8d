import { setImmediate } from "node:timers/promises";
import type { TupleIds } from "../address/tuple-ids.ts";
import { monotonicNs } from "../base/clock.ts";
import { systemFailure } from "../io/uring/kernel/errno-name.ts";
import type { ConnectionTable } from "./connection-table.ts";
import type { DiagSocket } from "./diag-socket.ts";
import { dumpRequest, readAnswers } from "./inet-diag.ts";

/** A look at thousands of connections lets the thread do something else after that long: where it hardly gets a CPU, seldom. */
const mostTurnNs = 20e6;

/**
 * Looks at the connections of a workload, in the order of the kernel's table: that of a hash of their 4-tuples, so that the
 * first of them are a sample, which is nearly the same at each look.
 *
 * @param most      connections after which it stops
 * @param isStopped whether it is to stop now
 * @returns         whether it came to the end, and the CPU time it took, ns
 * @throws          (rejects with) Error whose `code` is the errno's name
 */
export async function look(
  diag: DiagSocket,
  ids: TupleIds,
  table: ConnectionTable,
  most: number,
  isStopped: () => boolean,
): Promise<{ readonly complete: boolean; readonly costNs: number }> {
  let costNs = 0;
  let fromNs = diag.threadNs();
  let complete = false;
  try {
    diag.send(dumpRequest(ids));
    let turnNs = monotonicNs();
    while (!complete && table.connections < most && !isStopped()) {
      const length = diag.receive();
      const state = length === 0 ? "done" : readAnswers(diag.answer, length, ids, table);
      if (typeof state === "object") throw systemFailure("sock_diag", -state.errno);
      complete = state === "done";
      if (complete || monotonicNs() - turnNs < mostTurnNs) continue;
      costNs += diag.threadNs() - fromNs;
      await setImmediate();
      fromNs = diag.threadNs();
      turnNs = monotonicNs();
    }
  } finally {
    if (!complete) diag.close();
    costNs += diag.threadNs() - fromNs;
  }
  return { complete, costNs };
}
