/**
 * Whole messages, each once and in order, over packets that may be lost, doubled or late: one end of it.
 *
 * A carrier such as NATS loses packets when its broker restarts, and does not say that the other end is gone. So packets are
 * numbered and kept until the other end has acknowledged them, and both ends send a sign of life four times a second. What an
 * end does not acknowledge is sent again (go-back-N: an end takes the next packet only): at once where it says that its carrier
 * was interrupted, else after some of its signs without progress, and after twice as many each time that this was of no use. An
 * end that has too much to do has not lost anything, and is not to get everything once more.
 *
 *     | offset | bytes | of a packet, little endian                                                         |
 *     | ------ | ----- | ---------------------------------------------------------------------------------- |
 *     | 0      | 1     | kind: 0 part of a message, 1 its last part, 2 the end of the channel, 3 sign of      |
 *     |        |       | life, 4 this end has closed the channel, as it heard nothing for too long          |
 *     | 1      | 1     | a sign of life: 1 if the carrier of this end was interrupted before it             |
 *     | 2      | 2     | 0                                                                                  |
 *     | 4      | 4     | number of the packet, from 0; a sign of life: of the next one                      |
 *     | 8      | 4     | number of the next packet that this end expects: it has all before                 |
 *     | 12     | rest  | bytes of the message; 4: for how many ms it heard nothing, u32                     |
 *
 * Pure: it is given the times, and sends through a function.
 */
import { assert } from "../base/assert.ts";

const headerBytes = 12;
const kinds = { part: 0, last: 1, end: 2, life: 3, gaveUp: 4 } as const;

/** How often to call `tick`. */
export const tickMs = 250;
const tickNs = tickMs * 1e6;

/**
 * A tick counts no more than that: a process that was stopped, or had no CPU, does not blame the other end. Where this one
 * waits for CPUs, so does an end on the same machine, whose signs of life come as late as these ticks.
 */
const mostPerTickNs = tickNs;

/** Signs of life of the other end without progress after which packets are sent again: at first, and at most. */
const leastPatience = 4;
const mostPatience = 16;

/** Of messages that wait for an acknowledgement: beyond that the other end is of no use. */
const mostUnacknowledgedBytes = 256 * 2 ** 20;

export interface DeliveryEvents {
  /** Sends a packet; it may be lost. */
  packet(bytes: Uint8Array): void;
  message(bytes: Uint8Array): void;
  /** Once: nothing is sent or arrives any more. */
  closed(why: string): void;
}

export interface DeliveryLimits {
  /** The largest packet of the carrier, bytes. */
  readonly packetBytes: number;
  /** How long the other end may be silent while the carrier works. */
  readonly silenceNs: number;
  /** How long the carrier may be interrupted. */
  readonly interruptionNs: number;
}

interface Packet {
  readonly number: number;
  readonly bytes: Uint8Array;
}

export class Delivery {
  readonly #limits: DeliveryLimits;
  readonly #events: DeliveryEvents;
  /** Sent and not acknowledged, in order. */
  #kept: Packet[] = [];
  #keptBytes = 0;
  #nextNumber = 0;
  #expected = 0;
  /** The least number that was not acknowledged at the last sign of life of the other end, and at how many before it. */
  #askedFor = -1;
  #asked = 0;
  #patience = leastPatience;
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #tickedNs: number;
  #silentNs = 0;
  #interruptedNs = 0;
  #isConnected = true;
  #isEnding = false;
  #isClosed = false;

  constructor(limits: DeliveryLimits, events: DeliveryEvents, nowNs: number) {
    assert(limits.packetBytes > headerBytes, "a packet has room for more than its header");
    this.#limits = limits;
    this.#events = events;
    this.#tickedNs = nowNs;
  }

