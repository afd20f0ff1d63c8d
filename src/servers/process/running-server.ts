import type { Endpoint } from "../../address/flow.ts";
import type { ServerStats, SteadyPlan } from "../protocol.ts";

/** A server that can stop accepting new connections and flows on request. */
export interface DrainingServer {
  /** Accepts nothing new from now on; existing connections and flows go on. Idempotent. */
  drain(): void;
  /** Resolves after `drain`, when all connections and flows have ended. */
  readonly drained: Promise<void>;
}

/** A built-in server that listens: in this process, in another one, or in several. */
export interface RunningServer {
  /** With every port 0 resolved. */
  readonly endpoints: readonly Endpoint[];
  /** All its processes. */
  readonly pids: readonly number[];
  planSteady(plan: SteadyPlan): void;
  /** @throws (rejects) when the server has ended */
  stats(): Promise<ServerStats>;
  /** Ends it with all its processes. @returns its last stats */
  stop(): Promise<ServerStats>;
  /** Resolves with the reason if it ends unexpectedly. */
  readonly lost: Promise<Error>;
}
