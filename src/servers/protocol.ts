/**
 * Messages between the coordinator (or `slash8 serve`) and a built-in server's process (child-process
 * IPC, advanced serialisation). The process exits at once when the channel closes.
 *
 *     parent                       server process (servers/process/main.ts)
 *     hello                    ->
 *                              <-  ready                   the program is loaded and can serve at once
 *     serve {...}              ->
 *                              <-  listening {endpoints, pids}  or  failed {code, message}
 *     steady {...}             ->                          when a workload's steady state is
 *     stats                    ->
 *                              <-  stats {...}             answer; also sent on its own before exit
 *     drain                    ->
 *                              <-  draining                accepts nothing new any more
 *                              <-  stats {...}             all has been served; exits 0
 *     stop                     ->                          closes everything, sends stats, exits 0
 */
import type { Endpoint } from "../address/flow.ts";
import type { IoKind } from "../base/io-kind.ts";
import type { TlsServerEnd } from "../io/tls/ends.ts";
import type { BuiltinName, BuiltinOptions } from "../scenario/scenario.ts";
import type { UdpTally } from "./replies/tally.ts";
import type { PeerTimesReport } from "./udp/peer-times.ts";

export interface ServeRequest {
  readonly builtin: BuiltinName;
  readonly listen: readonly Endpoint[];
  readonly options: BuiltinOptions;
  /** Processes that share the listeners (TCP); each stops accepting before its open files run out. */
  readonly processes: number;
  /** Which sockets; with several processes those of Node, as only Node's sockets can share listeners between processes. */
  readonly io: IoKind;
  /** File descriptors of sockets that listen already, one per endpoint of `listen`. Left out: none. */
  readonly sockets?: readonly number[];
  /** UDP: whether stats include when datagrams of each peer arrived. */
  readonly keepsPeers?: boolean;
  /** Its certificate, where clients must use TLS. Left out: they must not. */
  readonly tls?: TlsServerEnd;
  /** Seed of what is random (loss), integer >= 0. Default: 1. */
  readonly seed?: number;
}

/** Counted by the server itself, summed over its processes. */
export interface ServerStats {
  /** Connections; over UDP flows that were given their own socket. */
  readonly accepted: number;
  readonly open: number;
  readonly received: number;
  readonly replied: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** UDP; null for TCP servers. */
  readonly udp: UdpTally | null;
  /** Only where the request asks for it, and from one process. */
  readonly peers?: PeerTimesReport;
  /** Stamped messages (messages/stamp.ts), by the workload index in the stamp. */
  readonly byWorkload: readonly {
    readonly workload: number;
    /** Distinct messages: duplicates are not included. */
    readonly received: number;
    readonly duplicated: number;
    readonly reordered: number;
    readonly bytesReceived: number;
    /**
     * What arrived in steady state, by its second: distinct messages over UDP, bytes over TCP. Null where steady state
     * was not announced.
     */
    readonly arrivals: readonly number[] | null;
  }[];
}

/** When the steady state of a workload is; monotonic clock, ns, `toNs` Infinity where its end is not known. */
export interface SteadyPlan {
  /** Index in the plan, as in stamps. */
  readonly workload: number;
  readonly fromNs: number;
  readonly toNs: number;
}

export type ToServer =
  | { readonly type: "hello" }
  | {
      readonly type: "serve";
      readonly request: ServeRequest;
      /** From when pauses are counted, monotonic clock; left out: now. */
      readonly startNs?: number;
    }
  | ({ readonly type: "steady" } & SteadyPlan)
  | { readonly type: "stats" }
  | { readonly type: "drain" }
  | { readonly type: "stop" };

export type FromServer =
  | { readonly type: "ready" }
  | {
      readonly type: "listening";
      readonly endpoints: readonly Endpoint[];
      readonly pids: readonly number[];
    }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "draining" }
  | { readonly type: "stats"; readonly stats: ServerStats };
