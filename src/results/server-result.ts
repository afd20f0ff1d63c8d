/** What a result says of servers, their restarts, and packets that were captured. */

/**
 * What happened to flows (TCP: connections) from one restart of their server to the next, or to the end;
 * each period includes the 100 ms before the restart begins.
 */
export interface RestartFlows {
  /** Flows that were open when it began: those that were kept, and those that were not. */
  readonly old: number;
  /** Continued, or were ended by their clients. */
  readonly kept: number;
  /** TCP: ended by the target. UDP, connected: it refused a datagram (ICMP). */
  readonly reset: number;
  /** New flows, and attempts at one that failed. */
  readonly opened: number;
  readonly failed: number;
  /** Exchanges found to have no reply; null for one-way streams, which have none. */
  readonly lost: number | null;
  /** The longest time without anything received while the workload sent; null where no replies were expected. */
  readonly longestGapMs: number | null;
}

/** One restart of a server, over all its workloads. */
export interface RestartResult extends RestartFlows {
  readonly order: "startFirst" | "stopFirst";
  /** When it began, since the run's start. */
  readonly atMs: number;
  /** From then until the new instance was ready; null: it never became ready. */
  readonly readyMs: number | null;
  /** The old instance: it exited by itself, was killed after its drain time, or ran until the run's end. */
  readonly oldInstance: "ended" | "killed" | "running";
  /** From the request to drain until its exit; null while it ran. */
  readonly drainMs: number | null;
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  /**
   * UDP, built-in servers: flows that the old instance had, and that reached the new one without having
   * been idle. Null where it cannot be known, or cannot happen (TCP).
   */
  readonly misrouted: number | null;
}

/** What a result says of a server. */
export interface ServerResult {
  /** Who started it: slash8 (builtin), a command, or somebody else (external). */
  readonly kind: "builtin" | "command" | "external";
  /** User and system time of its processes, over the run. */
  readonly cpuSeconds: number | null;
  /** Of steady state alone; null when it was not reached, or slash8 did not start the server. */
  readonly steadyCpu: SteadyCpu | null;
  /** The most resident memory, over all of its processes. */
  readonly rssBytesPeak: number | null;
  /** The most open files, over all of its processes. */
  readonly openFilesPeak: number | null;
  /**
   * How fast it grew in steady state, by Theil and Sen: null where that had less than a minute of it, or there are no
   * samples; left out by versions before.
   */
  readonly slope?: ServerSlope | null;
  /** Growth of user and kernel memory while connections were opened, per connection. */
  readonly memoryBytesPerConnection: number | null;
  /** Counts of a built-in server, over the whole run; null for others. */
  readonly counts: ServerCounts | null;
  /** How it ended; null for a server that slash8 did not start, or that kept running. */
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  /** Restarts as specified by `restart` in the scenario, in their order. */
  readonly restarts: readonly RestartResult[];
  readonly timeline: readonly ServerSample[];
}

export interface ServerSlope {
  readonly rssBytesPerSecond: number | null;
  /** Between what it lies at 95 %, per second; left out by versions before. */
  readonly rssBytesInterval?: readonly [low: number, high: number] | null;
  readonly openFilesPerSecond: number | null;
  readonly openFilesInterval?: readonly [low: number, high: number] | null;
}

/** A sample of a server's processes, one a second, or several together in the middle of a run of over 20 minutes. */
export interface ServerSample {
  /** Since the run's start; of several together, when the last one was taken. */
  readonly atMs: number;
  /** How many seconds it stands for: 1, 10, 60 or 300. */
  readonly seconds: number;
  /** Until then. */
  readonly cpuSeconds: number | null;
  /** Of several together: the mean. `rssBytesPeak` and `openFilesPeak` are of each. */
  readonly rssBytes: number | null;
  readonly openFiles: number | null;
}

export interface ServerCounts {
  /** Connections; over UDP flows that were given their own socket. */
  readonly accepted: number;
  readonly received: number;
  readonly replied: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** UDP, in datagrams: see docs/udp.md; null over TCP. */
  readonly udp: {
    readonly handedOver: number;
    readonly handedBack: number;
    readonly withoutSocket: number;
    readonly refused: number;
    readonly remote: number;
    readonly own: number;
  } | null;
}

/** Packets that were captured during the run. */
export interface CaptureResult {
  readonly program: "dumpcap" | "tcpdump";
  readonly interface: string;
  /** The filter passed to it. */
  readonly filter: string;
  /** As the scenario names it. */
  readonly file: string;
  /** Packets captured, and those dropped by it; null where the program did not report them. */
  readonly packets: number | null;
  readonly dropped: number | null;
  /** Whether it lasted as long as the run. */
  readonly complete: boolean;
  /** Clients whose packets the file keeps; null: all. */
  readonly clients: readonly CapturedClient[] | null;
  readonly packetsKept: number | null;
}

export interface CapturedClient {
  readonly workload: string;
  /** As in the workload's `clients`. */
  readonly source: string;
}

/** A server's processes in steady state. */
export interface SteadyCpu {
  readonly cpuSeconds: number;
  /** The thread that ran the most, and for how long it was ready and had no CPU; null: not Linux. */
  readonly busiestThreadSeconds: number | null;
  readonly busiestThreadWaitedSeconds: number | null;
  readonly overSeconds: number;
}
