/** What a framing is in a scenario that has been read: plain data, without anything of a schema. */

export interface EchoSpec {
  readonly kind: "echo";
}

export interface FixedSpec {
  readonly kind: "fixed";
  readonly bytes: number;
}

export interface DelimiterSpec {
  readonly kind: "delimiter";
  readonly base64: string;
  readonly maxBytes: number;
}

export interface LengthPrefixSpec {
  readonly kind: "lengthPrefix";
  /** Length of the length field. */
  readonly bytes: 1 | 2 | 4 | 8;
  readonly byteOrder: "big" | "little";
  /** Where the length field begins in the message. */
  readonly offset: number;
  /** Whether the length counts the whole message (header and length field included) or what follows the field. */
  readonly includesHeader: boolean;
  /** Bytes at the message's end that the length does not count; left out: none. */
  readonly trailing?: number;
  /** Length of the longest message; a longer one is malformed. */
  readonly maxBytes: number;
}

export interface HttpSpec {
  readonly kind: "http";
  readonly maxBytes: number;
}

export interface SmtpSpec {
  readonly kind: "smtp";
  readonly maxBytes: number;
}

export type FramingSpec =
  | EchoSpec
  | FixedSpec
  | DelimiterSpec
  | LengthPrefixSpec
  | HttpSpec
  | SmtpSpec;