  /** Sends a message in as many packets as it needs; does nothing once the channel is closed. */
  send(message: Uint8Array): void {
    if (this.#isClosed || this.#isEnding) return;
    const room = this.#limits.packetBytes - headerBytes;
    let at = 0;
    do {
      const part = message.subarray(at, at + room);
      at += room;
      this.#keep(at >= message.length ? kinds.last : kinds.part, part);
    } while (at < message.length);
    if (this.#keptBytes > mostUnacknowledgedBytes)
      this.#close("the other end does not acknowledge what is sent");
  }

  /** Ends the channel once the other end has everything; `closed` says so then. */
  end(): void {
    if (this.#isClosed || this.#isEnding) return;
    this.#keep(kinds.end, new Uint8Array(0));
    this.#isEnding = true;
  }

  /** Takes a packet of the other end; one that makes no sense is ignored. */
  receive(packet: Uint8Array): void {
    if (this.#isClosed || packet.length < headerBytes) return;
    this.#silentNs = 0;
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    const kind = view.getUint8(0);
    const number = view.getUint32(4, true);
    this.#acknowledged(view.getUint32(8, true));
    if (this.#isClosed) return;
    if (kind === kinds.life) this.#asks(view.getUint8(1) === 1);
    else if (kind === kinds.gaveUp) this.#givenUp(packet.subarray(headerBytes));
    else if (number === this.#expected && kind <= kinds.end) {
      this.#expected++;
      this.#take(kind, packet.subarray(headerBytes));
    }
  }

  /** Whether the carrier reaches its broker. What was lost meanwhile is sent again. */
  connected(isConnected: boolean): void {
    if (this.#isClosed) return;
    this.#isConnected = isConnected;
    this.#interruptedNs = 0;
    this.#silentNs = 0;
    if (isConnected) this.#life(true);
  }

  /** Closes the channel at once: the carrier has ended, or the other end sends what is not a message. */
  fail(why: string): void {
    this.#close(why);
  }

  /** Call it every `tickMs`. */
  tick(nowNs: number): void {
    if (this.#isClosed) return;
    const passedNs = Math.min(mostPerTickNs, nowNs - this.#tickedNs);
    this.#tickedNs = nowNs;
    if (!this.#isConnected) {
      this.#interruptedNs += passedNs;
      if (this.#interruptedNs > this.#limits.interruptionNs)
        this.#close(`the broker was not reached for ${seconds(this.#limits.interruptionNs)}`);
      return;
    }
    this.#silentNs += passedNs;
    if (this.#silentNs > this.#limits.silenceNs) this.#giveUp();
    else this.#life();
  }

  /** The other end may still be there: then it is not to wait for this one, and to know why. */
  #giveUp(): void {
    const { silenceNs } = this.#limits;
    const body = new Uint8Array(4);
    new DataView(body.buffer).setUint32(0, silenceNs / 1e6, true);
    this.#events.packet(this.#packet(kinds.gaveUp, this.#nextNumber, body));
    this.#close(`the other end was silent for ${seconds(silenceNs)}`);
  }

  #givenUp(body: Uint8Array): void {
    if (body.length < 4) return;
    const ms = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0, true);
    this.#close(
      `the other end heard nothing of this one for ${seconds(ms * 1e6)} and gave up; this process, or the NATS server, was stopped or had no CPU for so long, or the network was interrupted`,
    );
  }

  #keep(kind: number, part: Uint8Array): void {
    const bytes = this.#packet(kind, this.#nextNumber, part);
    this.#kept.push({ number: this.#nextNumber, bytes });
    this.#keptBytes += bytes.length;
    this.#nextNumber++;
    if (this.#isConnected) this.#events.packet(bytes);
  }

  #packet(kind: number, number: number, part: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(headerBytes + part.length);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, kind);
    view.setUint32(4, number, true);
    view.setUint32(8, this.#expected, true);
    bytes.set(part, headerBytes);
    return bytes;
  }

  #life(wasInterrupted = false): void {
    const bytes = this.#packet(kinds.life, this.#nextNumber, new Uint8Array(0));
    bytes[1] = wasInterrupted ? 1 : 0;
    this.#events.packet(bytes);
  }

  #acknowledged(number: number): void {
    // Of another conversation, or made up.
    if (number > this.#nextNumber) return;
    let count = 0;
    for (const packet of this.#kept) {
      if (packet.number >= number) break;
      this.#keptBytes -= packet.bytes.length;
      count++;
    }
    if (count > 0) this.#kept = this.#kept.slice(count);
    if (this.#isEnding && this.#kept.length === 0) this.#close("it was ended by this end");
  }

  /** A packet that stays unacknowledged was lost, and with it all that follow. */
  #asks(wasInterrupted: boolean): void {
    const first = this.#kept[0]?.number ?? -1;
    if (first < 0 || first !== this.#askedFor) {
      this.#asked = 0;
      this.#patience = leastPatience;
    }
    this.#askedFor = first;
    if (first < 0 || (++this.#asked < this.#patience && !wasInterrupted)) return;
    for (const { bytes } of this.#kept) this.#events.packet(bytes);
    this.#asked = 0;
    if (!wasInterrupted) this.#patience = Math.min(mostPatience, 2 * this.#patience);
  }

  #take(kind: number, part: Uint8Array): void {
    if (kind === kinds.end) {
      // The other end waits for it.
      this.#life();
      this.#close("it was ended by the other end");
      return;
    }
    this.#parts.push(part);
    this.#partsBytes += part.length;
    if (this.#partsBytes > mostUnacknowledgedBytes) {
      this.#close("the other end sends a message that does not end");
      return;
    }
    if (kind === kinds.part) return;
    const message = this.#parts.length === 1 ? part : join(this.#parts);
    this.#parts = [];
    this.#partsBytes = 0;
    this.#events.message(message);
  }

  #close(why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#kept = [];
    this.#parts = [];
    this.#events.closed(why);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function seconds(ns: number): string {
  return `${ns / 1e9} s`;
}
