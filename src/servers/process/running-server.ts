import type { Endpoint } from "../../address/flow.ts";
import type { ServerStats } from "../protocol.ts";

/** A server that can be told to take nothing new. */
export interface DrainingServer {
  /** Takes nothing new from now on; what it has goes on. Idempotent. */
  drain(): void;
  /** Resolves after `drain`, when all it had has ended. */
  readonly drained: Promise<void>;
}

/** A built-in server that listens: in this process, in another one, or in several. */
export interface RunningServer {
  /** Every port 0 resolved. */
  readonly endpoints: readonly Endpoint[];
  /** All processes that it consists of. */
  readonly pids: readonly number[];
  /** @throws (rejects) when the server has ended */
  stats(): Promise<ServerStats>;
  /** Ends it and everything of it. @returns its last stats */
  stop(): Promise<ServerStats>;
  /** Resolves with the reason if it ends without having been asked to. */
  readonly lost: Promise<Error>;
}
