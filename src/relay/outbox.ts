import type { Peer, Transport } from "../io/io.ts";
import type { Staging } from "../servers/replies/staging.ts";

interface Held {
  readonly peer: Peer | null;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** Limit of pending bytes per socket: enough for a burst, not a backlog. */
const mostHeldBytes = 1024 * 1024;
/** Cost of a datagram in addition to its bytes. */
const heldBytes = 128;

/** Datagrams to send through one socket, in order; datagrams without room are dropped. */
export class Outbox {
  readonly #transport: Transport;
  readonly #slot: number;
  readonly #staging: Staging;
  /** The socket is not open yet, or has not finished the last send. */
  #blocked: boolean;
  #held: Held[] = [];
  #cost = 0;

  /** @param isOpen whether the socket accepts datagrams now; otherwise `drained` is called when it does */
  constructor(transport: Transport, slot: number, staging: Staging, isOpen: boolean) {
    this.#transport = transport;
    this.#slot = slot;
    this.#staging = staging;
    this.#blocked = !isOpen;
  }

  /**
   * Sends a datagram, or keeps a copy until the socket accepts it.
   *
   * @param peer destination, for a bound socket; null: the one it is connected to
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

  /** Called when the socket accepts more datagrams. */
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

  /** @returns whether the bytes may be reused */
  #pass(peer: Peer | null, bytes: Uint8Array, start: number, end: number): boolean {
    const sent =
      peer === null
        ? this.#transport.send(this.#slot, bytes, start, end)
        : this.#transport.sendTo(this.#slot, peer, bytes, start, end);
    this.#blocked = !sent;
    return sent;
  }
}
