import { assert } from "../../../base/assert.ts";
import { systemFailure } from "./errno-name.ts";
import { mapPages, unmap, viewOf } from "./syscalls.ts";

/**
 * Pages outside V8's heap that both the program and the kernel read and write.
 *
 * Never freed by the garbage collector, so that memory the kernel may still write to is never
 * reused: not even when the thread that created it is terminated.
 */
export class Memory {
  readonly address: number;
  readonly length: number;
  readonly bytes: Uint8Array;
  /** The same memory in 32-bit words. */
  readonly words: Int32Array;

  /**
   * @param length bytes, > 0; untouched pages cost nothing
   * @throws Error with `code`, where there is not enough memory
   */
  constructor(length: number) {
    assert(length > 0 && length % 8 === 0, "memory comes in units of 8 bytes");
    const address = mapPages(length);
    if (address < 0) throw systemFailure("mmap", address);
    const buffer = viewOf(address, length);
    this.address = address;
    this.length = length;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
  }

  /** Releases the pages; neither the kernel nor the program may use them afterwards. */
  free(): void {
    unmap(this.address, this.length);
  }
}

/** The lower and upper 32 bits of an address. */
export function low(address: number): number {
  return address | 0;
}

export function high(address: number): number {
  return Math.floor(address / 4294967296);
}
