/**
 * A scenario as the rest of the program reads it: every default applied, every unit converted (the
 * unit is the last word of the name), every file read. Plain data: it is frozen, sent between
 * processes and part of the result as `scenario.resolved`. The input's shape is schema.ts.
 */
import type { Endpoint } from "../address/flow.ts";
import type { Protocol } from "../address/protocol.ts";
import type { IoChoice } from "../base/io-kind.ts";
import type { FramingSpec } from "../framing/framers/specs.ts";
import type { ExpectSpec, ReplySpec } from "../framing/reply-check.ts";
import type { DataSpec } from "../messages/data/data-set.ts";
import type { IdSpec } from "../messages/ids.ts";
import type { MessageSpec, OneMessageSpec } from "../messages/spec.ts";
import type { ProtocolSpec } from "../protocols/spec.ts";
import type { RestartTimes } from "../schedule/restart-times.ts";
import type { Stage } from "../schedule/stages.ts";
import type { PatternName } from "./patterns.ts";

export type BuiltinName = "tcp-echo" | "tcp-sink" | "tcp-http" | "udp-echo" | "udp-sink";

/** A position in the scenario's file, 1-based; for later messages. */
export interface Position {
  /** The file's path, as it was given. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Of a scenario that came as an object, in place of a line, which is 0: "workloads.chat.rate". */
  readonly path?: string;
}

/**
 * How a built-in UDP server's sockets are created: one bound to one address, one for each listen address,
 * one bound to any address (whose replies leave from an address that the kernel chooses, or from the one that
 * the request went to), a connected one for each peer, or several on one address that the kernel spreads flows over.
 */
export type UdpMode =
  | "specific"
  | "per-address"
  | "wildcard"
  | "wildcard-pktinfo"
  | "established"
  | "reuseport";

export interface UdpOptions {
  readonly mode: UdpMode;
  /** After this long without a datagram a peer is unknown again, and its socket (established) is closed. */
  readonly idleTimeoutNs: number;
  /** Unknown peers served per second; null: all. */
  readonly newPeersPerSecond: number | null;
  /** Whether peers that do not have a loopback address get replies. */
  readonly remote: boolean;
}

/** Faults that a built-in server can show, to test clients, gates and slash8 itself with. */
export interface BuiltinOptions {
  /** Wait before each reply. 0: at once. */
  readonly delayNs: number;
  /** Ratio of requests that get no reply (UDP: are not counted by a sink), 0 to 1. */
  readonly loss: number;
  /** Every `everyNs` the server does nothing for `forNs`; null: never. The first pause begins after `everyNs - forNs`. */
  readonly pause: { readonly everyNs: number; readonly forNs: number } | null;
  /** TCP: the server ends a connection after that many replies (echo, http) or chunks (sink); null: never. */
  readonly closeAfter: number | null;
  /** tcp-http: length of the reply's body. */
  readonly bodyBytes: number;
  /** UDP servers; null for TCP. */
  readonly udp: UdpOptions | null;
}

/** How the connections of a workload are encrypted. Files are PEM, by their absolute paths: keys are not for results. */
export interface WorkloadTls {
  /** Who may have signed the target's certificate; null: whom Node trusts. */
  readonly ca: string | null;
  /** The clients' own; null: none. */
  readonly cert: string | null;
  readonly key: string | null;
  /** Null: none is sent; see docs/tls.md for what the certificate must be for. */
  readonly serverName: string | null;
  /** In the order of preference; empty: none. */
  readonly alpn: readonly string[];
  /** Null: Node's, TLSv1.2. */
  readonly minVersion: "TLSv1.2" | "TLSv1.3" | null;
  /** Whether connections resume the session that the target gave out last. */
  readonly resume: boolean;
  /** Whether any certificate will do. */
  readonly insecure: boolean;
}

/** How a built-in server encrypts. Files as of a workload; null: it makes its own certificate at the start. */
export interface ServerTls {
  readonly cert: string | null;
  readonly key: string | null;
}

export type DrainSignal =
  | "SIGTERM"
  | "SIGINT"
  | "SIGQUIT"
  | "SIGHUP"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGWINCH"
  | "SIGKILL";

/** A new instance replaces the old one during the run. Times count from the run's zero. */
export interface Restart extends RestartTimes {
  /**
   * startFirst: the new instance is ready before the old one is to drain. stopFirst: the old one has
   * exited before the new one is started.
   */
  readonly order: "startFirst" | "stopFirst";
  /** kind command: makes the old instance drain; built-in ones receive a message instead. */
  readonly signal: DrainSignal;
  /** How long the old instance may drain; SIGKILL follows. */
  readonly drainTimeoutNs: number;
}

