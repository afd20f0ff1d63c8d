/**
 * What is sent, where a reply ends and what it must be, as plain data: these are the shapes that a
 * scenario's workload has (scenario/scenario.ts) and that this room builds from.
 */
/** Lengths of messages, each by chance; which one has which follows from the seed. */
export type SizeSpec =
  /** Every length from one to the other, inclusive, as often. */
  | { readonly kind: "uniform"; readonly fromBytes: number; readonly toBytes: number }
  /** Short ones often, from 1 byte up, long ones seldom; what would be longer than the most is as long as that. */
  | { readonly kind: "exponential"; readonly meanBytes: number; readonly mostBytes: number }
  /** One of these, each as often as it is listed. */
  | { readonly kind: "choices"; readonly bytes: readonly number[] };

export type MessageSpec =
  /** `bytes` of a fixed pattern, stamped where there is room (see stamp.ts). */
  | { readonly kind: "size"; readonly bytes: number }
  /** As `size`, of lengths that vary. */
  | { readonly kind: "sizes"; readonly sizes: SizeSpec }
  /** Content as base64 (text, hex, base64 and file all end here), without templates. */
  | { readonly kind: "bytes"; readonly base64: string }
  /** Text with {{sequence}}, {{connection}} or {{source}} in it (see template.ts). */
  | { readonly kind: "template"; readonly text: string };

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
