import type { Transport } from "../io.ts";

/** A transport of this platform: what `Io` needs in addition to the interface. */
export interface NodeTransport extends Transport {
  /** Reports `drained` where sockets have accepted what was queued; true while some have not. */
  poll(): boolean;
  /** Ends every socket and listener at once and resolves when all are closed. */
  end(): Promise<void>;
}

/** The errno name of an error from Node's sockets, "EUNKNOWN" where it has none. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "EUNKNOWN";
}
