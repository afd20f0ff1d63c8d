import { addressOf } from "./kernel/syscalls.ts";

/** A message that the kernel has not accepted yet. */
export interface PendingSend {
  readonly bytes: Uint8Array;
  readonly address: number;
  /** UDP, where the socket has no peer: length of the peer's address, which precedes the bytes. */
  readonly nameBytes: number;
  /** UDP: the bytes start with a msghdr, which refers to the rest. */
  readonly isMessage: boolean;
}

/** The pending sends of one slot; the first is with the kernel, once issued. */
export interface PendingQueue {
  readonly queue: PendingSend[];
  issued: boolean;
}

/**
 * Messages that could not be sent at once, by slot. The kernel reads these bytes when the socket
 * accepts them, so they are kept alive here until then.
 */
export class PendingSends {
  readonly #queues = new Map<number, PendingQueue>();

  get(slot: number): PendingQueue | undefined {
    return this.#queues.get(slot);
  }

  /**
   * Adds a message after the slot's others, or before them.
   *
   * @param bytes     must not change; not in V8's own heap
   * @param nameBytes how many of them, at the start, are the peer's address
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
