/**
 * What `scan` returns where every byte was taken in and the message is not complete yet.
 *
 * @example
 * const scan = (_slot: number, bytes: Uint8Array, start: number, end: number) => {
 *   const newline = bytes.subarray(start, end).indexOf(10);
 *   return newline < 0 ? incomplete : start + newline + 1;
 * };
 * scan(0, Buffer.from("+OK\n"), 0, 4); // => 4
 * scan(0, Buffer.from("+OK"), 0, 3); // => incomplete
 */
export const incomplete = -1;
/**
 * What `scan` returns where the bytes break the protocol (a length over the limit, for example); the connection cannot be read any further.
 *
 * @example
 * const lengthOf = (bytes: Uint8Array, start: number, end: number) => {
 *   if (end - start < 2) return incomplete;
 *   const length = readUint16(bytes, start);
 *   return length > 1024 ? malformed : 2 + length;
 * };
 * lengthOf(Uint8Array.of(255, 255), 0, 2); // => malformed
 */
export const malformed = -2;

/**
 * Finds where messages end. One framer serves all connections of a workload; what it must remember
 * between two chunks is kept per slot.
 */
export interface Framer {
  /**
   * Takes in bytes `[start, end)` of connection `slot`, which directly follow those of the previous call.
   *
   * @returns the index after the first message that ends in them (the caller calls again with
   *          the rest), `incomplete` or `malformed`
   * @cost    no allocation
   */
  scan(slot: number, bytes: Uint8Array, start: number, end: number): number;
  /** Forgets a half-read message: the slot carries a new connection. */
  reset(slot: number): void;

  // Facts about the message that `scan` (or `end`) completed last on a slot. Most framings have none.

  /** Its HTTP status, 100 to 999; 0: it has none. */
  status?(slot: number): number;
  /**
   * Whether no other message can follow on the connection: the peer ends it after this one, or it has
   * gone over to another protocol. The caller closes it, as a peer may take its time.
   */
  closes?(slot: number): boolean;
  /**
   * The stream has ended in order. Completes a message that ends with its connection.
   *
   * @returns false where no message was coming in, or where a part of it is missing
   */
  end?(slot: number): boolean;
}
