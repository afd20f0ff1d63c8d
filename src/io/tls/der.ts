/** DER: just what a certificate needs. @see ITU-T X.690 */

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  identifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A value with its tag and length. */
export function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(tags.sequence, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return tagged(tags.set, ...parts);
}

export function octetString(...parts: readonly Uint8Array[]): Buffer {
  return tagged(tags.octetString, ...parts);
}

export function yes(): Buffer {
  return tagged(tags.boolean, Buffer.from([0xff]));
}

/** @param bytes big-endian, without a sign */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes[0] ?? 0;
  return first < 0x80 ? tagged(tags.integer, bytes) : tagged(tags.integer, Buffer.from([0]), bytes);
}

/** Whole bytes. */
export function bitString(bytes: Uint8Array): Buffer {
  return tagged(tags.bitString, Buffer.from([0]), bytes);
}

export function utf8String(text: string): Buffer {
  return tagged(tags.utf8String, Buffer.from(text));
}

/** @param ms since 1970; until 2049, as UTCTime has two digits of the year (RFC 5280, section 4.1.2.5) */
export function utcTime(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return tagged(tags.utcTime, Buffer.from(digits.slice(2), "latin1"));
}

/** @param dotted an object identifier such as "2.5.29.17" */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...others.flatMap(base128)];
  return tagged(tags.identifier, Buffer.from(bytes));
}

/** Seven bits a byte, all but the last with the highest bit set. */
function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

function lengthOf(bytes: number): number[] {
  if (bytes < 0x80) return [bytes];
  const digits: number[] = [];
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return [0x80 | digits.length, ...digits];
}
