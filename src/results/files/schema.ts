/**
 * The shape of a result that is read: what has no figure of its own in results of earlier versions gets the value
 * that says so, and a file that another program wrote, or changed, is refused at its place. More fields than these
 * are kept as they are.
 */
import { z } from "zod";
import { histogramOf } from "../../metrics/histogram.ts";
import { noCounts } from "../../metrics/sparse-counts.ts";
import { type RunResult, schemaVersion } from "../result.ts";
import { clientHost, generator, hostFacts } from "./host-schema.ts";
import { tcp, tcpConnection } from "./tcp-schema.ts";
import {
  array,
  atMs,
  count,
  encoded,
  histogram,
  isCounts,
  isMap,
  known,
  mapOf,
  nothing,
  notMeasured,
  number,
  object,
  text,
  word,
} from "./values.ts";

type Workload = RunResult["workloads"][string];
type Finding = RunResult["run"]["findings"][number];

/** The parts of a response time. */
const exchangeParts = {
  sendLagNs: z.number(),
  queuedNs: z.number().nullable(),
  wireTimeNs: z.number().nullable(),
  wakeUpNs: z.number().nullable(),
};

const client = {
  client: count,
  source: text,
  destination: text,
  displayFilter: text,
  captureFilter: text,
};

/** Two ends. */
const interval = z.tuple([number, number]);
const step = { step: count, name: nothing(text) };

/** Of an entry of a timeline; versions before had one for each second. */
const seconds = z.number().int().min(1).default(1);

const timelineEntry = object({
  atMs,
  seconds,
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
}).meta({ id: "TimelineEntry" });

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

const errors = array(
  object({
    code: text,
    side: word<Workload["errors"][number]["side"]>(),
    phase: word<Workload["errors"][number]["phase"]>(),
    count,
  }),
);

const undisturbed = object({
  count,
  ratio: number,
  responseTime: histogram,
  receivedPerSecond: number.nullable(),
}).meta({ id: "Undisturbed" });

const part = object({
  exchanges: object({
    sent: count,
    received: known,
    status: nothing(z.record(text, count)),
    timedOut: count,
    late: count,
    duplicated: count,
    reordered: count,
    corrupted: count,
    truncated: count,
    failed: count,
  }),
  rate: object({ achievedPerSecond: known, receivedPerSecond: known }),
  bytes: object({ sent: count, received: known }),
  errors,
  responseTime: histogram,
  serviceTime: histogram,
  wireTime: notMeasured,
  sendLag: histogram,
  connectionWait: histogram,
  generatorLag: histogram,
  undisturbed,
  timeline: array(timelineEntry.omit({ offered: true, open: true, opened: true })),
}).meta({ id: "Part" });