export interface Server {
  readonly name: string;
  readonly kind: "builtin" | "command" | "external";
  readonly protocol: Protocol;
  /** At least one. Port 0 (built-in only): a free port, chosen before planning. */
  readonly listen: readonly Endpoint[];
  /** kind builtin */
  readonly builtin: BuiltinName | null;
  readonly options: BuiltinOptions | null;
  /** Processes that share the listen addresses (built-in, TCP); null: as many as the open-file limit requires. */
  readonly processes: number | null;
  /** Built-in, TCP; null: it does not encrypt. */
  readonly tls: ServerTls | null;
  /** kind command */
  readonly command: Command | null;
  /** Whether the harness opens the listening sockets and passes them to each instance. */
  readonly activation: boolean;
  readonly restart: Restart | null;
}

export interface Command {
  /** argv; a command given as one string is ["/bin/sh", "-c", "exec <string>"]. */
  readonly argv: readonly string[];
  /** Absolute path; the scenario file's directory by default. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Ready when the first listen port answers (TCP default), when a line matches, or after a delay. */
  readonly ready:
    | { readonly by: "port" }
    | { readonly by: "output"; readonly pattern: string }
    | { readonly by: "delay"; readonly delayNs: number };
  readonly readyTimeoutNs: number;
  readonly stopSignal: "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGKILL" | "SIGHUP";
  readonly stopTimeoutNs: number;
  /** When the program is not installed: fail (exit 2) or skip the whole scenario with a message (exit 0). */
  readonly missing: "fail" | "skip";
}

/** Open model: arrivals by the clock. Closed model: the next message follows the last reply. */
export type Load =
  | {
      readonly model: "open";
      /** Rate at the start of the first stage. */
      readonly startRatePerSecond: number;
      readonly stages: readonly Stage[];
      readonly arrivals: "constant" | "poisson";
    }
  | {
      readonly model: "closed";
      /** Pause between a reply and the next message. */
      readonly thinkNs: number;
      /** Exchanges in all over all connections, or null: as many as fit in the duration. */
      readonly exchanges: number | null;
    };

/** The receivers of a broadcast: sockets that share one address and port. */
export interface Broadcast {
  /** How a datagram is delivered: to all of them, or ("contrast") to only one. Follows from the target's address. */
  readonly delivery: "broadcast" | "multicast" | "contrast";
  readonly receivers: number;
  /** Processes that they are spread over, and threads of each of these. */
  readonly receiverProcesses: number;
  readonly receiverThreads: number;
  /** This many of them, the last ones, leave after `joinedForNs` and join again after `leftForNs`, repeatedly; null: all stay. */
  readonly membership: {
    readonly receivers: number;
    readonly joinedForNs: number;
    readonly leftForNs: number;
  } | null;
}

/** What a connection goes through before it counts as open. */
export interface OpenStep {
  /** For people; null: it has none. */
  readonly name: string | null;
  /** What is sent; null: nothing. */
  readonly message: OneMessageSpec | null;
  /** The reply that is waited for; null: none. */
  readonly receive: {
    /** Where it ends; null over UDP, where it is a datagram. */
    readonly framing: FramingSpec | null;
    readonly expect: ExpectSpec;
  } | null;
  /** What later messages of the connection take from the reply, by name. */
  readonly capture: readonly OpenCapture[];
}

/** One message of an exchange of several, and its reply. */
export interface ExchangeStep extends OpenStep {
  /** Pause before it. */
  readonly thinkNs: number;
}

/** Bytes of a reply: from behind the first `after`, or its beginning, to the next `before`, or its end. */
export interface OpenCapture {
  readonly name: string;
  readonly afterBase64: string | null;
  readonly beforeBase64: string | null;
  readonly maxBytes: number;
}

/** Messages of the peer that are no replies, and are not counted as unsolicited. */
export interface UnsolicitedSpec {
  readonly ignore: readonly ReplySpec[];
  /** Those that are answered, with these bytes: the first one that fits. */
  readonly answer: readonly { readonly to: ReplySpec; readonly base64: string }[];
}

/** Steps of a connection, or of an exchange, at most: each slot has one byte for its own. */
export const mostSteps = 100;

/** Named parts of what a workload exchanges, each of which has figures of its own. */
export interface WorkloadParts {
  /** At least one, each once; none is the first word of a metric, which stands in its place in gates. */
  readonly names: readonly string[];
  /** Whether each exchange is of one part: figures of the parts add up to those of the workload. */
  readonly addUp: boolean;
}

