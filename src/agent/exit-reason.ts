import { failureOf, placeText } from "../protocols/modules/failure.ts";
import type { Workload } from "../scenario/scenario.ts";

/** What the pool says of a thread that has called process.exit. */
const exitedItself = /^worker exited with code: \d+$/i;

/**
 * Says why a worker's thread ended, for people. What a module of a user's throws later, in a timer or a promise, ends the
 * thread as anything else does: its stack is what says whose it is.
 *
 * @param cause  what the pool rejected with: an error, or a text that says it already
 * @param inCode the workload whose user code it had entered and not left; null: it was in none
 */
export function exitReason(
  cause: unknown,
  workloads: readonly Workload[],
  inCode: number | null,
): string {
  if (!(cause instanceof Error)) return String(cause);
  const protocols = workloads.map(({ applicationProtocol }) => applicationProtocol);
  for (const protocol of protocols) {
    if (protocol?.path == null) continue;
    const { message, at } = failureOf(cause, protocol.path);
    if (at?.file === protocol.path) {
      return `protocol ${protocol.name}: something that it began threw ${message}${placeText(at)}`;
    }
  }
  const current = inCode === null ? null : protocols[inCode];
  if (current != null && exitedItself.test(cause.message)) {
    return `protocol ${current.name}: it ended the worker, as process.exit does`;
  }
  return cause.message;
}
