/**
 * A run's result as it is written to `results/<name>-<UTC time>.json`: the contract with CI jobs and
 * with `slash8 report` and `compare`. Fields may be added; those here keep name and meaning.
 *
 * The unit is the last word of a name; null is "no data" everywhere.
 */
import type { Protocol } from "../address/protocol.ts";
import type { IoKind } from "../base/io-kind.ts";
import type { GateResult } from "../gates/evaluate.ts";
import type { PauseCause } from "../metrics/disturbance/disturbance.ts";
import type { Histogram } from "../metrics/histogram.ts";
import type { ErrorCount, PhaseName } from "../metrics/snapshot.ts";
import type { PatternName } from "../scenario/patterns.ts";
import type { Scenario } from "../scenario/scenario.ts";
import type { AnatomyResult, ExchangeResult } from "./anatomy-result.ts";
import type { CommandResult } from "./command-result.ts";
import type { Finding } from "./findings/finding.ts";
import type { ClientHostResult, HostResult } from "./host-result.ts";
import type { ContrastResult, ReceiverResult, SubscriptionResult } from "./receiver-result.ts";
import type { CaptureResult, RestartFlows, ServerResult } from "./server-result.ts";
import type { TcpConnectionResult, TcpResult } from "./tcp-result.ts";
import type { GeneratorCpu, GeneratorUse, MachineUse, WorkerUse } from "./usage-result.ts";

export type {
  ClientHostResult,
  GeneratorCpu,
  GeneratorUse,
  HostResult,
  MachineUse,
  TcpConnectionResult,
  TcpResult,
  WorkerUse,
};

export const schemaVersion = 2;

export interface RunResult extends ResultBody {
  readonly scenario: ScenarioOfResult & { readonly resolved: Scenario };
}

/** Which scenario was run. */
export interface ScenarioOfResult {
  readonly name: string;
  readonly file: string;
  /** Of the scenario's text. */
  readonly sha256: string;
}

/** A result but for its scenario, of which programs do not see how it was resolved. */
export interface ResultBody {
  readonly schemaVersion: typeof schemaVersion;
  readonly tool: Tool;
  /** The coordinator's, which has the servers of the scenario as well. */
  readonly host: HostResult;
  /** By name, where the clients were; empty: on the coordinator's machine. */
  readonly hosts: Readonly<Record<string, ClientHostResult>>;
  readonly run: RunInfo;
  /** By name, in the scenario's order. */
  readonly workloads: Readonly<Record<string, WorkloadResult>>;
  readonly servers: Readonly<Record<string, ServerResult>>;
  /** Null where the scenario has no capture. */
  readonly capture: CaptureResult | null;
  readonly gates: readonly GateOutcome[];
  /** Commands that were run when a gate broke in a window (`at`), in that order. */
  readonly commands: readonly CommandResult[];
  /** Files of the results that `baseline` in gates stood for; empty: there was none. */
  readonly baseline: readonly string[];
  readonly warnings: readonly string[];
}

export interface Tool {
  readonly name: string;
  readonly version: string;
}

export type Outcome = "pass" | "fail" | "invalid" | "interrupted";

/**
 * Who is to blame for a run without a verdict: the load generator, which did not send what it was to or paused; the
 * machine, which kept clients or servers from running; a gate without data; the target, which kept every connection
 * waiting. Of several the first in the order of outcome.ts.
 */
export type InvalidBy = "generator" | "machine" | "data" | "target";