/** In what clients are slow on purpose; something is given. */
export interface Slow {
  /** Bytes that a connection reads in a second at most; null: what comes. */
  readonly readBytesPerSecond: number | null;
  /** Bytes that a connection sends in a second at most; null: as fast as they go. */
  readonly writeBytesPerSecond: number | null;
  /** How long a connection neither sends nor reads in the middle of each message; 0: not at all. */
  readonly stallNs: number;
}

/** What is read of a workload's connections during the run. */
export interface Telemetry {
  /** The kernel's struct tcp_info of each, in this interval. */
  readonly tcp: { readonly everyNs: number };
}

export interface Workload {
  readonly name: string;
  readonly position: Position;
  /** Name of the server in `servers`, or null for a target given by URL. */
  readonly server: string | null;
  readonly protocol: Protocol;
  /** Destinations; empty where they follow from `server`. */
  readonly endpoints: readonly Endpoint[];
  readonly pattern: PatternName;
  /** Names of the hosts that its clients are on; empty: all of the run's. */
  readonly hosts: readonly string[];
  /** Range texts as address/ parses them; "!" before one excludes it. Empty: the planner chooses. */
  readonly sources: readonly string[];
  /** Source ports as [from, to] pairs, inclusive; null: the default (see address/ports.ts). */
  readonly ports: readonly (readonly [number, number])[] | null;
  readonly connections: number;
  readonly connectionsPerSource: number | null;
  /** Connections opened per second over all workers; null: as fast as they complete. */
  readonly connectRatePerSecond: number | null;
  readonly connectTimeoutNs: number;
  readonly startTimeNs: number;
  readonly warmUpNs: number;
  /**
   * Length of steady state. Open model: warmUp + duration = the stages' sum. null: hold without a
   * duration (until all others have ended), or a closed model bounded only by `exchanges`.
   */
  readonly durationNs: number | null;
  readonly load: Load;
  /** An exchange without a reply for this long has timed out; also the longest drain. */
  readonly timeoutNs: number;
  /** Exchanges at most in flight on one connection. */
  readonly inFlight: number;
  /** The steps of each connection, in order, before it counts as open; none: it is open when it is connected. */
  readonly open: readonly OpenStep[];
  /** Messages of an exchange that has several, in order; none: an exchange is `message` and its reply. */
  readonly steps: readonly ExchangeStep[];
  /** With steps: that of the first. */
  readonly message: MessageSpec;
  /** Null: it has no parts. */
  readonly parts: WorkloadParts | null;
  /** What is spoken; null: messages are sent as they are, and `framing` finds the replies. */
  readonly applicationProtocol: ProtocolSpec | null;
  /** The number in each message by which its reply is found; null: there is none. */
  readonly id: IdSpec | null;
  /** TCP replies; null where no replies are read (stream, hold without messages), or a protocol finds them. */
  readonly framing: FramingSpec | null;
  readonly expect: ExpectSpec;
  /** By message of a mix, where these have some of their own; null: all have the workload's. */
  readonly framingEach: readonly FramingSpec[] | null;
  readonly expectEach: readonly ExpectSpec[] | null;
  /** What the peer may send besides replies; null: nothing. */
  readonly unsolicited: UnsolicitedSpec | null;
  /** Workloads of pattern subscribe that receive its messages from the target; none: nobody does. */
  readonly publishes: readonly string[];
  /** Open connections again, with the same 4-tuple, that the target closed. */
  readonly reconnect: boolean;
  readonly reconnectDelayNs: number;
  /** hold: one message on every connection when all are open; each must be answered. */
  readonly verify: boolean;
  /** hold: interval between messages on every connection; null: none. */
  readonly keepAliveNs: number | null;
  /** hold: connections that send them; null: all. */
  readonly keepAliveConnections: number | null;
  /** hold: the target may close connections; else each one that it closes is an error. */
  readonly expectClose: boolean;
  /** churn: exchanges on each connection before it is closed, and how it is closed. */
  readonly exchangesPerConnection: number;
  readonly close: "fin" | "reset";
  /** churn: connections in all, or null: as many as the duration has room for. */
  readonly totalConnections: number | null;
  /** UDP: whether the socket is connected; a rotating one is, and changes its source port. */
  readonly socket: "connected" | "unconnected" | "rotating";
  /** UDP, rotating: exchanges on one source port; null: no other socket kind changes it. */
  readonly rotateEvery: number | null;
  /** UDP, unconnected: receive ICMP errors (IP_RECVERR). */
  readonly receiveErrors: boolean;
  readonly noDelay: boolean;
  /** TCP: null: the connections are not encrypted. */
  readonly tls: WorkloadTls | null;
  /** TCP: in what its clients are slow on purpose; null: in nothing. */
  readonly slow: Slow | null;
  /** TCP: what is read of its connections beside its exchanges; null: nothing. */
  readonly telemetry: Telemetry | null;
  /** Whether the kernel's time stamps of each reply are read (`Capabilities.kernelTimesObstacle`). */
  readonly wireTime: boolean;
  /** session: pause between the exchanges of one; 0 for other patterns, of which `load` has it. */
  readonly thinkNs: number;
  /** broadcast: its receivers; null for other patterns. */
  readonly broadcast: Broadcast | null;
}

