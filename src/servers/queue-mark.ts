/**
 * A datagram that a server sends to its own bound socket: when it comes back, all that was queued there
 * before has been read. Numbers count up; the nonce is this process's own, as another one may have a
 * socket on the same address.
 *
 *     | offset | size | content                                     |
 *     | ------ | ---- | ------------------------------------------- |
 *     | 0      | 4    | magic, "s8qm"                               |
 *     | 4      | 8    | nonce                                       |
 *     | 12     | 4    | number, unsigned, little endian, wraps      |
 */
export class QueueMark {
  /** What is sent; the number is that of the last `next`. */
  readonly bytes: Buffer;

  /** @param nonce 8 bytes that nobody else has */
  constructor(nonce: Uint8Array) {
    this.bytes = Buffer.allocUnsafeSlow(markBytes);
    this.bytes.write("s8qm", "latin1");
    this.bytes.set(nonce, 4);
  }

  write(number: number): void {
    this.bytes.writeUInt32LE(number >>> 0, numberAt);
  }

  /** @returns the number in `bytes[start, end)`, or -1 where it is no mark of ours */
  read(bytes: Uint8Array, start: number, end: number): number {
    if (end - start !== markBytes) return -1;
    for (let at = 0; at < numberAt; at++) if (bytes[start + at] !== this.bytes[at]) return -1;
    let number = 0;
    for (let at = markBytes - 1; at >= numberAt; at--) {
      number = number * 256 + (bytes[start + at] as number);
    }
    return number;
  }
}

const markBytes = 16;
const numberAt = 12;
