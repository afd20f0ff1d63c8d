import { copyBytes, writeLineEnd } from "../base/bytes.ts";
import { UserError } from "../base/errors.ts";
import { writeDecimal } from "../base/numbers/digits.ts";
import { createHttpFramer, methodOf } from "../framing/framers/http.ts";
import { defineProtocol, kind, type ProtocolSession } from "./protocol.ts";

const lineFeed = 10;
const carriageReturn = 13;
const mostBytes = 1024 * 1024 * 1024;

/**
 * HTTP/1.1: a request with a method, headers and a body, and its response.
 *
 * @see RFC 9112, sections 3 (request line), 3.2 (Host), 6.2 (Content-Length)
 */
export const http = defineProtocol({
  about: "HTTP/1.1",
  over: ["tcp"],
  options: {
    method: { type: "text", default: "GET", about: "GET, POST, or any other." },
    path: {
      type: "text",
      default: null,
      about:
        "What is asked for: /orders?page=2. Left out, it is the message's first line, and the body what follows that.",
    },
    host: { type: "text", default: "localhost", about: "The Host header." },
    headers: {
      type: "list",
      default: [],
      about: 'Others: ["Content-Type: application/json", "Authorization: Bearer abc"].',
    },
    accept: {
      type: "list",
      default: [],
      about:
        'Statuses from 400 on that are replies like others, as ["404"]; without it they are errors.',
    },
  },
  message: {
    about: "The body; without the option path its first line is the path: /users/{{number}}.",
    default: "",
  },
  create({ options, slots }): ProtocolSession {
    const { method, path, host, headers, accept } = options;
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method))
      throw new UserError(`"${method}" is not a method`);
    if (path !== null && !/^[\x21-\x7e]+$/.test(path)) {
      throw new UserError(`path "${path}" has a space, or what is not ASCII: write it as %20`);
    }
    for (const header of [`Host: ${host}`, ...headers]) checkHeader(header);
    const accepted = new Set(accept.map(statusOf));

    const first = Buffer.from(`${method} ${path ?? ""}`);
    const afterPath = ["", `Host: ${host}`, ...headers].join("\r\n");
    const rest = Buffer.from(` HTTP/1.1${afterPath}\r\n`, "latin1");
    const lengthHeader = Buffer.from("Content-Length: ");
    const slash = Buffer.from("/");
    /** Methods that are for bodies say so even where there is none. */
    const hasBody = ["POST", "PUT", "PATCH"].includes(method);
    const framer = createHttpFramer(slots, mostBytes, methodOf(Buffer.from(`${method} `)));

    return {
      readsMessages: false,
      maxBytes: (payloadBytes) =>
        first.length + rest.length + lengthHeader.length + payloadBytes + 24,
      write(into, at, _slot, _sequence, payload, start, end) {
        let body = start;
        let to = copyBytes(first, 0, first.length, into, at);
        if (path === null) {
          const line = lineEnd(payload, start, end);
          to =
            line === start
              ? copyBytes(slash, 0, 1, into, to)
              : copyBytes(payload, start, line, into, to);
          body = Math.min(end, line + (payload[line] === carriageReturn ? 2 : 1));
        }
        to = copyBytes(rest, 0, rest.length, into, to);
        if (body < end || hasBody) {
          to = copyBytes(lengthHeader, 0, lengthHeader.length, into, to);
          to = writeLineEnd(into, to + writeDecimal(into, to, end - body));
        }
        return copyBytes(payload, body, end, into, writeLineEnd(into, to)) - at;
      },
      scan: framer.scan,
      end: framer.end,
      status: framer.status,
      closes: framer.closes,
      classify(slot) {
        const status = framer.status(slot);
        return status < 400 || accepted.has(status) ? kind.reply : kind.error;
      },
      errorCode: (slot) => `HTTP_${framer.status(slot)}`,
      reset: framer.reset,
    };
  },
});

function checkHeader(header: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a header may not have
  const isHeader = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*$/.test(header);
  if (!isHeader) throw new UserError(`"${header}" is not a header: write "Name: value"`);
  if (/^(content-length|transfer-encoding):/i.test(header)) {
    throw new UserError(`"${header}": Content-Length is computed from the message: leave it out`);
  }
}

function statusOf(text: string): number {
  if (!/^[45]\d\d$/.test(text))
    throw new UserError(`accept: "${text}" is not a status from 400 to 599`);
  return Number(text);
}

/** Where the first line ends, without its CR. */
function lineEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== lineFeed && bytes[at] !== carriageReturn) at++;
  return at;
}
