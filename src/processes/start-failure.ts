import { CapacityError, type UserError } from "../base/errors.ts";
import type { ServerExit } from "./exit.ts";

/** What the system, Node and V8 print where there is no process, thread, file or memory left. */
const limits =
  /EAGAIN|ENOMEM|EMFILE|ENFILE|Resource temporarily unavailable|Cannot allocate memory|out of memory|uv_thread_create|pthread_create|ERR_WORKER_OUT_OF_MEMORY|ERR_WORKER_INIT_FAILED/i;

/**
 * Returns the error of a process of slash8 that ended, or did not start, for a limit of the machine; null where that
 * is not known to be the cause.
 *
 * @param what  "agent 0", "server echo"
 * @param exit  how it ended; Node aborts where it cannot start its threads
 * @param words what it printed, or why it was not started
 */
export function startFailure(
  what: string,
  exit: ServerExit | null,
  words: string,
): UserError | null {
  const found = limits.exec(words)?.[0];
  if (found === undefined && exit?.signal !== "SIGABRT") return null;
  return new CapacityError(
    `${what} could not start${found === undefined ? "" : ` (${found})`}: this machine has no processes, threads or memory left ` +
      "for it; end other programs, raise the limits (ulimit -u, ulimit -v, the container's), or use fewer --workers",
  );
}

/** The same for one that is not ready in time. */
export function lateStart(what: string, seconds: number): UserError {
  return new CapacityError(
    `${what} did not start within ${seconds} s: this machine may be out of memory, processes or CPU time; end other programs, ` +
      "or use fewer --workers",
  );
}