const workload = object({
  protocol: word<Workload["protocol"]>(),
  pattern: word<Workload["pattern"]>(),
  slow: nothing(
    object({
      readBytesPerSecond: known,
      writeBytesPerSecond: known,
      stallMs: known,
    }),
  ),
  sources: object({
    ranges: array(text),
    addressesUsed: count,
    leased: z.boolean().default(false),
    displayFilter: text,
    captureFilter: text.default(""),
  }),
  connections: object({
    planned: count,
    opened: count,
    failed: count,
    openFailed: count.default(0),
    openFailedBy: array(object({ ...step, count })).default([]),
    openFailedExamples: array(
      object({
        ...step,
        code: text,
        awaited: nothing(text),
        client: count,
        source: text,
        received: text,
        receivedBytes: count,
      }),
    ).default([]),
    peak: count,
    closedByTarget: count,
    refused: count.default(0),
    rotated: count.default(0),
    tlsResumed: count.default(0),
    portsTaken: count.default(0),
    reopened: object({
      timeout: count,
      malformed: count,
      unsolicited: count,
      unexpected: count.default(0),
      closedByTarget: count,
    }).default({ timeout: 0, malformed: 0, unsolicited: 0, unexpected: 0, closedByTarget: 0 }),
    opensPerSecond: known,
  }),
  exchanges: object({
    countedBy: z.enum(["client", "server"]).default("client"),
    offered: count,
    sent: count,
    received: count,
    status: nothing(z.record(text, count)),
    lost: nothing(count),
    timedOut: count,
    late: count,
    duplicated: count,
    reordered: count,
    corrupted: count,
    truncated: count.default(0),
    wrongSource: count,
    failed: count,
    unsolicited: count.default(0),
    unsent: count.default(0),
  }),
  asides: object({
    pushed: count,
    ignored: count,
    answersSent: count,
    keepAlivesSent: count.default(0),
  }).default({ pushed: 0, ignored: 0, answersSent: 0, keepAlivesSent: 0 }),
  rate: object({
    offeredPerSecond: known,
    achievedPerSecond: known,
    receivedPerSecond: nothing(count),
  }),
  bytes: object({ sent: count, received: count }),
  errors,
  wrongReplies: array(
    object({ code: text, client: count, source: text, received: text, receivedBytes: count }),
  ).default([]),
  fragmentation: object({ datagrams: count, fragments: count }).default({
    datagrams: 0,
    fragments: 0,
  }),
  wrongSources: array(object({ destination: text, from: text, count })).default([]),
  clients: object({
    slowest: array(
      object({
        ...client,
        worstResponseTime: count,
        exchange: nothing(object({ atMs: z.number(), ...exchangeParts, handOutNs: count })),
        tcp: nothing(tcpConnection),
      }),
    ),
    failing: array(object({ ...client, failures: count, code: text })),
  }).default({ slowest: [], failing: [] }),
  notes: array(text).default([]),
  responseTime: histogram,
  anatomy: array(
    object({ percentile: count, responseTime: count, exchanges: count, ...exchangeParts }),
  ).default([]),
  serviceTime: histogram,
  wireTime: notMeasured,
  connectTime: histogram,
  openTime: notMeasured,
  sessionTime: notMeasured,
  tlsTime: notMeasured,
  sendLag: histogram,
  connectionWait: notMeasured,
  generatorLag: notMeasured,
  undisturbed: undisturbed.default(() => ({
    count: 0,
    ratio: 1,
    responseTime: { ...histogramOf(noCounts) },
    receivedPerSecond: null,
  })),
  parts: z.record(text, part).exactOptional(),
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
  clockErrorNs: known.default(null),
  transitTime: nothing(histogram),
  subscription: nothing(
    object({
      publishers: array(text),
      published: count,
      due: count,
      received: count,
      subscribers: count,
      throughout: count,
      complete: count,
      foreign: count,
      incomplete: array(
        object({
          subscriber: count,
          source: text,
          due: count,
          received: count,
          lost: count,
          duplicated: count,
          reordered: count,
        }),
      ),
    }),
  ),
  contrast: nothing(
    object({ address: text, receiversReached: count, verdict: word<"pass" | "fail">() }),
  ),
  tcp: nothing(tcp),
  outsideSteady: object({
    responseTime: histogram,
    serviceTime: histogram,
    sendLag: histogram,
  }),
  phases: z
    .custom<Workload["phases"]>(isCounts, "expected counts by phase")
    .meta(mapOf(mapOf({ type: "number" }))),
  steady: object({ fromMs: number, toMs: number }).nullable(),
  restarts: array(object(restartFlows)).default([]),
  timeline: array(timelineEntry),
}).meta({ id: "Workload" });

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
  slope: nothing(
    object({
      rssBytesPerSecond: number.nullable(),
      rssBytesInterval: nothing(interval),
      openFilesPerSecond: number.nullable(),
      openFilesInterval: nothing(interval),
    }),
  ),
  memoryBytesPerConnection: nothing(number),
  counts: nothing(
    object({
      accepted: count,
      received: count,
      replied: count,
      bytesReceived: count,
      bytesSent: count,
      udp: nothing(
        object({
          handedOver: count,
          handedBack: count,
          withoutSocket: count,
          refused: count,
          remote: count,
          own: count,
        }),
      ),
    }),
  ),
  exit: nothing(exit),
  restarts: array(
    object({
      ...restartFlows,
      order: word<"startFirst" | "stopFirst">(),
      atMs,
      readyMs: known,
      oldInstance: word<"ended" | "killed" | "running">(),
      drainMs: known,
      exit,
      misrouted: known,
    }),
  ).default([]),
  timeline: array(
    object({ atMs, seconds, cpuSeconds: known, rssBytes: known, openFiles: known }),
  ).default([]),
}).meta({ id: "Server" });

