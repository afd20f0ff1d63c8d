import { addressOf } from "./kernel/syscalls.ts";

/** Messages of one slot that the kernel has not taken yet; the first is with it, once issued. */
export interface PendingSend {
  readonly bytes: Uint8Array;
  readonly address: number;
  /** UDP, where the socket has no peer: the peer's address lies before the bytes, this long. */
  readonly nameBytes: number;
  /** UDP: the bytes begin with a msghdr, which says where all the rest is. */
  readonly isMessage: boolean;
}

export interface Held {
  readonly queue: PendingSend[];
  issued: boolean;
}

/**
 * What is to be sent and could not be at once, by slot. The kernel reads these bytes when the socket
 * takes them, so they are kept alive here until it has.
 */
export class PendingSends {
  readonly #held = new Map<number, Held>();

  get(slot: number): Held | undefined {
    return this.#held.get(slot);
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
  ): Held {
    let held = this.#held.get(slot);
    if (held === undefined) {
      held = { queue: [], issued: false };
      this.#held.set(slot, held);
    }
    const send: PendingSend = { bytes, address: addressOf(bytes), nameBytes, isMessage };
    if (first) held.queue.unshift(send);
    else held.queue.push(send);
    return held;
  }

  delete(slot: number): void {
    this.#held.delete(slot);
  }
}
