import { UserError } from "../base/errors.ts";

export type Family = 4 | 6;

/** An address as a number that can be counted up: 32 bits for family 4, 128 for family 6. */
export interface Ip {
  readonly family: Family;
  readonly value: bigint;
}

const mappedPrefix = 0xffffn << 32n;

/**
 * Reads a dotted quad: four decimal parts, 0 to 255, no leading zeros (elsewhere they mean octal).
 *
 * @returns integer, 0 to 2^32 - 1
 * @throws  UserError that starts with the text and says what is wrong with it
 */
export function parseIpv4(text: string): number {
  const parts = text.split(".");
  if (parts.length !== 4) refuse(text, "an IPv4 address has four numbers, as in 127.0.0.1");
  let value = 0;
  for (const part of parts) {
    if (!/^\d+$/.test(part)) refuse(text, `${quote(part)} is not a number from 0 to 255`);
    if (part.length > 1 && part.startsWith("0")) refuse(text, `${part} has a leading zero`);
    const octet = Number(part);
    if (octet > 255) refuse(text, `${shorten(part)} is more than 255`);
    value = value * 256 + octet;
  }
  return value;
}

/** Formats a dotted quad; `value` is an integer, 0 to 2^32 - 1. */
export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/**
 * Reads every form of RFC 4291, section 2.2: full, with "::", with a dotted quad at the end. No zone.
 *
 * @returns 0n to 2n ** 128n - 1n
 * @throws  UserError that starts with the text and says what is wrong with it
 */
export function parseIpv6(text: string): bigint {
  if (text.includes("%")) refuse(text, "an address with a zone is not supported");
  const halves = text.split("::");
  if (halves.length > 2) refuse(text, '"::" may occur only once');
  const head = groupsOf(text, halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(text, halves[1] ?? "", true) : [];
  const given = head.length + tail.length;
  if (halves.length === 1 && given !== 8) {
    refuse(text, `an IPv6 address has eight groups, this has ${given}`);
  }
  if (halves.length === 2 && given > 7) {
    refuse(text, `"::" stands for one group or more, but ${given} are given`);
  }
  const zeros = new Array<number>(8 - given).fill(0);
  return [...head, ...zeros, ...tail].reduce((value, group) => value * 65536n + BigInt(group), 0n);
}

/**
 * Formats an address as its one canonical text: lower case, no leading zeros, the first of the longest runs of two
 * or more zero groups as "::", IPv4-mapped addresses with a dotted quad.
 *
 * @see RFC 5952, sections 4 and 5
 */
export function formatIpv6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${formatIpv4(Number(value & 0xffffffffn))}`;
  const groups = Array.from({ length: 8 }, (_, i) =>
    Number((value >> BigInt(112 - 16 * i)) & 65535n),
  );
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > longest.length) longest = { start, length };
  }
  const hex = groups.map((group) => group.toString(16));
  if (longest.length < 2) return hex.join(":");
  const before = hex.slice(0, longest.start).join(":");
  const after = hex.slice(longest.start + longest.length).join(":");
  return `${before}::${after}`;
}

/**
 * Reads an IPv4 or IPv6 address.
 *
 * @throws UserError that starts with the text and says what is wrong with it
 */
export function parseIp(text: string): Ip {
  if (text === "") refuse('""', "an address is missing");
  if (/^\[.*\]$/.test(text)) refuse(text, "write the address without brackets here");
  if (text.includes(":")) return { family: 6, value: parseIpv6(text) };
  if (/^[0-9.]+$/.test(text)) return { family: 4, value: BigInt(parseIpv4(text)) };
  refuse(text, "not an IP address (names are not looked up; 127.0.0.1 and ::1 are addresses)");
}

/** Formats an address as its canonical text. */
export function formatIp(ip: Ip): string {
  return ip.family === 4 ? formatIpv4(Number(ip.value)) : formatIpv6(ip.value);
}

/** Returns the IPv4 address of an IPv4-mapped one (::ffff:127.0.0.1); other addresses unchanged. */
export function unmapIp(ip: Ip): Ip {
  if (ip.family === 4 || ip.value >> 32n !== 0xffffn) return ip;
  return { family: 4, value: ip.value - mappedPrefix };
}

/**
 * IPv6 has one loopback address, ::1. For more, a prefix of fd00:127::/32 is routed to lo as a whole
 * (AnyIP, docs/ipv6.md); preflight checks that it is before anything is sent there.
 */
export const anyIpRange: readonly [bigint, bigint] = [
  0xfd000127n << 96n,
  (0xfd000128n << 96n) - 1n,
];

/** Returns whether traffic to the address stays on this host: 127.0.0.0/8 (also IPv4-mapped), ::1 or fd00:127::/32. */
export function isLoopback(text: string): boolean {
  const ip = unmapIp(parseIp(text));
  return ip.family === 4 ? ip.value >> 24n === 127n : ip.value === 1n || isAnyIp(ip);
}

/** Returns whether the address belongs to this host only if a route to lo covers it. */
export function isAnyIp({ family, value }: Ip): boolean {
  return family === 6 && value >= anyIpRange[0] && value <= anyIpRange[1];
}

/** Returns whether it is an IPv4 multicast group, 224.0.0.0/4 (RFC 5771). @param text a literal address */
export function isMulticast(text: string): boolean {
  const first = Number.parseInt(text, 10);
  return first >= 224 && first <= 239 && !text.includes(":");
}

/** Returns whether the address means "any address of this host": 0.0.0.0 or ::. */
export function isWildcard(ip: Ip): boolean {
  return unmapIp(ip).value === 0n;
}

/**
 * Returns the 16-bit groups of one side of "::".
 *
 * @param atEnd whether the side ends the address, so that a dotted quad may replace two groups
 */
function groupsOf(text: string, side: string, atEnd: boolean): number[] {
  if (side === "") return [];
  const parts = side.split(":");
  return parts.flatMap((part, index) => {
    if (part.includes(".") && atEnd && index === parts.length - 1) {
      const quad = parseIpv4(part);
      return [quad >>> 16, quad & 65535];
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(part)) {
      refuse(text, `${quote(part)} is not a group of one to four hexadecimal digits`);
    }
    return [Number.parseInt(part, 16)];
  });
}

function refuse(text: string, reason: string): never {
  throw new UserError(`${shorten(text)}: ${reason}`);
}

function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

/** Keeps a quoted text short and on one line, whatever the user wrote. */
function shorten(text: string): string {
  const line = text.replaceAll(/\s/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
