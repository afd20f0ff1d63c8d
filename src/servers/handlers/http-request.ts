/** Longest request head accepted, request line and headers: the default of nginx and Node. */
export const maxHeadBytes = 16 * 1024;

/** The parts of a request that matter to a server that ignores what is requested. Filled anew by each parse. */
export interface RequestHead {
  /** 0, or the status to refuse the request with. */
  refusal: number;
  /** Whether only the head of the reply is requested. */
  headOnly: boolean;
  http10: boolean;
  keepAlive: boolean;
  /** Bytes of body that follow, integer >= 0. */
  bodyBytes: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const tab = 0x09;
const colon = 0x3a;
const comma = 0x2c;

/** 1 for the characters of methods and header names (RFC 9110, 5.6.2: token). */
const isTokenCharacter = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  isTokenCharacter[character.charCodeAt(0)] = 1;
}

const headMethod = Buffer.from("head");
const version = Buffer.from("http/1.");
const contentLength = Buffer.from("content-length");
const transferEncoding = Buffer.from("transfer-encoding");
const connection = Buffer.from("connection");
const close = Buffer.from("close");
const keepAlive = Buffer.from("keep-alive");

/**
 * Returns where a request head ends: after its empty line. A bare LF counts as a line end (RFC 9112, 2.2).
 *
 * @returns index after the head, or -1 while it is incomplete
 */
export function findHeadEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (bytes[at] !== lineFeed) continue;
    if (at + 1 < end && bytes[at + 1] === lineFeed) return at + 2;
    if (at + 2 < end && bytes[at + 1] === carriageReturn && bytes[at + 2] === lineFeed) {
      return at + 3;
    }
  }
  return -1;
}

/**
 * Parses a whole request head, `bytes[start, end)` as delimited by `findHeadEnd`, into `head`.
 *
 * Refused are: what is not HTTP (400), versions other than 1.0 and 1.1 (505), and bodies without a
 * Content-Length (411, which RFC 9110 leaves to the server).
 *
 * @cost no allocation, one pass
 * @see  RFC 9112, 3 and 5
 */
export function parseRequestHead(
  bytes: Uint8Array,
  start: number,
  end: number,
  head: RequestHead,
): void {
  head.refusal = 0;
  head.headOnly = false;
  head.http10 = false;
  head.keepAlive = true;
  head.bodyBytes = -1;
  let lineEnd = bytes.indexOf(lineFeed, start);
  parseRequestLine(bytes, start, trimEnd(bytes, start, lineEnd), head);
  while (head.refusal === 0) {
    const lineStart = lineEnd + 1;
    lineEnd = bytes.indexOf(lineFeed, lineStart);
    if (lineEnd + 1 >= end) break;
    parseHeader(bytes, lineStart, trimEnd(bytes, lineStart, lineEnd), head);
  }
  if (head.bodyBytes < 0) head.bodyBytes = 0;
}

function parseRequestLine(bytes: Uint8Array, start: number, end: number, head: RequestHead): void {
  head.refusal = 400;
  const methodEnd = tokenEnd(bytes, start, end);
  if (methodEnd === start || bytes[methodEnd] !== space) return;
  head.headOnly = equals(bytes, start, methodEnd, headMethod);
  let targetEnd = methodEnd + 1;
  while (targetEnd < end && (bytes[targetEnd] as number) > space) targetEnd++;
  const versionStart = targetEnd + 1;
  const minor = versionStart + version.length;
  if (targetEnd === methodEnd + 1 || bytes[targetEnd] !== space || end !== minor + 1) return;
  if (!equals(bytes, versionStart, versionStart + 5, version.subarray(0, 5))) return;
  const digit = bytes[minor] as number;
  const isOne = equals(bytes, versionStart, minor, version);
  head.refusal = isOne && (digit === 0x30 || digit === 0x31) ? 0 : 505;
  head.http10 = digit === 0x30;
  head.keepAlive = !head.http10;
}

function parseHeader(bytes: Uint8Array, start: number, end: number, head: RequestHead): void {
  const nameEnd = tokenEnd(bytes, start, end);
  if (nameEnd === start || nameEnd === end || bytes[nameEnd] !== colon) {
    head.refusal = 400;
    return;
  }
  const valueStart = skipBlanks(bytes, nameEnd + 1, end);
  if (equals(bytes, start, nameEnd, contentLength)) {
    const length = parseLength(bytes, valueStart, end);
    const another = head.bodyBytes >= 0 && head.bodyBytes !== length;
    if (length < 0 || another) head.refusal = 400;
    head.bodyBytes = length;
  } else if (equals(bytes, start, nameEnd, transferEncoding)) {
    head.refusal = 411;
  } else if (equals(bytes, start, nameEnd, connection)) {
    parseConnection(bytes, valueStart, end, head);
  }
}

/** Parses a list of options, separated by commas. "close" takes precedence over "keep-alive". */
function parseConnection(bytes: Uint8Array, start: number, end: number, head: RequestHead): void {
  let at = start;
  let requestsKeepAlive = false;
  while (at < end) {
    const optionEnd = tokenEnd(bytes, at, end);
    if (equals(bytes, at, optionEnd, close)) {
      head.keepAlive = false;
      return;
    }
    if (equals(bytes, at, optionEnd, keepAlive)) requestsKeepAlive = true;
    at = optionEnd;
    while (at < end && bytes[at] !== comma) at++;
    at = skipBlanks(bytes, at + 1, end);
  }
  if (requestsKeepAlive) head.keepAlive = true;
}

/** @returns the number, or -1 when there is none or it is unreasonably large */
function parseLength(bytes: Uint8Array, start: number, end: number): number {
  if (start === end || end - start > 15) return -1;
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}

/** Whether `bytes[start, end)` is `text`, ignoring case; `text` is in lower case. */
function equals(bytes: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    let byte = bytes[start + index] as number;
    if (byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    if (byte !== text[index]) return false;
  }
  return true;
}

function tokenEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isTokenCharacter[bytes[at] as number] === 1) at++;
  return at;
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === space || bytes[at] === tab)) at++;
  return at;
}

/** Returns a line's end without CR and the blanks before it. */
function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (
    at > start &&
    (bytes[at - 1] === carriageReturn || bytes[at - 1] === space || bytes[at - 1] === tab)
  ) {
    at--;
  }
  return at;
}