/** A packet capture during the run, and the clients whose packets are kept. */
export interface Capture {
  /** Names; at least one. */
  readonly workloads: readonly string[];
  /** As given: relative to the working directory. Ends in ".pcap". */
  readonly file: string;
  /** Of each of the workloads; null: all clients. */
  readonly clients: { readonly which: "slowest" | "failing"; readonly count: number } | null;
  readonly program: "auto" | "dumpcap" | "tcpdump";
  readonly snapLengthBytes: number;
  readonly maxSizeBytes: number;
}

export interface GateText {
  readonly expression: string;
  readonly position: Position;
  /** Ends the run as soon as the gate cannot hold any more; null: it is judged at the end. */
  readonly abort: GateAbort | null;
}

export interface GateAbort {
  /** Length of steady state that must have been measured before; null: as the gate needs it. */
  readonly afterNs: number | null;
  readonly position: Position;
}

/** Limit of `repeat`: more runs than anyone would wait for. */
export const mostRepeats = 100;

/** An earlier result for gates to compare with. */
export interface BaselineFile {
  /** Relative to the working directory. */
  readonly path: string;
  readonly position: Position;
}

/** What is known of a scenario that may be wrong in parts: a workload or server that is wrong itself is null. */
/** A command that is run once, when a gate breaks in a window. */
export interface AtGate {
  /** The gate; without `over` it is judged over 1s. */
  readonly expression: string;
  readonly position: Position;
  /** For the shell, with placeholders (at-placeholders.ts). */
  readonly run: string;
  readonly runPosition: Position;
  /** Absolute path of the folder that it runs in. */
  readonly directory: string;
  readonly timeoutNs: number;
  readonly maxOutputBytes: number;
  /** Relative to the working directory; null: beside the result. */
  readonly file: string | null;
}

export interface ScenarioDraft {
  readonly gates: readonly GateText[];
  readonly at: readonly AtGate[];
  readonly baseline: readonly BaselineFile[];
  readonly workloads: ReadonlyMap<string, Workload | null>;
  readonly servers: ReadonlyMap<string, Server | null>;
  /** The pattern of each workload, wrong ones included; null where that is not known. */
  readonly patterns: ReadonlyMap<string, PatternName | null>;
  /** The names of the parts of each workload, wrong ones included, as far as they can be read. */
  readonly parts: ReadonlyMap<string, readonly string[]>;
  /** The scenario as a whole; null where anything of it is wrong. */
  readonly scenario: Scenario | null;
}

/** A host that clients are on. */
export interface ScenarioHost {
  /** As its agent was started with `--name`. */
  readonly name: string;
  /** As `sources` of a workload, for targets that are not loopback addresses; empty: the host's own addresses. */
  readonly sources: readonly string[];
  readonly position: Position;
}

export interface Scenario {
  readonly version: 1;
  readonly name: string;
  readonly description: string | null;
  /** Path as it was given, or "-" for standard input. */
  readonly file: string;
  /** SHA-256 of the file's bytes, hex. */
  readonly sha256: string;
  readonly seed: number;
  /** Worker threads in all, or null: depends on the machine. `--workers` overrides. */
  readonly workers: number | null;
  readonly io: IoChoice;
  /** How often `load` runs it, one run after the other. */
  readonly repeat: number;
  /** The results that `baseline` in gates refers to; `--baseline` overrides. */
  readonly baseline: readonly BaselineFile[];
  /** What messages take rows from. */
  readonly data: readonly DataSpec[];
  readonly servers: readonly Server[];
  /** Agents that a run over NATS uses; empty: all that are there. */
  readonly hosts: readonly ScenarioHost[];
  readonly workloads: readonly Workload[];
  readonly capture: Capture | null;
  readonly gates: readonly GateText[];
  readonly at: readonly AtGate[];
  /** Remarks for people on how it was read, such as which address of a name is used. */
  readonly notices: readonly string[];
}
