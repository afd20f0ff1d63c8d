const blockBytes = 64 * 1024;
/** Up to this length a loop beats `set(subarray(...))`, which creates an object. */
const loopBytes = 128;

/**
 * Where bytes are copied that must outlive the transport's own array.
 *
 * `copy` writes after the bytes kept so far; unless `keep` is called, the next copy overwrites
 * them. A full block is left to the garbage collector, which frees it when the last message in it is
 * no longer used; so there are no reference counts, and bytes that are not kept cost no memory at all.
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

  /** Keeps the last copy, of that length, for as long as anything refers to its block. */
  keep(length: number): void {
    this.#used += length;
  }
}
