import { addressOf } from "./kernel/syscalls.ts";

/** A message that the kernel has not taken yet. */
export interface PendingSend {
  readonly bytes: Uint8Array;
  readonly address: number;
  /** UDP, where the socket has no peer: the peer's address lies before the bytes, this long. */
  readonly nameBytes: number;
  /** UDP: the bytes begin with a msghdr, which says where all the rest is. */
  readonly isMessage: boolean;
}

/** The pending sends of one slot; the first is with the kernel, once issued. */
export interface PendingQueue {
  readonly queue: PendingSend[];
  issued: boolean;
}

/**
 * What is to be sent and could not be at once, by slot. The kernel reads these bytes when the socket
 * takes them, so they are kept alive here until it has.
 */
export class PendingSends {
  readonly #queues = new Map<number, PendingQueue>();

  get(slot: number): PendingQueue | undefined {
    return this.#queues.get(slot);
  }

  /**
   * Adds a message behind the slot's others, or before them.
   *
   * @param bytes     must stay as they are; not in V8's own heap
   * @param nameBytes how many of them, at their begin, are the peer's address
   */
  add(
    slot: number,
    bytes: Uint8Array,
    nameBytes: number,
    { first = false, isMessage = false } = {},
  ): PendingQueue {
    let pending = this.#queues.get(slot);
    if (pending === undefined) {
      pending = { queue: [], issued: false };
      this.#queues.set(slot, pending);
    }
    const send: PendingSend = { bytes, address: addressOf(bytes), nameBytes, isMessage };
    if (first) pending.queue.unshift(send);
    else pending.queue.push(send);
    return pending;
  }

  delete(slot: number): void {
    this.#queues.delete(slot);
  }
}

/** A copy of `[start, end)` outside V8's own heap, with room before it. */
export function copyOf(bytes: Uint8Array, start: number, end: number, before = 0): Buffer {
  const copy = Buffer.allocUnsafeSlow(Math.max(before + end - start, 1));
  copy.set(bytes.subarray(start, end), before);
  return copy.subarray(0, before + end - start);
}
