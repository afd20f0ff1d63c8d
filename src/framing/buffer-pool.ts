/** Buffers to borrow, of powers of two bytes: as many as were ever out at once, and never freed. */
export interface BufferPool {
  /** A buffer with room for `bytes`; its content is left over from its last use. */
  borrow(bytes: number): Buffer;
  giveBack(buffer: Buffer): void;
}

/** Smallest buffer, bytes: shorter ones would only be changed for longer ones. */
const leastBytes = 256;

/** An empty pool: buffers are allocated when they are first borrowed. */
export function createBufferPool(): BufferPool {
  /** By the logarithm of their size. */
  const free: Buffer[][] = Array.from({ length: 33 }, () => []);
  return {
    borrow(bytes) {
      const logarithm = 32 - Math.clz32(Math.max(bytes, leastBytes) - 1);
      return (free[logarithm] as Buffer[]).pop() ?? Buffer.allocUnsafeSlow(2 ** logarithm);
    },
    giveBack(buffer) {
      (free[Math.log2(buffer.length)] as Buffer[]).push(buffer);
    },
  };
}
