/** In what a connection is slow on purpose. */
export interface Slowness {
  /** Bytes that it reads in a second at most; null: what comes. */
  readonly readBytesPerSecond: number | null;
  /** Bytes that it sends in a second at most; null: as fast as they go. */
  readonly writeBytesPerSecond: number | null;
  /** How long it neither sends nor reads in the middle of each message, ns; 0: not at all. */
  readonly stallNs: number;
}

/** A slow connection reads and writes so often in a second: smaller pieces would cost the machine, not the server. */
const piecesPerSecond = 4;

/** Larger ones would be bursts, and an io receives no more at once. */
const mostPieceBytes = 16 * 1024;

/** What Linux gives at least is near it. */
const leastReceiveBufferBytes = 4096;

/** Bytes that are read or written at once. */
export function pieceBytes(bytesPerSecond: number): number {
  return Math.max(1, Math.min(mostPieceBytes, Math.ceil(bytesPerSecond / piecesPerSecond)));
}

/**
 * Receive buffer of a connection that reads slowly, bytes: with the kernel's own, of 128 KiB and more, a server would
 * be rid of its reply long before it is read.
 */
export function slowReceiveBufferBytes(readBytesPerSecond: number): number {
  return Math.max(leastReceiveBufferBytes, 2 * pieceBytes(readBytesPerSecond));
}

/** One direction of slow connections: when the next piece may go, by slot. */
export class Pace {
  /** Bytes of a piece; Infinity: there is no limit. */
  readonly pieceBytes: number;
  readonly #nsPerByte: number;
  /** When the next piece may go, ns. */
  readonly #freeNs: Float64Array;

  /** @param bytesPerSecond null: there is no limit */
  constructor(slots: number, bytesPerSecond: number | null) {
    this.pieceBytes =
      bytesPerSecond === null ? Number.POSITIVE_INFINITY : pieceBytes(bytesPerSecond);
    this.#nsPerByte = bytesPerSecond === null ? 0 : 1e9 / bytesPerSecond;
    this.#freeNs = new Float64Array(slots);
  }

  /** When the slot's next piece may go, ns. */
  freeNs(slot: number): number {
    return this.#freeNs[slot] as number;
  }

  /** A new connection: its first piece may go at once. */
  reset(slot: number): void {
    this.#freeNs[slot] = 0;
  }

  /**
   * A piece of the slot has gone. It takes its time from when it was free to go, as the loop looks a moment later; but
   * what was missed for longer than a piece takes is not made up for.
   */
  spend(slot: number, bytes: number, nowNs: number): void {
    const takesNs = bytes * this.#nsPerByte;
    const freeNs = this.#freeNs[slot] as number;
    this.#freeNs[slot] = (freeNs > nowNs - takesNs ? freeNs : nowNs) + takesNs;
  }

  /** Nothing of the slot goes before then. */
  hold(slot: number, untilNs: number): void {
    this.#freeNs[slot] = Math.max(this.#freeNs[slot] as number, untilNs);
  }
}
