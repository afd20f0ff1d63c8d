/**
 * What is to be built, as plain data: the same shapes as in a scenario (`scenario/scenario.ts`, a
 * floor above), so that its values can be passed straight in.
 */
export type MessageSpec =
  /** `bytes` of a fixed pattern, stamped where there is room (see stamp.ts). */
  | { readonly kind: "size"; readonly bytes: number }
  /** Content as base64. */
  | { readonly kind: "bytes"; readonly base64: string }
  /** Text with placeholders (see template.ts). */
  | { readonly kind: "template"; readonly text: string };

export interface LengthPrefixSpec {
  /** Length of the length field. */
  readonly bytes: 1 | 2 | 4 | 8;
  readonly byteOrder: "big" | "little";
  /** Where the length field begins in the message. */
  readonly offset: number;
  /** Whether the length counts the whole message or only what follows the field. */
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
  /** Absolute path of a user's module. */
  | { readonly kind: "module"; readonly path: string };

export type ExpectSpec =
  | { readonly kind: "any" }
  | { readonly kind: "echo" }
  | { readonly kind: "bytes"; readonly base64: string }
  | { readonly kind: "prefix"; readonly base64: string }
  | { readonly kind: "regex"; readonly source: string; readonly flags: string }
  | { readonly kind: "size"; readonly minBytes: number; readonly maxBytes: number };
