import { closestName } from "../../../base/suggestion.ts";
import { formatCount } from "../../../base/units.ts";
import { isTimed } from "../../../messages/create-message.ts";
import { timedStampBytes } from "../../../messages/send-time.ts";
import type { MessageSpec } from "../../../messages/spec.ts";
import { factsOf, patterns, publishersOf } from "../../patterns.ts";
import type { Workload } from "../../scenario.ts";
import type { WorkloadInput } from "../../schema/workload.ts";
import type { Diagnostics } from "../../source/diagnostics.ts";
import type { Path } from "../../source/tree.ts";
import { itemsOf } from "../context.ts";

/** Each takes 136 bytes for what has come last: 2.3 GB. */
const mostPairs = 2 ** 24;

/** Names of the workloads that receive what this one sends; checks that its messages say when they were sent. */
export function normalisePublishes(
  { publishes }: WorkloadInput,
  message: MessageSpec,
  path: Path,
  diagnostics: Diagnostics,
): readonly string[] {
  if (publishes === undefined) return [];
  if (!isTimed(message)) {
    diagnostics.key(
      [...path, "publishes"],
      "subscribers know by its stamp who sent a message and when: give message: " +
        `{ size: ${timedStampBytes} } or more, or a text with {{stamp}}`,
    );
  }
  return [...new Set(itemsOf(publishes, path).map(([name]) => name))];
}

/**
 * A workload of subscribers whose warm-up is not given has its publishers': what they receive is measured at the same time
 * as what is sent.
 *
 * @param workloads of which these are replaced
 * @param given     the warm-up of every workload, as it is given
 */
export function warmUpWithPublishers(
  workloads: Map<string, Workload | null>,
  given: ReadonlyMap<string, unknown>,
): void {
  const all = [...workloads.values()].filter((workload) => workload !== null);
  for (const workload of all) {
    const { name, pattern, startTimeNs } = workload;
    if (!patterns[pattern].subscribes || given.get(name) !== undefined) continue;
    const begins = publishersOf(name, all).map((one) => one.startTimeNs + one.warmUpNs);
    if (begins.length === 0) continue;
    const warmUpNs = Math.max(0, Math.min(...begins) - startTimeNs);
    workloads.set(name, { ...workload, warmUpNs });
  }
}

/**
 * Checks that what is published has subscribers, and that subscribers are published to.
 *
 * @param patternOf of every workload, wrong ones included; null: it has none, or one that does not exist
 */
export function checkPublishing(
  workloads: ReadonlyMap<string, Workload | null>,
  publishes: ReadonlyMap<string, unknown>,
  patternOf: ReadonlyMap<string, unknown>,
  diagnostics: Diagnostics,
): void {
  const published = new Set<unknown>();
  for (const [publisher, given] of publishes) {
    if (given === undefined) continue;
    const path = ["workloads", publisher, "publishes"];
    for (const [name, at] of itemsOf<unknown>(given, path)) {
      published.add(name);
      if (typeof name === "string") checkName(name, at, patternOf, diagnostics);
    }
  }
  const all = [...workloads.values()].filter((workload) => workload !== null);
  for (const [name, pattern] of patternOf) {
    if (factsOf(pattern)?.subscribes !== true) continue;
    if (!published.has(name)) {
      diagnostics.key(
        ["workloads", name],
        `nobody publishes to ${name}: give the workload that does "publishes: ${name}"`,
      );
      continue;
    }
    const subscribers = workloads.get(name)?.connections ?? 0;
    const publishers = publishersOf(name, all).reduce((sum, one) => sum + one.connections, 0);
    if (subscribers * publishers <= mostPairs) continue;
    diagnostics.value(
      ["workloads", name, "connections"],
      `${formatCount(subscribers)} subscribers of ${formatCount(publishers)} publishing connections are ` +
        `${formatCount(subscribers * publishers)} pairs, for each of which it is kept what has come; at most ` +
        `${formatCount(mostPairs)}: publish on fewer connections, or to fewer subscribers`,
    );
  }
}

function checkName(
  name: string,
  path: Path,
  patternOf: ReadonlyMap<string, unknown>,
  diagnostics: Diagnostics,
): void {
  const pattern = patternOf.get(name);
  if (factsOf(pattern)?.subscribes === true) return;
  if (patternOf.has(name)) {
    // Of a pattern that does not exist it is said elsewhere.
    if (factsOf(pattern) === null) return;
    diagnostics.value(
      path,
      `workload ${name} is of pattern ${pattern} and does not receive what others publish; give it pattern: subscribe`,
    );
    return;
  }
  const subscribers = [...patternOf].flatMap(([one, pattern]) =>
    factsOf(pattern)?.subscribes === true ? [one] : [],
  );
  const closest = closestName(name, subscribers);
  const hint =
    closest !== null
      ? `; did you mean "${closest}"?`
      : subscribers.length === 0
        ? "; the scenario has none of pattern subscribe"
        : `; known: ${subscribers.join(", ")}`;
  diagnostics.value(path, `there is no workload "${name}"${hint}`);
}
