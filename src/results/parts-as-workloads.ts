import { histogramOf } from "../metrics/histogram.ts";
import { noCounts } from "../metrics/sparse-counts.ts";
import type { PartResult, WorkloadResult } from "./result.ts";

/** A workload, or a part of one as if it were one, and how it is named: "chat", "chat.get". */
export type NamedWorkload = readonly [name: string, workload: WorkloadResult, part: string | null];

/**
 * The workloads, each followed by its parts, for what shows or writes one as it does the other. A part has what belongs
 * to the workload as a whole only from the workload, but nothing that is a list of something; counts that nobody knows by
 * part are NaN.
 */
export function withPartsAsWorkloads(
  workloads: Readonly<Record<string, WorkloadResult>>,
): NamedWorkload[] {
  return Object.entries(workloads).flatMap(([name, workload]): NamedWorkload[] => [
    [name, workload, null],
    ...Object.entries(workload.parts ?? {}).map(
      ([part, found]): NamedWorkload => [`${name}.${part}`, partAsWorkload(workload, found), part],
    ),
  ]);
}

const unknown = Number.NaN;
const none = histogramOf(noCounts);

function partAsWorkload(workload: WorkloadResult, part: PartResult): WorkloadResult {
  const { parts: _, ...whole } = workload;
  const { exchanges, rate, bytes, timeline, ...own } = part;
  return {
    ...whole,
    ...own,
    connections: { ...whole.connections, openFailedBy: [], openFailedExamples: [] },
    exchanges: {
      ...exchanges,
      countedBy: "client",
      offered: unknown,
      received: exchanges.received ?? unknown,
      lost: null,
      wrongSource: 0,
      unsolicited: 0,
      unsent: 0,
    },
    asides: { pushed: 0, ignored: 0, answersSent: 0, keepAlivesSent: 0 },
    rate: { ...rate, offeredPerSecond: null },
    bytes: { sent: bytes.sent, received: bytes.received ?? unknown },
    fragmentation: { datagrams: 0, fragments: 0 },
    wrongReplies: [],
    wrongSources: [],
    clients: { slowest: [], failing: [] },
    notes: [],
    tcp: null,
    anatomy: [],
    connectTime: none,
    tlsTime: none,
    openTime: none,
    outsideSteady: { responseTime: none, serviceTime: none, sendLag: none },
    restarts: [],
    timeline: timeline.map((entry) => ({
      ...entry,
      offered: unknown,
      open: unknown,
      opened: unknown,
    })),
  };
}
