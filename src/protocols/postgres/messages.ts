import { readUint32 } from "../../base/bytes.ts";

/** A message of a client: its type, its length with that of the length itself, its body. */
export function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  const head = Buffer.alloc(4);
  head.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type, "latin1"), head, body]);
}

export function int16(number: number): Buffer {
  return Buffer.from([number >> 8, number]);
}

export function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

/**
 * The SQLSTATE of the first ErrorResponse among a server's messages.
 *
 * @returns its index, of 5 bytes; -1: there is none
 * @cost    no allocation
 * @see     https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export function sqlStateAt(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at + 5 <= end; at += 1 + readUint32(bytes, at + 1)) {
    if (bytes[at] !== errorResponse) continue;
    const stop = Math.min(end, at + 1 + readUint32(bytes, at + 1));
    for (let field = at + 5; field < stop && bytes[field] !== 0; field++) {
      if (bytes[field] === codeField && field + 6 <= stop) return field + 1;
      while (field < stop && bytes[field] !== 0) field++;
    }
  }
  return -1;
}

const errorResponse = 69; // E
const codeField = 67; // C
