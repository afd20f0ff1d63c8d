/**
 * Packets of MQTT: type and flags (1 byte), the length of the rest (1 to 4 bytes, 7 bits each, the lowest first), the rest.
 *
 * @see MQTT Version 3.1.1 and MQTT Version 5.0 (OASIS), section 2.1
 */
import { incomplete, malformed } from "../protocol.ts";

/** The upper four bits of a packet's first byte. */
export const types = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  pingresp: 13,
  disconnect: 14,
} as const;

export const ping = Uint8Array.of(0xc0, 0);

/** By type, the fewest bytes that follow the fixed header; -1: a server does not send it, or only for QoS 2. */
const fewestBytes = Int8Array.of(-1, -1, 2, 2, 2, -1, -1, -1, -1, 3, -1, -1, -1, 0, 0, -1);

/** The longest packet that is taken in: 16 MiB. */
const longest = 2 ** 24;

/** The fixed header: by its last byte the length is known. */
export const longestHead = 5;

/** Length of the packet that begins at `start`. */
export function lengthOf(bytes: Uint8Array, start: number, end: number): number {
  const fewest = fewestBytes[(bytes[start] as number) >> 4] as number;
  if (fewest < 0) return malformed;
  let rest = 0;
  let shift = 0;
  for (let at = start + 1; at < end; at++, shift += 7) {
    const byte = bytes[at] as number;
    rest |= (byte & 127) << shift;
    if (byte < 128) return rest < fewest || rest > longest ? malformed : at + 1 - start + rest;
    if (shift === 21) return malformed;
  }
  return incomplete;
}

/** Where a packet's rest begins, behind its length. */
export function restAt(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while ((bytes[at] as number) > 127) at++;
  return at + 1;
}

/** Writes the length of a packet's rest, below 2^28. @returns the index after it */
export function writeLength(into: Uint8Array, at: number, length: number): number {
  let to = at;
  let rest = length;
  for (; rest > 127; rest >>>= 7) into[to++] = (rest & 127) | 128;
  into[to++] = rest;
  return to;
}
