import { protocols } from "../address/protocol.ts";
import { type Slope, slopeOf } from "../base/numbers/slope.ts";
import {
  bytesPerConnection,
  type KernelMemory,
  kernelBytesPerConnection,
} from "../machine/kernel-memory.ts";
import type { UsageSample, UsageSummary } from "../machine/usage/process-account.ts";
import type { Plan } from "../plan/plan-types.ts";
import type { Delivered } from "../results/build/delivered.ts";
import type {
  RestartResult,
  ServerCounts,
  ServerResult,
  ServerSlope,
  SteadyCpu,
} from "../results/server-result.ts";
import { patterns } from "../scenario/patterns.ts";
import type { ServerStats } from "../servers/protocol.ts";
import type { ServerHandle } from "./target.ts";

/** Memory at one moment: of each server's processes by name, and of the kernel. */
export interface MemoryMark {
  readonly servers: ReadonlyMap<string, UsageSample>;
  readonly kernel: KernelMemory | null;
  /** Connections open, over all workloads. */
  readonly open: number;
}

/**
 * Returns what each server used: a part of the result.
 *
 * @param usage what the sampler measured, by name
 * @param stats what the servers counted themselves, by name
 * @param steady CPU of steady state, by name
 * @param marks before the first connection was opened, and when all were; null where not reached
 * @param steadyMs when all workloads were in steady state, since the run's start; null: never
 * @param restarts results of a server's restarts
 */
export function serverResults(
  plan: Plan,
  servers: readonly ServerHandle[],
  usage: ReadonlyMap<string, UsageSummary>,
  stats: ReadonlyMap<string, ServerStats>,
  steady: ReadonlyMap<string, SteadyCpu>,
  marks: { readonly before: MemoryMark | null; readonly after: MemoryMark | null },
  steadyMs: { readonly from: number; readonly to: number } | null,
  restarts: (server: ServerHandle) => RestartResult[],
): Map<string, ServerResult> {
  return new Map(
    servers.map((server) => {
      const used = server.pids.length === 0 ? undefined : usage.get(server.name);
      const exit = server.exit();
      const result: ServerResult = {
        kind: server.kind,
        cpuSeconds: used?.cpuSeconds ?? null,
        steadyCpu: steady.get(server.name) ?? null,
        rssBytesPeak: used?.rssBytesPeak ?? null,
        openFilesPeak: used?.openFilesPeak ?? null,
        slope: slopeIn(used?.timeline ?? [], steadyMs),
        memoryBytesPerConnection: memoryPerConnection(plan, server.name, marks),
        counts: countsOf(stats.get(server.name)),
        exit: exit === null ? null : { code: exit.code, signal: exit.signal },
        restarts: restarts(server),
        timeline: (used?.timeline ?? []).map(
          ({ atMs, seconds, cpuSeconds, rssBytes, openFiles }) => ({
            atMs,
            seconds,
            cpuSeconds,
            rssBytes,
            openFiles,
          }),
        ),
      };
      return [server.name, result];
    }),
  );
}

/** Less of steady state says nothing of a trend. */
const leastSlopeMs = 60_000;

function slopeIn(
  timeline: readonly UsageSample[],
  steadyMs: { readonly from: number; readonly to: number } | null,
): ServerSlope | null {
  if (steadyMs === null || steadyMs.to - steadyMs.from < leastSlopeMs) return null;
  const of = (value: (sample: UsageSample) => number | null) => {
    // A sample of several seconds is dated by its last one.
    const points = timeline.flatMap((sample) => {
      const y = value(sample);
      return y === null ? [] : [{ x: sample.atMs / 1000 - (sample.seconds - 1) / 2, y }];
    });
    return slopeOf(points, steadyMs.from / 1000, steadyMs.to / 1000);
  };
  const [rss, files] = [of(({ rssBytes }) => rssBytes), of(({ openFiles }) => openFiles)];
  const interval = (found: Slope | null) =>
    found === null ? null : ([found.low, found.high] as const);
  return {
    rssBytesPerSecond: rss?.slope ?? null,
    rssBytesInterval: interval(rss),
    openFilesPerSecond: files?.slope ?? null,
    openFilesInterval: interval(files),
  };
}

function countsOf(stats: ServerStats | undefined): ServerCounts | null {
  if (stats === undefined) return null;
  const { accepted, received, replied, bytesReceived, bytesSent, udp } = stats;
  return { accepted, received, replied, bytesReceived, bytesSent, udp };
}

const nothingDelivered: Delivered = {
  lost: null,
  received: 0,
  duplicated: 0,
  reordered: 0,
  bytesReceived: 0,
  arrivals: [],
};

/** Returns the memory per connection of this server: the kernel's for both ends, and the server's own. */
function memoryPerConnection(
  plan: Plan,
  name: string,
  { before, after }: { before: MemoryMark | null; after: MemoryMark | null },
): number | null {
  if (before === null || after === null) return null;
  const planned = plan.servers.find((server) => server.name === name)?.connections ?? 0;
  // Connections are counted over all servers; this one's portion of them is taken from the plan.
  const opened = Math.round((after.open * planned) / Math.max(1, plan.totals.connections));
  const kernel = kernelBytesPerConnection(before.kernel, after.kernel, after.open);
  const user = bytesPerConnection(
    before.servers.get(name)?.rssBytes ?? null,
    after.servers.get(name)?.rssBytes ?? null,
    opened,
  );
  return kernel === null || user === null ? null : kernel + user;
}

/**
 * Returns what the built-in sinks received of a one-way workload, or null where its clients count replies.
 *
 * Over UDP messages are counted by their stamps; over TCP, which neither loses nor repeats any, by the bytes.
 */
export function deliveredOf(
  plan: Plan,
  index: number,
  stats: ReadonlyMap<string, ServerStats>,
): Delivered | null {
  const workload = plan.scenario.workloads[index];
  if (workload === undefined || workload.server === null) return null;
  if (!patterns[workload.pattern].oneWay) return null;
  const counted = stats.get(workload.server);
  if (counted === undefined) return null;
  const counts = counted.byWorkload.find((candidate) => candidate.workload === index);
  // A message without a stamp belongs to no workload; where nothing came at all, none of this one did either.
  if (counts === undefined && counted.bytesReceived === 0) return nothingDelivered;
  if (counts === undefined) return null;
  const { bytesReceived, duplicated, reordered } = counts;
  const { message } = workload;
  if (!protocols[workload.protocol].isReliable) {
    const { received, arrivals } = counts;
    return { lost: null, received, duplicated, reordered, bytesReceived, arrivals };
  }
  const bytes = message.kind === "size" ? message.bytes : null;
  return {
    lost: null,
    received: bytes === null ? counts.received : Math.floor(bytesReceived / bytes),
    duplicated,
    reordered,
    bytesReceived,
    arrivals: bytes === null || counts.arrivals === null ? null : wholeOf(counts.arrivals, bytes),
  };
}

/** How many messages of `bytes` each second completed, of the bytes that arrived in it. */
function wholeOf(bySecond: readonly number[], bytes: number): number[] {
  let [arrived, counted] = [0, 0];
  return bySecond.map((inSecond) => {
    arrived += inSecond;
    const completed = Math.floor(arrived / bytes) - counted;
    counted += completed;
    return completed;
  });
}
