import type { Peer, Transport } from "../io/io.ts";
import type { Staging } from "../servers/replies/staging.ts";

interface Held {
  readonly peer: Peer | null;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Most that waits for one socket: a burst, not a backlog. */
const mostHeldBytes = 1024 * 1024;
/** What a datagram costs beside its bytes. */
const heldBytes = 128;

/** Datagrams that leave by one socket, in order; those that find no room are dropped. */
export class Outbox {
  readonly #transport: Transport;
  readonly #slot: number;
  readonly #staging: Staging;
  /** The socket is not open yet, or has not passed on what was sent last. */
  #blocked: boolean;
  #held: Held[] = [];
  #cost = 0;

  /** @param isOpen whether the socket takes datagrams at once; otherwise `drained` says so */
  constructor(transport: Transport, slot: number, staging: Staging, isOpen: boolean) {
    this.#transport = transport;
    this.#slot = slot;
    this.#staging = staging;
    this.#blocked = !isOpen;
  }

  /**
   * @param peer whom to, from a bound socket; null: the one it is connected to
   * @returns    false where the datagram was dropped
   */
  send(peer: Peer | null, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (!this.#blocked && length <= this.#transport.copiesUpTo) {
      this.#pass(peer, bytes, start, end);
      return true;
    }
    const cost = length + heldBytes;
    if (this.#blocked && this.#cost + cost > mostHeldBytes) return false;
    const at = this.#staging.copy(bytes, start, end);
    const copy = this.#staging.bytes;
    if (this.#blocked) {
      this.#held.push({ peer, bytes: copy, start: at, end: at + length });
      this.#cost += cost;
    } else if (this.#pass(peer, copy, at, at + length)) {
      return true;
    }
    this.#staging.keep(length);
    return true;
  }

  /** The socket takes more. */
  drained(): void {
    this.#blocked = false;
    let count = 0;
    while (count < this.#held.length && !this.#blocked) {
      const { peer, bytes, start, end } = this.#held[count++] as Held;
      this.#cost -= end - start + heldBytes;
      this.#pass(peer, bytes, start, end);
    }
    this.#held.splice(0, count);
  }

  /** @returns whether the bytes are ours again */
  #pass(peer: Peer | null, bytes: Uint8Array, start: number, end: number): boolean {
    const sent =
      peer === null
        ? this.#transport.send(this.#slot, bytes, start, end)
        : this.#transport.sendTo(this.#slot, peer, bytes, start, end);
    this.#blocked = !sent;
    return sent;
  }
}
