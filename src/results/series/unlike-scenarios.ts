import type { Scenario, Workload } from "../../scenario/scenario.ts";

/**
 * Differences between the loads of two scenarios, for people: "chat.connections: 100 against 200".
 *
 * Servers are what is compared, so they do not count; nor do gates, comments, and the order of keys.
 */
export function unlikeScenarios(a: Scenario, b: Scenario): string[] {
  const unlike = a.workloads.flatMap((workload) => {
    const other = b.workloads.find(({ name }) => name === workload.name);
    return other === undefined ? [] : unlikeWorkloads(workload, other);
  });
  return a.seed === b.seed ? unlike : [`seed: ${a.seed} against ${b.seed}`, ...unlike];
}

/** Positions in the file, and ports chosen for a single run. */
const accidental: ReadonlySet<string> = new Set([
  "position",
  "endpoints",
] satisfies (keyof Workload)[]);

function unlikeWorkloads(a: Workload, b: Workload): string[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof Workload)[];
  return keys.flatMap((key) => {
    return accidental.has(key) ? [] : unlikeValues(`${a.name}.${key}`, a[key], b[key]);
  });
}

/** Where two values of plain data differ, as deep inside as possible. */
function unlikeValues(path: string, a: unknown, b: unknown): string[] {
  // What an earlier version did not know was not there.
  if (JSON.stringify(a ?? null) === JSON.stringify(b ?? null)) return [];
  if (!isObject(a) || !isObject(b)) return [`${path}: ${shorten(a)} against ${shorten(b)}`];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => unlikeValues(`${path}.${key}`, a[key], b[key]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
