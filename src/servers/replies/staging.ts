const blockBytes = 64 * 1024;
/** Up to here a loop beats `set(subarray(...))`, which makes an object. */
const loopBytes = 128;

/**
 * Where bytes are copied to that must outlive the transport's own array.
 *
 * `copy` writes behind the bytes kept so far; unless `keep` is called, the next copy overwrites
 * them. A block that is full is left to the garbage collector, which frees it when the last message
 * in it has gone; so nobody counts references, and what is not kept costs no memory at all.
 */
export class Staging {
  /** The block that the last `copy` wrote to. */
  bytes: Uint8Array = new Uint8Array(blockBytes);
  #used = 0;

  /**
   * Copies `from[start, end)`.
   *
   * @returns where in `bytes` the copy begins
   * @cost    no allocation up to 128 bytes while the block lasts
   */
  copy(from: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (this.#used + length > this.bytes.length) {
      this.bytes = new Uint8Array(Math.max(blockBytes, length));
      this.#used = 0;
    }
    const { bytes } = this;
    const at = this.#used;
    if (length <= loopBytes) {
      for (let index = 0; index < length; index++)
        bytes[at + index] = from[start + index] as number;
    } else {
      bytes.set(from.subarray(start, end), at);
    }
    return at;
  }

  /** Keeps the last copy, of that length, for as long as somebody refers to its block. */
  keep(length: number): void {
    this.#used += length;
  }
}
