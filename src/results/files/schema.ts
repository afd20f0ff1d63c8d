/**
 * The shape of a result that is read: what has no figure of its own in results of earlier versions gets the value
 * that says so, and a file that another program wrote, or changed, is refused at its place. More fields than these
 * are kept as they are.
 */
import { z } from "zod";
import { decodeHistogram } from "../../metrics/hdr-encoding.ts";

const { looseObject: object, array } = z;
const text = z.string();
const number = z.number();
const count = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const known = count.nullable();
const nothing = <S extends z.ZodType>(schema: S) => schema.nullable().default(null as never);
/** Times of the timeline: a page has a place for each second, so that there must be an end to them. */
const atMs = z.number().min(0).max(1e10);

const encoded = text.superRefine((hdr, context) => {
  try {
    decodeHistogram(hdr);
  } catch (error) {
    context.addIssue(`not an HdrHistogram: ${(error as Error).message}`);
  }
});

const histogram = object({
  count,
  min: known,
  max: known,
  mean: known,
  stdDev: known,
  percentiles: object({
    "50": known,
    "90": known,
    "95": known,
    "99": known,
    "99.9": known,
    "99.99": known,
  }),
  hdr: encoded,
}).superRefine((value, context) => {
  const found = histogramCount(value.hdr);
  if (found !== null && found !== value.count) {
    context.addIssue({ code: "custom", path: ["hdr"], message: `has ${found} samples` });
  }
});

/** Null where it cannot be decoded, which has been noted. */
function histogramCount(hdr: string): number | null {
  try {
    return decodeHistogram(hdr).count;
  } catch {
    return null;
  }
}

const client = {
  client: count,
  source: text,
  destination: text,
  displayFilter: text,
  captureFilter: text,
};

const timelineEntry = object({
  atMs,
  offered: count.default(0),
  sent: count,
  received: count,
  open: count,
  opened: count.default(0),
  errors: count,
  responseTime: object({
    p50: known,
    p99: known,
    max: known,
    hdr: nothing(encoded),
  }),
  sendLag: object({ p99: known, max: known }).default({ p99: null, max: null }),
});

const restartFlows = {
  old: count,
  kept: count,
  reset: count,
  opened: count,
  failed: count,
  lost: known,
  longestGapMs: known,
};

const exit = object({ code: number.nullable(), signal: text.nullable() }).nullable();

const workload = object({
  protocol: text,
  pattern: text,
  sources: object({
    ranges: array(text),
    addressesUsed: count,
    displayFilter: text,
    captureFilter: text.default(""),
  }),
  connections: object({
    planned: count,
    opened: count,
    failed: count,
    peak: count,
    closedByTarget: count,
    refused: count.default(0),
    rotated: count.default(0),
    opensPerSecond: known,
  }),
  exchanges: object({
    countedBy: z.enum(["client", "server"]).default("client"),
    offered: count,
    sent: count,
    received: count,
    lost: nothing(count),
    timedOut: count,
    late: count,
    duplicated: count,
    reordered: count,
    corrupted: count,
    truncated: count.default(0),
    wrongSource: count,
    aborted: count,
    unsent: count.default(0),
  }),
  rate: object({
    offeredPerSecond: known,
    achievedPerSecond: known,
    receivedPerSecond: nothing(count),
  }),
  bytes: object({ sent: count, received: count }),
  errors: array(object({ code: text, side: text, phase: text, count })),
  fragmentation: object({ datagrams: count, fragments: count }).default({
    datagrams: 0,
    fragments: 0,
  }),
  wrongSources: array(object({ destination: text, from: text, count })).default([]),
  clients: object({
    slowest: array(object({ ...client, worstResponseTime: count })),
    failing: array(object({ ...client, failures: count, code: text })),
  }).default({ slowest: [], failing: [] }),
  notes: array(text).default([]),
  responseTime: histogram,
  serviceTime: histogram,
  connectTime: histogram,
  sendLag: histogram,
  receivers: nothing(
    array(
      object({
        receiver: count,
        process: count,
        rejoins: z.boolean(),
        memberships: count,
        received: count,
        lost: known,
        duplicated: count,
        reordered: count,
        foreign: count,
        deliveryLatency: histogram,
      }),
    ),
  ),
  deliveryLatency: nothing(histogram),
  deliverySpread: nothing(histogram),
  contrast: nothing(object({ address: text, receiversReached: count, verdict: text })),
  outsideSteady: object({
    responseTime: histogram,
    serviceTime: histogram,
    sendLag: histogram,
  }),
  phases: z.record(text, z.record(text, count)),
  steady: object({ fromMs: number, toMs: number }).nullable(),
  restarts: array(object(restartFlows)).default([]),
  timeline: array(timelineEntry),
});