export interface RunInfo {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly io: IoKind;
  /** Why `--io auto` did not use uring, for people; null where it did or was not requested. */
  readonly ioObstacle: string | null;
  readonly agents: number;
  readonly workers: number;
  /**
   * The latency of the harness itself, ns: a null exchange on one connection at the start. A server's
   * own time is the response time less this.
   */
  readonly harnessLatency: HarnessLatency | null;
  readonly generator: GeneratorUse;
  /**
   * Spans in which a worker of the load generator, or a thread of receivers, did not turn, in the order of time; of more than 1,000 the longest.
   * Results of versions before have none, nor `pausesTotal`.
   */
  readonly pauses: readonly PauseResult[];
  /** All of them, and their time, summed over workers and receivers. */
  readonly pausesTotal: { readonly count: number; readonly durationMs: number };
  /** The whole machine in steady state; null when it was not reached, or not known (not Linux). */
  readonly machine: MachineUse | null;
  /** Null where the kernel does not report it, and where the run did not start. */
  readonly kernel: KernelCounters | null;
  /** The thread that slash8's coordinator shares with servers of a test; null: it shares it with none, or steady state was not reached. */
  readonly sharedEventLoop: SharedEventLoop | null;
  readonly outcome: Outcome;
  /** Who made it invalid; null unless it is. Missing in results of earlier versions. */
  readonly invalidBy: InvalidBy | null;
  /** The gate with `abort` that ended the run early, and when; null: none did. Missing in results of earlier versions. */
  readonly abortedBy: {
    readonly gate: string;
    /** In the scenario's file, from 1; 0: the scenario is a module. */
    readonly line: number;
    /** Since the run's start. */
    readonly atMs: number;
  } | null;
  /** Why it is that outcome, for people; empty for a pass. */
  readonly reasons: readonly string[];
  /**
   * Who was the limit and what disturbed the run, the most severe first; see docs/validity.md. Missing in
   * results of earlier versions.
   */
  readonly findings: readonly Finding[];
  /** Where the output of servers and agents was kept, on this machine; null: there was none, or the run passed. */
  readonly logFolder: string | null;
}

