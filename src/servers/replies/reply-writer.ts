import type { Peer, Transport } from "../../io/io.ts";
import { type ReadPauses, readPauseReason } from "./read-pauses.ts";
import { Staging } from "./staging.ts";
import type { Tally } from "./tally.ts";

/** A reply whose slot accepts nothing now. */
interface Held {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly last: boolean;
}

/**
 * Sends replies at once, and applies back-pressure: a client that does not read its replies is not read
 * until they have been sent, so that it costs at most what it had sent before.
 */
export class ReplyWriter {
  readonly #transport: Transport;
  readonly #pauses: ReadPauses;
  readonly #tally: Tally;
  readonly #staging = new Staging();
  /** By slot: 1 from a `send` that returned false until `drained`. */
  readonly #blocked: Uint8Array;
  /** By slot: 1 when the connection is to be closed once the slot has drained. */
  readonly #ending: Uint8Array;
  readonly #held = new Map<number, Held[]>();

  constructor(transport: Transport, slots: number, pauses: ReadPauses, tally: Tally) {
    this.#transport = transport;
    this.#pauses = pauses;
    this.#tally = tally;
    this.#blocked = new Uint8Array(slots);
    this.#ending = new Uint8Array(slots);
  }

  /**
   * Sends `bytes[start, end)`, or holds it until the slot accepts more; a datagram is dropped then.
   *
   * @param peer   UDP: where to send them; TCP: null
   * @param stable whether the bytes never change: others are copied
   * @param last   TCP: whether the connection is closed after them
   */
  send(
    slot: number,
    peer: Peer | null,
    bytes: Uint8Array,
    start: number,
    end: number,
    stable: boolean,
    last: boolean,
  ): void {
    const length = end - start;
    const blocked = this.#blocked[slot] === 1;
    if (blocked && peer !== null) return;
    if (stable || (!blocked && length <= this.#transport.copiesUpTo)) {
      if (blocked) this.#hold(slot, { bytes, start, end, last });
      else this.#pass(slot, peer, bytes, start, end, last);
      return;
    }
    const at = this.#staging.copy(bytes, start, end);
    const copy = this.#staging.bytes;
    if (blocked) this.#hold(slot, { bytes: copy, start: at, end: at + length, last });
    if (blocked || !this.#pass(slot, peer, copy, at, at + length, last)) this.#staging.keep(length);
  }

  /** UDP: sends a datagram that is not a reply; it is dropped if the slot does not accept it. */
  sendOwn(slot: number, peer: Peer, bytes: Uint8Array): void {
    if (this.#blocked[slot] === 1) return;
    const at = this.#staging.copy(bytes, 0, bytes.length);
    const end = at + bytes.length;
    if (this.#transport.sendTo(slot, peer, this.#staging.bytes, at, end)) return;
    this.#staging.keep(bytes.length);
    this.#blocked[slot] = 1;
  }

  /** Closes the connection after what was sent so far. */
  end(slot: number): void {
    if (this.#blocked[slot] === 1) this.#ending[slot] = 1;
    else this.#transport.close(slot, "fin");
  }

  /** The slot accepts more. */
  drained(slot: number): void {
    this.#blocked[slot] = 0;
    const held = this.#held.get(slot);
    if (held !== undefined) {
      let index = 0;
      while (index < held.length) {
        const { bytes, start, end, last } = held[index++] as Held;
        if (!this.#pass(slot, null, bytes, start, end, last)) break;
      }
      if (index < held.length) this.#held.set(slot, held.slice(index));
      else this.#held.delete(slot);
      if (this.#blocked[slot] === 1) return;
    }
    // Also after the last reply, as only a read shows the client's own close.
    this.#pauses.remove(slot, readPauseReason.blocked);
    if (this.#ending[slot] === 1) this.#transport.close(slot, "fin");
  }

  /** The connection has ended. */
  reset(slot: number): void {
    this.#blocked[slot] = 0;
    this.#ending[slot] = 0;
    this.#held.delete(slot);
  }

  /** @returns whether the bytes belong to the caller again */
  #pass(
    slot: number,
    peer: Peer | null,
    bytes: Uint8Array,
    start: number,
    end: number,
    last: boolean,
  ): boolean {
    const passed =
      peer === null
        ? this.#transport.send(slot, bytes, start, end)
        : this.#transport.sendTo(slot, peer, bytes, start, end);
    this.#tally.replied++;
    this.#tally.bytesSent += end - start;
    if (!passed) {
      this.#blocked[slot] = 1;
      if (peer === null) this.#pauses.add(slot, readPauseReason.blocked);
    }
    if (last) this.end(slot);
    return passed;
  }

  #hold(slot: number, reply: Held): void {
    const held = this.#held.get(slot);
    if (held === undefined) this.#held.set(slot, [reply]);
    else held.push(reply);
  }
}
