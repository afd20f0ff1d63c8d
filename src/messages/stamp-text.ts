/**
 * A stamp with its send time (send-time.ts) as text, for protocols that carry text: its 32 bytes in base64url (RFC 4648,
 * section 5) without padding, 43 characters. The first four of them stand for the stamp's first three bytes, so that a
 * stamp in text is found as one in bytes is.
 *
 * No function here allocates or checks bounds: 43 bytes must be there.
 */
import { timedStampBytes } from "./send-time.ts";

export const stampTextBytes = Math.ceil((timedStampBytes * 4) / 3);

const alphabet = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/** By character: its six bits; 64: it is none of the alphabet. */
const values = new Uint8Array(256).fill(64);
for (const [value, character] of alphabet.entries()) values[character] = value;

/** Writes the text of a stamp, the first 32 of `bytes`. @returns where it ends */
export function writeStampText(into: Uint8Array, at: number, bytes: Uint8Array): number {
  let held = 0;
  let bits = 0;
  for (let i = 0; i < timedStampBytes; i++) {
    held = ((held << 8) | (bytes[i] as number)) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      into[at++] = alphabet[(held >>> bits) & 63] as number;
    }
  }
  into[at++] = alphabet[(held << (6 - bits)) & 63] as number;
  return at;
}

/** Reads the text of a stamp into the first 32 bytes of `into`. @returns whether it is one */
export function readStampText(text: Uint8Array, start: number, into: Uint8Array): boolean {
  let held = 0;
  let bits = 0;
  let at = 0;
  for (let i = start; i < start + stampTextBytes; i++) {
    const value = values[text[i] as number] as number;
    if (value === 64) return false;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    into[at++] = held >>> bits;
  }
  return true;
}

/** Whether bytes `[start, end)` have nothing that the text of a stamp has not. */
export function isStampText(text: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (values[text[i] as number] === 64) return false;
  return true;
}
