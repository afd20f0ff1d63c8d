import { type Framer, incomplete, malformed } from "./framers/framer.ts";

/** Takes in complete replies. */
export interface ReplySink {
  /**
   * One reply, bytes `[start, end)`, valid during the call. Where the reader does not keep replies
   * whole, the range is empty for those that came in pieces; `totalBytes` is their length always.
   */
  reply(slot: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): void;
}

/** Extracts replies from a stream's chunks, wherever the chunks' boundaries fall. */
export interface ReplyReader {
  /**
   * Takes in bytes `[start, end)`, which directly follow those of the previous call, and passes each
   * reply that they complete to the sink. A `reset` of the slot from within `sink.reply` drops the
   * rest of the bytes.
   *
   * @returns false when the bytes break the protocol: the connection is of no further use, `reset` comes next
   */
  feed(slot: number, bytes: Uint8Array, start: number, end: number, sink: ReplySink): boolean;
  /** Forgets a half-read reply: the slot carries a new connection. */
  reset(slot: number): void;
  /**
   * The stream has ended in order. A reply that ends with its connection is complete now, and is handed
   * to the sink.
   *
   * @returns whether there was one
   */
  end(slot: number, sink: ReplySink): boolean;
  /** Bytes taken of a reply that is not complete yet. */
  pending(slot: number): number;
  /** Those bytes, valid until the next call; none where the reader does not keep replies whole. */
  held(slot: number): Uint8Array;
  /** Whether `status` and `closes` ever say anything: where they do not, there is no need to call them. */
  readonly hasStatus: boolean;
  readonly hasCloses: boolean;
  /** Within `sink.reply`, before a `reset`: the reply's HTTP status; 0: it has none. */
  status(slot: number): number;
  /**
   * Within `sink.reply`, before a `reset`: whether no other reply can follow on the connection, which the
   * caller then closes.
   */
  closes(slot: number): boolean;
}

const noBytes = Buffer.alloc(0);
const noStatus = () => 0;
const never = () => false;

/**
 * A reader for slots 0 to `slots - 1`.
 *
 * A reply within one chunk is passed on in place. Others are assembled in buffers that all slots
 * share: memory grows with the replies that are half-read at once, not with the connections.
 *
 * @param framer    owned by the reader from now on
 * @param keepWhole whether the sink reads the replies' bytes
 * @param pieces    the bytes of half-read replies, by slot, owned by the reader; left out: room for all slots
 * @cost            no allocation except for pieces: a view for each piece of 64 bytes or more, and
 *                  buffers until there are enough of them
 */
export function createReplyReader(
  framer: Framer,
  slots: number,
  keepWhole: boolean,
  pieces: (Buffer | null | undefined)[] = new Array(keepWhole ? slots : 0).fill(null),
): ReplyReader {
  const pool = createBufferPool();
  /** Float64, per slot: bytes taken of the reply that is coming in. */
  const taken = new Float64Array(slots);
  /** The slot whose bytes are being fed; -1 once it was reset. */
  let feeding = -1;

  return {
    feed(slot, bytes, start, end, sink) {
      feeding = slot;
      let at = start;
      while (at < end) {
        const next = framer.scan(slot, bytes, at, end);
        if (next === malformed) return false;
        if (next === incomplete) {
          take(slot, bytes, at, end);
          return true;
        }
        if (taken[slot] === 0) sink.reply(slot, bytes, at, next, next - at);
        else {
          take(slot, bytes, at, next);
          handOver(slot, sink);
        }
        if (feeding !== slot) return true;
        at = next;
      }
      return true;
    },
    reset(slot) {
      framer.reset(slot);
      taken[slot] = 0;
      const held = pieces[slot];
      if (held) {
        pool.giveBack(held);
        pieces[slot] = null;
      }
      if (feeding === slot) feeding = -1;
    },
    end(slot, sink) {
      if (framer.end?.(slot) !== true) return false;
      handOver(slot, sink);
      return true;
    },
    pending: (slot) => taken[slot] as number,
    held: (slot) => (pieces[slot] ?? noBytes).subarray(0, taken[slot]),
    hasStatus: framer.status !== undefined,
    hasCloses: framer.closes !== undefined,
    status: framer.status?.bind(framer) ?? noStatus,
    closes: framer.closes?.bind(framer) ?? never,
  };

  function take(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const before = taken[slot] as number;
    const after = before + (end - start);
    taken[slot] = after;
    if (!keepWhole) return;
    let held = pieces[slot] ?? null;
    if (held === null || held.length < after) {
      const larger = pool.borrow(after);
      if (held !== null) {
        held.copy(larger, 0, 0, before);
        pool.giveBack(held);
      }
      pieces[slot] = larger;
      held = larger;
    }
    copy(bytes, start, end, held, before);
  }

  /** The reply of `pieces[slot]` is complete. */
  function handOver(slot: number, sink: ReplySink): void {
    const total = taken[slot] as number;
    taken[slot] = 0;
    const held = pieces[slot] ?? null;
    if (held === null) {
      sink.reply(slot, noBytes, 0, 0, total);
      return;
    }
    // Removed from the slot first: the sink may reset it.
    pieces[slot] = null;
    sink.reply(slot, held, 0, total, total);
    pool.giveBack(held);
  }
}

/** Copies bytes `[start, end)` to `into[at]`; a few of them without creating a view. */
function copy(bytes: Uint8Array, start: number, end: number, into: Buffer, at: number): void {
  if (end - start >= 64) into.set(bytes.subarray(start, end), at);
  else for (let i = start; i < end; i++) into[at + i - start] = bytes[i] as number;
}

/** Buffers to borrow, of powers of two bytes: as many as were ever borrowed at once, never freed. */
export interface BufferPool {
  /** A buffer with room for `bytes`; its content is left over from its last use. */
  borrow(bytes: number): Buffer;
  giveBack(buffer: Buffer): void;
}

/** Smallest buffer, bytes: shorter ones would soon be exchanged for longer ones. */
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
