import { copyBytes, writeUint32 } from "../../base/bytes.ts";
import { int16, int32, message } from "./messages.ts";

const query = 81; // Q
const bind = 66; // B
const headBytes = 5;
const tab = 9;
const name = "slash8\0";

/** Writes requests: simple queries, or executions of a prepared statement. */
export interface Requests {
  /** What prepares the statement. The server describes it: the number of its parameters comes back. */
  readonly preparation: Buffer;
  /** Number of the statement's parameters; -1: not known yet. */
  parameters: number;
  maxBytes(payloadBytes: number): number;
  /** @returns the request's length, bytes */
  write(into: Uint8Array, at: number, payload: Uint8Array, start: number, end: number): number;
}

/**
 * @param statement null: payloads are queries; else they are its parameters, with tabs between them
 * @see   https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export function createRequests(statement: string | null): Requests {
  const preparation = Buffer.concat([
    message("P", name, `${statement ?? ""}\0`, int16(0)),
    message("D", "S", name),
    message("S"),
  ]);
  // Of Bind: the unnamed portal, the statement, parameters as text.
  const bindHead = Buffer.from(`\0${name}\0\0`);
  const execution = Buffer.concat([message("E", "\0", int32(0)), message("S")]);
  const requests: Requests = {
    preparation,
    parameters: -1,
    maxBytes: (payloadBytes) => 5 * payloadBytes + bindHead.length + execution.length + 16,
    write: statement === null ? writeQuery : writeExecution,
  };
  return requests;

  function writeExecution(
    into: Uint8Array,
    at: number,
    payload: Uint8Array,
    start: number,
    end: number,
  ): number {
    into[at] = bind;
    const count = copyBytes(bindHead, 0, bindHead.length, into, at + headBytes);
    let to = count + 2;
    let values = 0;
    for (let from = start; requests.parameters !== 0 && from <= end; values++) {
      let stop = from;
      while (stop < end && payload[stop] !== tab) stop++;
      const isNull = stop - from === 2 && payload[from] === 92 && payload[from + 1] === 78; // \N
      to = writeUint32(into, to, isNull ? -1 : stop - from);
      if (!isNull) to = copyBytes(payload, from, stop, into, to);
      from = stop + 1;
    }
    into[count] = values >>> 8;
    into[count + 1] = values;
    // Results in their default format, text.
    into[to++] = 0;
    into[to++] = 0;
    writeUint32(into, at + 1, to - at - 1);
    return copyBytes(execution, 0, execution.length, into, to) - at;
  }
}

function writeQuery(
  into: Uint8Array,
  at: number,
  payload: Uint8Array,
  start: number,
  end: number,
): number {
  into[at] = query;
  const to = copyBytes(payload, start, end, into, at + headBytes);
  into[to] = 0;
  writeUint32(into, at + 1, to - at);
  return to + 1 - at;
}