const finding = object({
  code: word<Finding["code"]>(),
  about: word<Finding["about"]>(),
  subject: nothing(text),
  host: text.exactOptional(),
  severity: z.enum(["severe", "warning", "info"]),
  text,
  todo: text,
  evidence: z.record(text, number),
}).meta({ id: "Finding" });

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

/** @see result.ts for what each means; the types make sure that none of its fields is missing here */
export const resultSchema = object({
  schemaVersion: z.literal(schemaVersion),
  tool: object({ name: text, version: text }),
  scenario: object({
    name: text,
    file: text,
    sha256: text,
    resolved: z
      .custom<RunResult["scenario"]["resolved"]>(isMap, "expected a map")
      .meta({ type: "object" }),
  }),
  host: hostFacts,
  hosts: z.record(text, clientHost).default({}),
  run: object({
    id: text,
    startedAt: text.refine((time) => !Number.isNaN(Date.parse(time)), "not a time"),
    durationMs: count,
    io: word<RunResult["run"]["io"]>(),
    ioObstacle: nothing(text),
    agents: count,
    workers: count,
    harnessLatency: nothing(object({ p50: count, p99: count })),
    generator: generator.default({ cpu: null, workers: null }),
    pauses: array(
      object({
        worker: nothing(count),
        receivers: nothing(object({ workload: text, process: count, thread: count })),
        atMs,
        durationMs: number,
        cause: word<RunResult["run"]["pauses"][number]["cause"]>(),
      }),
    ).default([]),
    pausesTotal: object({ count, durationMs: number }).default({ count: 0, durationMs: 0 }),
    machine: nothing(machine),
    kernel: nothing(
      object({
        fragmentsCreated: count,
        fragmentationFailed: count,
        reassembled: count,
        reassemblyFailed: count,
        receiveBufferFull: count,
      }),
    ),
    sharedEventLoop: nothing(
      object({
        servers: array(text),
        overSeconds: count,
        busyRatio: count,
        coordinatorRatio: count,
        delayP99Ms: count,
        delayMaxMs: count,
      }),
    ),
    outcome: z.enum(["pass", "fail", "invalid", "interrupted"]),
    invalidBy: nothing(word<NonNullable<RunResult["run"]["invalidBy"]>>()),
    abortedBy: nothing(object({ gate: text, line: count, atMs })),
    reasons: array(text),
    findings: array(finding).default([]),
    logFolder: nothing(text),
  }),
  workloads: z.record(text, workload),
  servers: z.record(text, server),
  capture: nothing(
    object({
      program: word<"dumpcap" | "tcpdump">(),
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
      unit: word<RunResult["gates"][number]["unit"]>(),
      verdict: word<RunResult["gates"][number]["verdict"]>(),
      undisturbed: nothing(object({ actual: number.nullable(), ratio: count })),
      line: count,
    }),
  ),
  commands: array(
    object({
      gate: text,
      line: count,
      actual: number,
      run: text,
      atMs,
      durationMs: known,
      exit,
      endedBy: word<NonNullable<RunResult["commands"][number]["endedBy"]>>().nullable(),
      file: text,
      outputBytes: count,
    }),
  ).default([]),
  baseline: array(text).default([]),
  warnings: array(text).default([]),
});
