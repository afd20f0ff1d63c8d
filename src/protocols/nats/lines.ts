/** Reading what a NATS server says: lines of words, each with one space between them. */

export const space = 32;
export const lineFeed = 10;
export const digit0 = 48;
export const [letterH, letterI, letterM, letterP] = [72, 73, 77, 80];
export const [plus, minus] = [43, 45];

/** The longest payload that is taken in: 64 MiB. */
const longestPayload = 2 ** 26;

/** A number with another digit; -1: it is not one, or is too high for a payload. */
export function withDigit(number: number, byte: number): number {
  if (number < 0 || !isDigit(byte)) return -1;
  const next = number * 10 + byte - digit0;
  return next > longestPayload ? -1 : next;
}

export function isDigit(byte: number): boolean {
  return byte >= digit0 && byte <= 57;
}

/** Whether a line of the server can begin so: INFO, MSG, HMSG, PING, PONG, +OK, -ERR. */
export function isFirst(byte: number): boolean {
  return (
    byte === letterM ||
    byte === plus ||
    byte === letterP ||
    byte === letterH ||
    byte === letterI ||
    byte === minus
  );
}

export function isPing(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === letterP && bytes[start + 1] === letterI;
}

/** Where word `index` of a line begins; words have one space between them. */
export function wordAt(bytes: Uint8Array, start: number, index: number): number {
  let at = start;
  for (let word = 0; word < index; word++) {
    while ((bytes[at] as number) > space) at++;
    at++;
  }
  return at;
}

/** Of a message with headers, what they begin with, "NATS/1.0 503"; 0: no status. */
export function statusOf(bytes: Uint8Array, start: number, end: number): number {
  const at = bytes.indexOf(lineFeed, start) + 1 + "NATS/1.0".length;
  if (at + 4 > end || bytes[at] !== space) return 0;
  let status = 0;
  for (let i = 1; i <= 3; i++) status = status * 10 + (bytes[at + i] as number) - digit0;
  return status >= 100 && status <= 999 ? status : 0;
}

/** "-ERR 'Permissions Violation for Publish to "a"'" is NATS_PERMISSIONS_VIOLATION. */
export function errorName(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.from(bytes.subarray(start, end)).toString();
  const said = /'(.*?)(?: for .*)?'/.exec(text)?.[1] ?? "error";
  return `NATS_${said
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .slice(0, 50)}`;
}

export interface Info {
  /** Of this client at this server; nobody else has it. */
  readonly inbox: string;
  readonly needsTls: boolean;
}

/** What the server says of itself, `INFO {...}`; null where it cannot be used. */
export function readInfo(bytes: Uint8Array, start: number, end: number): Info | null {
  const text = Buffer.from(bytes.subarray(start, end)).toString();
  try {
    const { server_id, client_id, tls_required } = JSON.parse(text.slice("INFO ".length));
    const server = `${server_id}`.replaceAll(/\W/g, "").slice(0, 12);
    return { inbox: `_INBOX.${server}.${Number(client_id)}.`, needsTls: tls_required === true };
  } catch {
    return null;
  }
}