const steadyCpu = object({
  cpuSeconds: count,
  busiestThreadSeconds: known,
  busiestThreadWaitedSeconds: nothing(count),
  overSeconds: count,
});

const server = object({
  kind: z.enum(["builtin", "command", "external"]),
  cpuSeconds: known,
  steadyCpu: nothing(steadyCpu),
  rssBytesPeak: known,
  openFilesPeak: known,
  memoryBytesPerConnection: nothing(number),
  counts: nothing(
    object({
      accepted: count,
      received: count,
      replied: count,
      bytesReceived: count,
      bytesSent: count,
      udp: nothing(z.record(text, number)),
    }),
  ),
  exit: nothing(exit),
  restarts: array(
    object({
      ...restartFlows,
      order: text,
      atMs,
      readyMs: known,
      oldInstance: text,
      drainMs: known,
      exit,
      misrouted: known,
    }),
  ).default([]),
  timeline: array(object({ atMs, cpuSeconds: known, rssBytes: known, openFiles: known })).default(
    [],
  ),
});

const finding = object({
  code: text,
  about: text,
  severity: z.enum(["severe", "warning", "info"]),
  text,
  todo: text,
  evidence: z.record(text, z.union([number, text, z.null()])),
});

const machine = object({
  cpus: count,
  overSeconds: count,
  idleSeconds: known,
  stealSeconds: known,
  othersSeconds: known,
  busiestOthers: array(object({ name: text, pid: count, cpuSeconds: count })).default([]),
  throttledPeriods: known,
  throttledSeconds: known,
  loadBefore: known,
});

const generator = object({
  cpu: nothing(
    object({
      userSeconds: count,
      systemSeconds: count,
      waitedSeconds: nothing(count),
      overSeconds: count,
    }),
  ),
  workers: nothing(
    array(
      object({
        worker: count,
        busyRatio: count,
        waitedRatio: known,
        gcPauses: count,
        gcSeconds: count,
        gcLongestSeconds: count,
      }),
    ),
  ),
});

/** @see result.ts for what each means */
export const resultSchema = object({
  schemaVersion: number,
  tool: object({ name: text, version: text }),
  scenario: object({
    name: text,
    file: text,
    sha256: text,
    resolved: object({}),
  }),
  host: object({
    os: text,
    kernel: text,
    arch: text,
    cpuModel: text,
    cpus: count,
    memoryBytes: count,
    node: text,
    openFiles: known,
    portRange: z.tuple([count, count]),
  }),
  run: object({
    id: text,
    startedAt: text.refine((time) => !Number.isNaN(Date.parse(time)), "not a time"),
    durationMs: count,
    io: text,
    ioObstacle: nothing(text),
    agents: count,
    workers: count,
    harnessLatency: nothing(object({ p50: count, p99: count })),
    generator: generator.default({ cpu: null, workers: null }),
    machine: nothing(machine),
    kernel: nothing(z.record(text, number)),
    outcome: z.enum(["pass", "fail", "invalid", "interrupted"]),
    invalidBy: nothing(text),
    reasons: array(text),
    findings: array(finding).default([]),
  }),
  workloads: z.record(text, workload),
  servers: z.record(text, server),
  capture: nothing(
    object({
      program: text,
      interface: text,
      filter: text,
      file: text,
      packets: known,
      dropped: known,
      complete: z.boolean(),
      clients: array(object({ workload: text, source: text })).nullable(),
      packetsKept: known,
    }),
  ),
  gates: array(
    object({
      expression: text,
      actual: number.nullable(),
      limit: number.nullable(),
      unit: text,
      verdict: text,
      line: count,
    }),
  ),
  baseline: array(text).default([]),
  warnings: array(text).default([]),
});
