import { writeBytes, writeDigits } from "../base/numbers/digits.ts";
import { IdNumbers } from "../base/numbers/id-numbers.ts";
import type { MessageWriter } from "./message.ts";

/** Where a message and its reply carry a number that says which reply answers which message. */
export type IdSpec = IdPlace & {
  /** Numbers look random, instead of counting up. */
  readonly random: boolean;
};

export type IdPlace =
  | {
      readonly kind: "binary";
      /** Where the number stands in the message and in the reply, bytes from their beginning. */
      readonly offset: number;
      readonly replyOffset: number;
      /** 1 to 8; of more than 4 the upper ones are zero. */
      readonly bytes: number;
      readonly byteOrder: "big" | "little";
    }
  | {
      readonly kind: "text";
      /** What the digits follow in the message and in the reply, as latin1: a character a byte. */
      readonly after: string;
      readonly replyAfter: string;
      /** Decimal digits with leading zeros, 2 to 9. */
      readonly digits: number;
    };

const zero = 0x30;

/** How many different numbers there are. */
export function countOf(place: IdPlace): number {
  return place.kind === "binary" ? 2 ** (8 * Math.min(4, place.bytes)) : 10 ** place.digits;
}

/** Finds the message that a reply answers, by what the reply says. */
export interface ReplyIds {
  /**
   * @param next sequence of the connection's next message
   * @param slot index of the connection in its worker
   * @returns    the sequence of the message on its connection; -1: none
   */
  sequenceOf(
    bytes: Uint8Array,
    start: number,
    end: number,
    connection: number,
    next: number,
    slot: number,
  ): number;
}

/** The numbers of a workload's messages: written into them, and found in their replies. */
export class Ids implements ReplyIds {
  readonly #place: IdPlace;
  readonly #numbers: IdNumbers;
  readonly #after: Buffer | null;
  readonly #replyAfter: Buffer | null;

  /** @param seed of the workload */
  constructor(spec: IdSpec, seed: number) {
    this.#place = spec;
    this.#numbers = new IdNumbers(countOf(spec), spec.random, seed);
    const isText = spec.kind === "text";
    this.#after = isText ? Buffer.from(spec.after, "latin1") : null;
    this.#replyAfter = isText ? Buffer.from(spec.replyAfter, "latin1") : null;
  }

  /**
   * Writes the number of a message into its bytes `[start, end)`.
   *
   * @returns false where the message has no room for it
   */
  write(into: Buffer, start: number, end: number, connection: number, sequence: number): boolean {
    const place = this.#place;
    const number = this.#numbers.of(connection, sequence);
    if (place.kind === "text") {
      const from = textPlace(into, this.#after as Buffer, start, end);
      if (from < 0 || from + place.digits > end) return false;
      writeDigits(into, from, number, place.digits);
      return true;
    }
    const { offset, bytes, byteOrder } = place;
    if (start + offset + bytes > end) return false;
    writeBytes(into, start + offset, number, bytes, byteOrder === "little");
    return true;
  }

  /**
   * The message that a reply, bytes `[start, end)`, answers.
   *
   * @param next sequence of the connection's next message
   * @returns    its sequence on the connection; -1 where the reply has no number, or one that no message has had
   */
  sequenceOf(
    bytes: Uint8Array,
    start: number,
    end: number,
    connection: number,
    next: number,
  ): number {
    const number = this.#numberIn(bytes, start, end);
    return number < 0 ? -1 : this.#numbers.sequenceOf(connection, number, next);
  }

  #numberIn(bytes: Uint8Array, start: number, end: number): number {
    const place = this.#place;
    let number = 0;
    if (place.kind === "text") {
      const from = textPlace(bytes, this.#replyAfter as Buffer, start, end);
      if (from < 0 || from + place.digits > end) return -1;
      for (let at = from; at < from + place.digits; at++) {
        const digit = (bytes[at] as number) - zero;
        if (digit < 0 || digit > 9) return -1;
        number = number * 10 + digit;
      }
      return number;
    }
    const { replyOffset, bytes: count, byteOrder } = place;
    const first = start + replyOffset;
    if (first + count > end) return -1;
    for (let index = 0; index < count; index++) {
      const at = byteOrder === "big" ? first + index : first + count - 1 - index;
      number = number * 256 + (bytes[at] as number);
    }
    return number;
  }
}

/** Where the digits begin in bytes `[start, end)`; -1: the text before them is not there. */
function textPlace(bytes: Uint8Array, after: Buffer, start: number, end: number): number {
  const last = end - after.length;
  for (let at = start; at <= last; at++) {
    let length = 0;
    while (length < after.length && bytes[at + length] === after[length]) length++;
    if (length === after.length) return at + length;
  }
  return -1;
}

/** A writer whose messages carry their number. They have no stamp: the number is in its place. */
export function withIds(writer: MessageWriter, ids: Ids): MessageWriter {
  const writeOver = (write: MessageWriter["write"]): MessageWriter["write"] => {
    return (into, at, key) => {
      const length = write(into, at, key);
      ids.write(into as Buffer, at, at + length, key.connection, key.sequence);
      return length;
    };
  };
  // What differs between two messages of a constant is their number alone.
  const rewrite = writer.constant === null ? writer.rewrite : () => writer.maxBytes;
  return {
    ...writer,
    constant: null,
    stamped: false,
    partlyStamped: false,
    isDistinct: true,
    write: writeOver(writer.write),
    rewrite: rewrite === null ? null : writeOver(rewrite),
  };
}
