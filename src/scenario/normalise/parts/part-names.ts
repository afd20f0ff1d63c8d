/** Names of parts of a workload: they stand in gates between the workload's and the metric's (chat.get.responseTime.p99). */
import { connectionProtocols } from "../../../address/protocol.ts";

/** What metrics of a workload begin with. */
export const metricWords = [
  "connections",
  "exchanges",
  "asides",
  "rate",
  "bytes",
  "errors",
  "restarts",
  "responseTime",
  "serviceTime",
  "wireTime",
  "connectTime",
  "openTime",
  "sessionTime",
  "tlsTime",
  "transitTime",
  "sendLag",
  "connectionWait",
  "generatorLag",
  "deliveryLatency",
  "deliverySpread",
  "transitTime",
  ...connectionProtocols,
] as const;

const mostCharacters = 64;

/**
 * What is wrong with the name of a part, beside its characters, which the schema checks; null: nothing.
 *
 * @param kind   of the part, for people: "message"
 * @param before names of the workload's parts before it
 */
export function partNameProblem(
  kind: string,
  name: string,
  before: readonly string[],
): string | null {
  if (name.length > mostCharacters) return `a name has at most ${mostCharacters} characters`;
  if (before.includes(name))
    return `another ${kind} is named ${name}; each needs a name of its own`;
  if ((metricWords as readonly string[]).includes(name)) {
    return `metrics begin with ${name}, so that gates could not tell this ${kind} from them; choose another name`;
  }
  return null;
}
