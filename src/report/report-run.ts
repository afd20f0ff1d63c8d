/** What a report reads of a result: the only types of results/ that its other files use. */
import { withPartsAsWorkloads } from "../results/parts-as-workloads.ts";
import type { RunResult, TcpConnectionResult, TcpResult } from "../results/result.ts";
import { isOfSteadyState } from "../results/steady-seconds.ts";

export type ReportResult = RunResult;
export type ReportWorkload = RunResult["workloads"][string];
export type ReportServer = RunResult["servers"][string];
/** What the kernel knows of connections, and of one. */
export type ReportTcp = TcpResult;
export type ReportTcpConnection = TcpConnectionResult;
/** One second of a workload's timeline, or several together. */
export type Second = ReportWorkload["timeline"][number];

/** A result as it was read, and what distinguishes it from the others of a report: its file's name. */
export interface ReportInput {
  readonly label: string;
  readonly result: ReportResult;
}

/** One run of a report: its result, with every field, and its zero. */
export interface ReportRun extends ReportInput {
  readonly index: number;
  /** The workloads by name, each followed by its parts: what of these nobody knows is NaN. */
  readonly workloads: Readonly<Record<string, ReportWorkload>>;
  /** ms since the run's start: when the first workload reached steady state; the start where none did. */
  readonly zeroMs: number;
}

/** Runs of a report are distinguished by colour, which limits their number. */
export const mostRuns = 8;

export function reportRuns(inputs: readonly ReportInput[]): ReportRun[] {
  return inputs.map(({ label, result }, index) => {
    const complete = completeResult(result);
    const starts = Object.values(complete.workloads).flatMap(({ steady }) =>
      steady == null ? [] : [steady.fromMs],
    );
    const zeroMs = starts.length > 0 ? Math.min(...starts) : 0;
    return { label, result: complete, index, workloads: shownWorkloads(complete), zeroMs };
  });
}

function shownWorkloads({ workloads }: ReportResult): Readonly<Record<string, ReportWorkload>> {
  const all = withPartsAsWorkloads(workloads).map(([name, workload, part]) => {
    if (part === null) return [name, workload] as const;
    const connections = mapValues(workload.connections as never, (value) =>
      typeof value === "number" ? Number.NaN : value,
    );
    const sources = { ...workload.sources, addressesUsed: Number.NaN };
    return [
      name,
      completeWorkload({ ...workload, sources, connections } as ReportWorkload),
    ] as const;
  });
  return mapValues(Object.fromEntries(all), (workload) => workload);
}

/** Seconds since the run's zero. */
export function secondsOf(run: ReportRun, atMs: number): number {
  return (atMs - run.zeroMs) / 1000;
}

/** The names of workloads or servers over all runs, in order of first occurrence. */
export function namesOver(
  runs: readonly ReportRun[],
  of: (result: ReportResult, run: ReportRun) => Readonly<Record<string, unknown>>,
): string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(of(run.result, run))))];
}

/**
 * A result with every field that this version knows: those that older versions did not write are empty, so
 * that no other code has to check for them.
 */
function completeResult(result: ReportResult): ReportResult {
  const { workloads, servers, run } = result;
  return {
    ...result,
    warnings: result.warnings ?? [],
    commands: result.commands ?? [],
    hosts: mapValues(result.hosts ?? {}, (host) => host),
    run: {
      ...run,
      reasons: run.reasons ?? [],
      findings: run.findings ?? [],
      ioObstacle: run.ioObstacle ?? null,
    },
    workloads: mapValues(workloads, completeWorkload),
    servers: mapValues(servers, completeServer),
  };
}

function completeWorkload(workload: ReportWorkload): ReportWorkload {
  return {
    ...workload,
    exchanges: { ...workload.exchanges, status: workload.exchanges.status ?? null },
    errors: workload.errors ?? [],
    wrongSources: workload.wrongSources ?? [],
    clients: workload.clients ?? { slowest: [], failing: [] },
    notes: workload.notes ?? [],
    receivers: workload.receivers ?? null,
    deliveryLatency: workload.deliveryLatency ?? null,
    deliverySpread: workload.deliverySpread ?? null,
    transitTime: workload.transitTime ?? null,
    subscription: workload.subscription ?? null,
    contrast: workload.contrast ?? null,
    tcp: workload.tcp ?? null,
    restarts: workload.restarts ?? [],
    timeline: wholeSeconds((workload.timeline ?? []).map(completeEntry)),
  };
}

/** A workload's seconds; all of them where it is not known which are of steady state. */
export function secondsIn(
  workload: ReportWorkload | undefined,
  steadyAlone: boolean,
): readonly Second[] {
  if (workload === undefined) return [];
  if (!steadyAlone || (workload.steady ?? null) === null) return workload.timeline;
  return workload.timeline.filter((entry) => isOfSteadyState(workload, entry));
}

/** The first second is shorter where the run began in it: here it begins when a whole one would have. */
function wholeSeconds([first, ...others]: readonly Second[]): Second[] {
  if (first === undefined) return [];
  const [second] = others;
  const atMs =
    second === undefined ? first.atMs : Math.min(first.atMs, second.atMs - 1000 * first.seconds);
  return [{ ...first, atMs }, ...others];
}

/** Before seconds had histograms they had neither the offered count nor the send lag. */
function completeEntry(entry: Second): Second {
  return {
    ...entry,
    seconds: entry.seconds ?? 1,
    offered: entry.offered ?? Number.NaN,
    opened: entry.opened ?? Number.NaN,
    responseTime: { ...entry.responseTime, hdr: entry.responseTime.hdr ?? null },
    sendLag: entry.sendLag ?? { p99: null, max: null },
  };
}

function completeServer(server: ReportServer): ReportServer {
  return {
    ...server,
    counts: server.counts ?? null,
    restarts: server.restarts ?? [],
    timeline: (server.timeline ?? []).map((one) => ({ ...one, seconds: one.seconds ?? 1 })),
  };
}

function mapValues<Value>(
  values: Readonly<Record<string, Value>>,
  change: (value: Value) => Value,
): Record<string, Value> {
  // No prototype: a workload may be named __proto__.
  const changed: Record<string, Value> = Object.create(null);
  for (const [name, value] of Object.entries(values)) changed[name] = change(value);
  return changed;
}
