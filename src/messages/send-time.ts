/**
 * The send time in a message, directly after its stamp (stamp.ts). Receivers use it to compute how long the
 * message was in flight.
 *
 *     | offset | size | content                                                        |
 *     | ------ | ---- | -------------------------------------------------------------- |
 *     | 0      | 16   | the stamp                                                      |
 *     | 16     | 8    | intended send time, ns, unsigned, little endian, < 2^53         |
 *     | 24     | 7    | time it was sent, ns, unsigned, little endian, < 2^53           |
 *     | 31     | 1    | phase of the intended time, its number                         |
 *
 * Times are of the monotonic clock, which all processes of a host share; on another host they are
 * meaningless. No function here allocates or checks bounds: 32 bytes must be there.
 */
import { readUint32, writeUint32 } from "./stamp.ts";

export const timedStampBytes = 32;

const intendedAt = 16;
const sentAt = 24;
const phaseAt = 31;

/**
 * @param at         offset of the stamp
 * @param intendedNs integer, 0 to 2^53 - 1
 * @param sentNs     integer, 0 to 2^53 - 1
 * @param phase      0 to 255
 */
export function writeSendTime(
  into: Uint8Array,
  at: number,
  intendedNs: number,
  sentNs: number,
  phase: number,
): void {
  writeUint64(into, at + intendedAt, intendedNs);
  writeUint64(into, at + sentAt, sentNs);
  into[at + phaseAt] = phase;
}

/** Returns the intended send time, ns. */
export function intendedTimeNs(bytes: Uint8Array, start: number): number {
  return (
    readUint32(bytes, start + intendedAt + 4) * 2 ** 32 + readUint32(bytes, start + intendedAt)
  );
}

/** Returns the actual send time, ns. */
export function sentTimeNs(bytes: Uint8Array, start: number): number {
  const high = readUint32(bytes, start + sentAt + 4) & 0xffffff;
  return high * 2 ** 32 + readUint32(bytes, start + sentAt);
}

/** Returns the number of the phase of the intended send time. */
export function sentPhase(bytes: Uint8Array, start: number): number {
  return bytes[start + phaseAt] as number;
}

function writeUint64(into: Uint8Array, at: number, value: number): void {
  writeUint32(into, at, value);
  writeUint32(into, at + 4, value / 2 ** 32);
}
