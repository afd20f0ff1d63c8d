import { createHash } from "node:crypto";
import { writeMessage } from "../../base/bytes.ts";
import { UserError } from "../../base/errors.ts";
import { createRandom } from "../../base/random.ts";
import { ConnectionText } from "../connection-text.ts";
import { incomplete, malformed } from "../protocol.ts";

interface UpgradeOptions {
  readonly path: string;
  readonly host: string;
  readonly headers: readonly string[];
  readonly subprotocol: string | null;
}

/** What the server's head ends with. */
const headEnd = Buffer.from("\r\n\r\n");
const longestHead = 65_536;

/**
 * The HTTP upgrade of a WebSocket.
 *
 * @see RFC 6455, sections 4.1 and 4.2.2
 */
export function createUpgrade(options: UpgradeOptions, slots: number, seed: number) {
  const { path, host, headers, subprotocol } = options;
  if (!/^\/[!-~]*$/.test(path))
    throw new UserError('path: "/" and printable ASCII without spaces will do');
  for (const header of [...headers, `Host: ${host}`, `Protocol: ${subprotocol ?? "none"}`]) {
    if (!/^[\w!#$%&'*+.^`|~-]+:[ \t]*[^\r\n\0]+$/.test(header)) {
      throw new UserError(`headers: "${header}" is not a header; "Name: value" will do`);
    }
  }
  const target = new ConnectionText("path", path);
  const rest = [
    ` HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`,
    ...headers.map((header) => `${header}\r\n`),
    subprotocol === null ? "" : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`,
  ].join("");

  /** Uint8, per slot: bytes of `headEnd` seen. */
  const seen = new Uint8Array(slots);
  /** Uint32, per slot: bytes of the head. */
  const headBytes = new Uint32Array(slots);
  /** Uint8, per slot: whether the server has agreed. */
  const done = new Uint8Array(slots);
  /** By slot: why it has not. */
  const codes: (string | null)[] = [];

  return {
    maxBytes: Buffer.byteLength(rest) + target.maxBytes + 100,
    isDone: (slot: number) => done[slot] === 1,
    errorCode: (slot: number) => codes[slot] ?? null,

    reset(slot: number): void {
      seen[slot] = 0;
      headBytes[slot] = 0;
      done[slot] = 0;
      codes[slot] = null;
    },

    /** Writes the request. @returns its length */
    write(_slot: number, connection: number, into: Uint8Array, at: number): number {
      const head = `GET ${target.of(connection)}${rest}Sec-WebSocket-Key: ${keyOf(connection)}\r\n\r\n`;
      return writeMessage(into, at, Buffer.from(head));
    },

    /** Finds the end of the response's head. */
    scan(slot: number, bytes: Uint8Array, start: number, end: number): number {
      for (let at = start; at < end; at++) {
        const byte = bytes[at];
        const have = seen[slot] as number;
        if (byte === headEnd[have]) seen[slot] = have + 1;
        else seen[slot] = byte === headEnd[0] ? 1 : 0;
        if (seen[slot] === headEnd.length) return at + 1;
      }
      headBytes[slot] = (headBytes[slot] as number) + end - start;
      return (headBytes[slot] as number) > longestHead ? malformed : incomplete;
    },

    /** Whether the response's head agrees to the upgrade. */
    accepts(slot: number, connection: number, head: string): boolean {
      const status = /^HTTP\/1\.1 (\d{3})[ \r]/.exec(head)?.[1];
      const has = (name: string) =>
        new RegExp(`^${name}:[ \t]*(.*?)[ \t]*\r$`, "im").exec(head)?.[1];
      if (status === undefined) codes[slot] = "WEBSOCKET_NOT_HTTP";
      else if (status !== "101") codes[slot] = `WEBSOCKET_HTTP_${status}`;
      else if (has("Sec-WebSocket-Accept") !== acceptOf(keyOf(connection))) {
        codes[slot] = "WEBSOCKET_WRONG_ACCEPT";
      } else if ((has("Sec-WebSocket-Protocol") ?? null) !== subprotocol) {
        codes[slot] = "WEBSOCKET_WRONG_SUBPROTOCOL";
      } else if (has("Sec-WebSocket-Extensions") !== undefined) {
        codes[slot] = "WEBSOCKET_WRONG_EXTENSION";
      } else done[slot] = 1;
      return done[slot] === 1;
    },
  };

  /** 16 bytes that look random, another for each connection. */
  function keyOf(connection: number): string {
    const random = createRandom(seed, connection);
    const bytes = Buffer.alloc(16);
    for (let i = 0; i < 16; i += 4) bytes.writeUInt32BE(random.uint32(), i);
    return bytes.toString("base64");
  }
}

function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}