/** A worker, or a thread of receivers, that turned 10 ms later than it was to, or whose turn took so long. */
export interface PauseResult {
  /** Null where it is a thread of receivers. */
  readonly worker: number | null;
  /** Of which broadcast, its process among those and its place in it, from 0; null where it is a worker. */
  readonly receivers: {
    readonly workload: string;
    readonly process: number;
    readonly thread: number;
  } | null;
  /** Since the run's start. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly cause: PauseCause;
}

/** What the kernel counted in a run, IPv4 and IPv6 together: of the whole machine, not of this run alone. */
export interface KernelCounters {
  readonly fragmentsCreated: number;
  readonly fragmentationFailed: number;
  readonly reassembled: number;
  readonly reassemblyFailed: number;
  /** Datagrams dropped as the receiving socket's buffer was full. */
  readonly receiveBufferFull: number;
}

/** An event loop in which both slash8's coordinator and servers run, in steady state: a test's own. */
export interface SharedEventLoop {
  /** Names; of a target that is not one of the scenario's servers, its place. */
  readonly servers: readonly string[];
  readonly overSeconds: number;
  /** Of the time: it did not wait for events. */
  readonly busyRatio: number;
  /** Of the time: slash8 handled reports of its processes. What Node takes to receive and decode them is not in it. */
  readonly coordinatorRatio: number;
  /** How late timers were. */
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

export interface HarnessLatency {
  readonly p50: number;
  readonly p99: number;
}

export interface SlowResult {
  /** What a connection read and sent in a second at most; null: it was not slow in that. */
  readonly readBytesPerSecond: number | null;
  readonly writeBytesPerSecond: number | null;
  /** How long it neither sent nor read in the middle of each message; null: it did not stall. */
  readonly stallMs: number | null;
}

/** What came instead of what was awaited. */
export interface ReceivedExample {
  /** As in `errors`: "OPEN_2_UNEXPECTED". */
  readonly code: string;
  /** Number of the client, and its source, as in `clients`. */
  readonly client: number;
  readonly source: string;
  /**
   * Its first bytes, others than printable ASCII escaped: 64 of what came in a step of `open`, 128 of another reply,
   * none of one that came in pieces; and how many there were.
   */
  readonly received: string;
  readonly receivedBytes: number;
}

export interface WorkloadResult {
  readonly protocol: Protocol;
  readonly pattern: PatternName;
  /** In what its clients were slow on purpose; null: in nothing, and in results of earlier versions. */
  readonly slow: SlowResult | null;
  readonly sources: {
    /** Inclusive, "127.32.0.1-127.32.0.254", or one address. */
    readonly ranges: readonly string[];
    readonly addressesUsed: number;
    /** Whether no other run on this machine got these addresses while this one lasted. */
    readonly leased: boolean;
    /** Wireshark display filter, and capture filter (pcap), for this workload's clients. */
    readonly displayFilter: string;
    readonly captureFilter: string;
  };
  /** Of the whole run. */
  readonly connections: {
    readonly planned: number;
    readonly opened: number;
    /** Attempts that failed, with `openFailed`. */
    readonly failed: number;
    /** Established, but then one of the steps of `open` failed. */
    readonly openFailed: number;
    /** Of these, by step, those that failed: steps count from 1; null: the step has no name. */
    readonly openFailedBy: readonly {
      readonly step: number;
      readonly name: string | null;
      readonly count: number;
    }[];
    /** The first of them, at most 4. */
    readonly openFailedExamples: readonly (ReceivedExample & {
      readonly step: number;
      readonly name: string | null;
      /** What the protocol waited for, "CONNACK"; null: it does not say, and in results of earlier versions. */
      readonly awaited: string | null;
    })[];
    /** Most open at once. */
    readonly peak: number;
    readonly closedByTarget: number;
    /** Open when steady state ended, before slash8 closed them; missing in results of versions before. */
    readonly openAtEnd?: number;
    /** UDP: flows refused as nothing listens (ECONNREFUSED), each counted once. */
    readonly refused: number;
    /** UDP, rotating: fresh source ports taken. */
    readonly rotated: number;
    /** TLS: of `opened`, those that resumed a session. */
    readonly tlsResumed: number;
    /** Source ports that were passed over, as another program had taken them after the plan was made. */
    readonly portsTaken: number;
    /** Closed and opened again from another port, by cause: nobody knew which reply came next, or the target had ended it. */
    readonly reopened: {
      readonly timeout: number;
      readonly malformed: number;
      readonly unsolicited: number;
      readonly unexpected: number;
      readonly closedByTarget: number;
    };
    /** churn, session: in steady state; else: while connecting. */
    readonly opensPerSecond: number | null;
  };
  /**
   * Of steady state, by intended send time. With `countedBy` "server", a one-way stream, of the
   * whole run: what the server received cannot be told apart by phase. For a broadcast the
   * receivers count: received, lost and so on are sums over all of them. Of subscribers `received` are
   * deliveries of messages that were due in their publisher's steady state; `lost` is of the whole run.
   */
  readonly exchanges: {
    readonly countedBy: "client" | "server";
    readonly offered: number;
    readonly sent: number;
    readonly received: number;
    /** Of `received`, by HTTP status ("200"); null where replies have none. */
    readonly status: Readonly<Record<string, number>> | null;
    /** One-way, and of subscribers: what never arrived; null where clients wait for replies. */
    readonly lost: number | null;
    readonly timedOut: number;
    readonly late: number;
    readonly duplicated: number;
    readonly reordered: number;
    readonly corrupted: number;
    /** Of `corrupted`: cut short, where `expect: echo` requires all of the message. */
    readonly truncated: number;
    readonly wrongSource: number;
    /** Neither answered nor timed out: their connection failed, or their reply was malformed; `errors` has the codes. */
    readonly failed: number;
    /** What came that nobody had requested, in every phase: before the first request, or left over after a reply. */
    readonly unsolicited: number;
    readonly unsent: number;
  };
  /** Messages of the target that are no replies, answers to them, and what kept connections alive, in every phase. */
  readonly asides: {
    readonly pushed: number;
    readonly ignored: number;
    readonly answersSent: number;
    readonly keepAlivesSent: number;
  };
  /**
   * Of steady state. Achieved is what was sent: whether the generator kept up. Received is what arrived in steady
   * state; one-way what the server counted, of a broadcast all its receivers; null where nobody did.
   */
  readonly rate: {
    readonly offeredPerSecond: number | null;
    readonly achievedPerSecond: number | null;
    readonly receivedPerSecond: number | null;
  };
  /** As `exchanges`. */
  readonly bytes: { readonly sent: number; readonly received: number };
  /** Of every phase, most frequent first. */
  readonly errors: readonly ErrorCount[];
  /**
   * UDP: datagrams sent, in the whole run, that are longer than the interface's MTU, and the number of
   * their fragments; computed from their lengths. 0 where the MTU is not known.
   */
  readonly fragmentation: { readonly datagrams: number; readonly fragments: number };
  /**
   * Replies that are errors or came too late (the code is that of the time-out), and messages that nobody had requested: the
   * first of each code, of the whole run, at most 4 codes.
   */
  readonly wrongReplies: readonly ReceivedExample[];
  /** UDP, unconnected: which address answered for which, in the whole run, most frequent first; 64 pairs at most. */
  readonly wrongSources: readonly {
    /** "127.0.0.77:7000" */
    readonly destination: string;
    readonly from: string;
    readonly count: number;
  }[];
  /**
   * Clients that stood out, at most 32 of each, the worst first: those with the longest response times
   * of steady state, and those with errors in any phase (where more fail at once, some of them).
   */
  readonly clients: {
    readonly slowest: readonly (ClientResult & {
      readonly worstResponseTime: number;
      /** The exchange that took so long; null in results of versions before. */
      readonly exchange: ExchangeResult | null;
      /** Its connection, as the kernel saw it last (`telemetry: tcp`); null: nobody looked, or not at this one. */
      readonly tcp: TcpConnectionResult | null;
    })[];
    readonly failing: readonly (ClientResult & {
      readonly failures: number;
      /** Of its first error. */
      readonly code: string;
    })[];
  };
  /** What the figures mean and what to do, for people. */
  readonly notes: readonly string[];
  /** Of steady state; connectTime, tlsTime (the TLS handshake) and openTime of the whole run. */
  readonly responseTime: Histogram;
  /** What exchanges near its percentiles consist of. */
  readonly anatomy: readonly AnatomyResult[];
  readonly serviceTime: Histogram;
  /** From when the kernel was given a message to when it had received the reply; without samples unless asked for. */
  readonly wireTime: Histogram;
  readonly connectTime: Histogram;
  readonly tlsTime: Histogram;
  /** From the attempt to connect to the last of the steps of `open`; without samples where there are none. */
  readonly openTime: Histogram;
  /** session: from its intended time to its last reply, of those that had all of their exchanges. */
  readonly sessionTime: Histogram;
  readonly sendLag: Histogram;
  /** The part of the send lag spent waiting for a free connection, and the rest of it, which is slash8's own. */
  readonly connectionWait: Histogram;
  readonly generatorLag: Histogram;
  /**
   * Of `responseTime`, what no pause of the load generator and no busy machine disturbed; `count` and which ratio of all
   * that is. Rates are over the time that nothing disturbed; null: there was none. Results of versions before have none.
   */
  readonly undisturbed: UndisturbedResult;
  /** By name, in the scenario's order, the parts that its exchanges are of; missing where it has none. */
  readonly parts?: Readonly<Record<string, PartResult>>;
  /** broadcast: who heard it, by number; null for other patterns. */
  readonly receivers: readonly ReceiverResult[] | null;
  /** broadcast and subscribe, of steady state: from the intended send time to each receiver. */
  readonly deliveryLatency: Histogram | null;
  /** broadcast, of steady state: between a datagram's first receiver and its last. */
  readonly deliverySpread: Histogram | null;
  /** subscribe, of messages due in their publisher's steady state: from the actual send time to each subscriber. */
  readonly transitTime: Histogram | null;
  /**
   * Of `deliveryLatency` and `transitTime`, where publishers and subscribers are on several hosts: by how much the clocks of
   * two of them may differ from what is known of them. One whose median is less has no samples, as it would show the
   * clocks. Null where one clock is at both ends, and where there are neither.
   */
  readonly clockErrorNs: number | null;
  /** subscribe, over the whole run: what was due and what came; null for other patterns, and during the run. */
  readonly subscription: SubscriptionResult | null;
  /** broadcast with contrast: whether one receiver got all, as it must. */
  readonly contrast: ContrastResult | null;
  /** With `telemetry: tcp`: what the clients' kernel knows of its connections; null: nobody asked. */
  readonly tcp: TcpResult | null;
  /** Warm-up, drain and what is sent while connecting. */
  readonly outsideSteady: {
    readonly responseTime: Histogram;
    readonly serviceTime: Histogram;
    readonly sendLag: Histogram;
  };
  /** Every counter that is not 0, by phase. */
  readonly phases: Readonly<Record<PhaseName, Readonly<Record<string, number>>>>;
  /** Steady state, ms since the run's start; null when it was not reached. */
  readonly steady: { readonly fromMs: number; readonly toMs: number } | null;
  /** What its flows met at each restart of its server, in their order. */
  readonly restarts: readonly RestartFlows[];
  /**
   * By the second, all phases. Seconds are aligned with the beginning of steady state, so the first one is shorter
   * where the run began within it.
   */
  readonly timeline: readonly TimelineEntry[];
}

/**
 * A part of a workload: a message of several, with the exchanges that were of it. What is there means what it means of
 * the workload; connections, and what came that nobody had requested, are the workload's alone.
 */
export interface PartResult {
  /** As the workload's; what a server counted is not known by part. */
  readonly exchanges: Pick<
    WorkloadResult["exchanges"],
    | "sent"
    | "status"
    | "timedOut"
    | "late"
    | "duplicated"
    | "reordered"
    | "corrupted"
    | "truncated"
    | "failed"
  > & { readonly received: number | null };
  readonly rate: Pick<WorkloadResult["rate"], "achievedPerSecond" | "receivedPerSecond">;
  readonly bytes: { readonly sent: number; readonly received: number | null };
  /** Those of its exchanges. */
  readonly errors: readonly ErrorCount[];
  readonly responseTime: Histogram;
  readonly serviceTime: Histogram;
  readonly wireTime: Histogram;
  readonly sendLag: Histogram;
  readonly connectionWait: Histogram;
  readonly generatorLag: Histogram;
  readonly undisturbed: UndisturbedResult;
  /** Without `offered`, `open` and `opened`. */
  readonly timeline: readonly Omit<TimelineEntry, "offered" | "open" | "opened">[];
}

export interface UndisturbedResult {
  readonly count: number;
  /** 1 where there is nothing to disturb. */
  readonly ratio: number;
  readonly responseTime: Histogram;
  readonly receivedPerSecond: number | null;
}

/** One client: a 4-tuple of its workload. */
export interface ClientResult {
  /** Number of the connection; for churn, which uses more of them, that of the 4-tuple. */
  readonly client: number;
  /** "127.32.0.7:1024"; for rotating sockets, which change their ports, only the address. */
  readonly source: string;
  readonly destination: string;
  readonly displayFilter: string;
  readonly captureFilter: string;
}

/**
 * Exchanges, their times and their errors count in the second that they were due in, whenever they were sent and
 * answered; what was received and opened counts when that happened.
 */
export interface TimelineEntry {
  /** Since the run's start. */
  readonly atMs: number;
  /**
   * How many seconds it stands for: 1, and more in the middle of a run of over 20 minutes (10, 60 or 300). Counts are of
   * all of them, percentiles over all of their exchanges.
   */
  readonly seconds: number;
  /** What was due. */
  readonly offered: number;
  readonly sent: number;
  readonly received: number;
  /** Connections: open at its end, and opened in it. */
  readonly open: number;
  readonly opened: number;
  readonly errors: number;
  /** ns; null without samples. */
  readonly responseTime: {
    readonly p50: number | null;
    readonly p99: number | null;
    readonly max: number | null;
    /** HdrHistogram V2 compressed base64, as in Histogram. */
    readonly hdr: string | null;
  };
  readonly sendLag: { readonly p99: number | null; readonly max: number | null };
}

export interface GateOutcome extends GateResult {
  /** In the scenario's file, from 1. */
  readonly line: number;
}
