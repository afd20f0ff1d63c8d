export interface LengthPrefixSpec {
  /** Length of the length field. */
  readonly bytes: 1 | 2 | 4 | 8;
  readonly byteOrder: "big" | "little";
  /** Where the length field begins in the message. */
  readonly offset: number;
  /** Whether the length counts the whole message (header and length field included) or what follows the field. */
  readonly includesHeader: boolean;
  /** Length of the longest message; a longer one is malformed. */
  readonly maxBytes: number;
}

export type FramingSpec =
  | { readonly kind: "fixed"; readonly bytes: number }
  | { readonly kind: "delimiter"; readonly base64: string; readonly maxBytes: number }
  | ({ readonly kind: "lengthPrefix" } & LengthPrefixSpec)
  | { readonly kind: "http"; readonly maxBytes: number }
  /** The reply is as long as the message that was sent. */
  | { readonly kind: "echo" }
  /** Absolute path of a user's module (.js, .mjs) whose default export is `(slots) => Framer`. */
  | { readonly kind: "module"; readonly path: string };

export type ExpectSpec =
  | { readonly kind: "any" }
  | { readonly kind: "echo" }
  | { readonly kind: "bytes"; readonly base64: string }
  | { readonly kind: "prefix"; readonly base64: string }
  | { readonly kind: "regex"; readonly source: string; readonly flags: string }
  | { readonly kind: "size"; readonly minBytes: number; readonly maxBytes: number };
