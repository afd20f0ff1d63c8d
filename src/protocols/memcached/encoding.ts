import type { ProtocolSession } from "../protocol.ts";

/** How commands and replies are written: as text, or binary. */
export type Encoding = Required<
  Pick<ProtocolSession, "maxBytes" | "write" | "scan" | "classify" | "errorCode" | "reset">
> &
  Pick<ProtocolSession, "match">;

export interface EncodingContext {
  readonly slots: number;
  /** Over TCP replies come in the order of their requests. */
  readonly isStream: boolean;
  /** Seconds that what is stored lives for; 0: until room is needed. */
  readonly expiry: number;
  /** Whether a get that finds nothing is an error, "MEMCACHED_MISS". */
  readonly missIsError: boolean;
}
