import type { MessageKey } from "../message.ts";

/** Writes at `into[at]`, where there is room. @returns where what was written ends */
export type Write = (into: Uint8Array, at: number, key: MessageKey) => number;

/** What an expression in a template stands for, compiled. */
export interface Value {
  /** A number is written in decimal; digits are what a number is written as otherwise, such as in hexadecimal. */
  readonly kind: "number" | "digits" | "text";
  /** The shortest and the longest that it is written as. */
  readonly minBytes: number;
  readonly maxBytes: number;
  /** From what on it may be another. */
  readonly varies: "never" | "byConnection" | "byMessage";
  /** Whether no two messages of a connection have the same. */
  readonly isDistinct: boolean;
  /** The number itself; null of a text. */
  readonly number: NumberOf | null;
  readonly write: Write;
}

export interface NumberOf {
  of(key: MessageKey): number;
  /** The largest that it can be. */
  readonly most: number;
  /** Whether it is of no use with its high digits cut off, as a length is. */
  readonly mustFit: boolean;
  /** Of a length: the captured values that it is of, each of which may be as long as its `maxSize`. */
  readonly captured?: readonly string[];
}

/** A text that is always the same. */
export function constantValue(bytes: Uint8Array): Value {
  return {
    kind: "text",
    minBytes: bytes.length,
    maxBytes: bytes.length,
    varies: "never",
    isDistinct: false,
    number: null,
    write: copying(bytes),
  };
}

/** Short ones are copied by hand: a call of `set` takes as long as 20 bytes. */
const shortBytes = 24;

/** Writes always the same bytes. */
function copying(bytes: Uint8Array): Write {
  const { length } = bytes;
  if (length > shortBytes) {
    return (into, at) => {
      into.set(bytes, at);
      return at + length;
    };
  }
  return (into, at) => {
    for (let i = 0; i < length; i++) into[at + i] = bytes[i] as number;
    return at + length;
  };
}

/** Copies `bytes[from]` to `bytes[to - 1]` without an allocation, for ranges that differ each time. @returns the end */
export function copyRange(
  bytes: Buffer,
  from: number,
  to: number,
  into: Uint8Array,
  at: number,
): number {
  // `Buffer.copy` makes a view of the range: for long ones alone that is cheaper.
  if (to - from > 128) return at + bytes.copy(into, at, from, to);
  for (let i = from; i < to; i++) into[at++] = bytes[i] as number;
  return at;
}
