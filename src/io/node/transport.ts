import type { Transport } from "../io.ts";

/** A transport of this platform: what `Io` needs of it beyond the interface. */
export interface NodeTransport extends Transport {
  /** Hands out `drained` where sockets have taken what was queued; true while some have not. */
  poll(): boolean;
  /** Ends every socket and listener at once and resolves when all are closed. */
  end(): Promise<void>;
}
