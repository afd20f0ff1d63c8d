import type { Endpoint } from "../address/flow.ts";
import type { ServerExit } from "../processes/exit.ts";
import type { ServerStats, SteadyPlan } from "../servers/protocol.ts";

/** A server of the plan while the run lasts. */
export interface ServerHandle {
  readonly name: string;
  readonly kind: "builtin" | "command" | "external";
  /** Where clients connect or send to. */
  readonly endpoints: readonly Endpoint[];
  /** Roots of its processes, for a ProcessSampler; empty where they are not known. */
  readonly pids: readonly number[];
  /** What it printed; null for a server that was not started here. */
  readonly logFile: string | null;
  /** How it exited; null while it runs, and always for one that was not started here. */
  exit(): ServerExit | null;
  /** Steady state of a workload is known; only of servers that count what arrives in it. */
  planSteady?(plan: SteadyPlan): void;
  /** What it counted itself; the last answer if it does not answer now; null without counters. */
  stats(): Promise<ServerStats | null>;
  /** Ends it with all its processes; resolves when they have exited. Idempotent, never rejects. */
  stop(): Promise<void>;
}

/** A server that can be replaced by another instance of itself. */
export interface Instance extends ServerHandle {
  /** Resolves when its process has ended, for whatever reason. */
  readonly ended: Promise<ServerExit>;
  /**
   * Requests it to serve what it has, to accept nothing new and then to exit; its exit is not a failure any
   * more. A built-in server accepts nothing new when this resolves; a command has been signalled.
   */
  drain(): Promise<void>;
  /** Sends SIGKILL to all its processes. */
  kill(): void;
}

/** Which start of a server an instance is, and what is handed to it. */
export interface InstanceContext {
  /** From 1. */
  readonly number: number;
  /** Sockets that listen already, one per endpoint; empty: none. */
  readonly sockets: readonly number[];
  /**
   * Called before the instance starts to read a socket that another one still reads: it is loaded by
   * then, and starts when this resolves.
   */
  readonly takeOver: () => Promise<void>;
}

/** The only start of a server that is not restarted. */
export const onlyInstance: InstanceContext = {
  number: 1,
  sockets: [],
  takeOver: () => Promise.resolve(),
};

/** What is needed to start a server in addition to its plan. */
export interface StartContext {
  readonly logFolder: string;
  /** A server exited unexpectedly. */
  onExit(name: string, code: number | null, signal: string | null, logTail: string): void;
  /** An old instance had not drained in time. @param after its drainTimeout, for people */
  onKilled(name: string, instance: number, after: string): void;
  /** The scenario's seed, for what is random in built-in servers. */
  readonly seed: number;
  /** Ends the wait for a server that is not ready yet. */
  readonly signal: AbortSignal | null;
}
