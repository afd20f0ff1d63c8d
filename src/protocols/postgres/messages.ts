import { readUint32 } from "../../base/bytes.ts";
import { incomplete, malformed } from "../protocol.ts";

/** Types of the server's messages that need a look, or stand alone. */
export const types = {
  authentication: 82, // R
  errorResponse: 69, // E
  notice: 78, // N
  notification: 65, // A
  parameterDescription: 116, // t
  parameterStatus: 83, // S
  readyForQuery: 90, // Z
  commandComplete: 67, // C
  emptyQuery: 73, // I
  suspended: 115, // s
} as const;

/** By type: 1, if the server has such a message. */
const isType = new Uint8Array(256);
for (const type of Buffer.from("RKSZTDCIEN123nstAGHWVcdv")) isType[type] = 1;

/** Of a message, its type and its length. */
export const headBytes = 5;
const mostBytes = 1024 * 1024 * 1024;

/** As `LengthOf`. */
export function lengthOf(bytes: Uint8Array, start: number, end: number): number {
  if (isType[bytes[start] as number] !== 1) return malformed;
  if (end - start < headBytes) return incomplete;
  const length = readUint32(bytes, start + 1);
  return length < 4 || length > mostBytes ? malformed : 1 + length;
}

/** What a statement ends with: CommandComplete, EmptyQueryResponse, PortalSuspended. */
export function isResult(type: number): boolean {
  return type === types.commandComplete || type === types.emptyQuery || type === types.suspended;
}

/** What a server may send whenever it likes, with no request. */
export function standsAlone(type: number): boolean {
  return type === types.notice || type === types.notification || type === types.parameterStatus;
}

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
    if (bytes[at] !== types.errorResponse) continue;
    const stop = Math.min(end, at + 1 + readUint32(bytes, at + 1));
    for (let field = at + 5; field < stop && bytes[field] !== 0; field++) {
      if (bytes[field] === codeField && field + 6 <= stop) return field + 1;
      while (field < stop && bytes[field] !== 0) field++;
    }
  }
  return -1;
}

const codeField = 67; // C
