import { randomBytes } from "node:crypto";
import type { Endpoint } from "../../address/flow.ts";
import type { ReplyWriter } from "../replies/reply-writer.ts";

/** A sentinel that has not come back by then was dropped because the socket's queue was full. */
const resendNs = 100e6;
/** After this many, waiting ends: another server has the address now, and receives them. */
const mostSent = 10;

/** The queue of one bound socket. */
interface Queue {
  readonly socket: number;
  readonly endpoint: Endpoint;
  /** Slots that wait for the sentinel in flight, and slots that wait for the one after it. */
  waiting: number[];
  next: number[];
  /** Numbers that stand for the sentinel in flight: it may have been sent again. */
  firstNumber: number;
  lastNumber: number;
  sentNs: number;
}

/**
 * Reports when everything has been read that was queued on a bound socket at some moment.
 *
 * At most one sentinel is in flight for each socket; it stands for all `wait`s made before it was sent.
 */
export class Sentinels {
  readonly #replyWriter: ReplyWriter;
  readonly #passed: (slot: number, nowNs: number) => void;
  readonly #mark = new Sentinel(randomBytes(8));
  /** By socket; undefined for one that is closed. */
  readonly #queues: (Queue | undefined)[] = [];

  /** @param passed called once for each slot, when what it waits for has been read */
  constructor(replyWriter: ReplyWriter, passed: (slot: number, nowNs: number) => void) {
    this.#replyWriter = replyWriter;
    this.#passed = passed;
  }

  /** A socket is bound; sockets are numbered from 0. */
  bound(socket: number, endpoint: Endpoint): void {
    this.#queues[socket] = {
      socket,
      endpoint,
      waiting: [],
      next: [],
      firstNumber: 0,
      lastNumber: 0,
      sentNs: 0,
    };
  }

  /** A socket is closed: nothing is queued on it, and no slot waits for it. */
  unbound(socket: number, nowNs: number): void {
    const queue = this.#queues[socket];
    if (queue === undefined) return;
    delete this.#queues[socket];
    for (const slot of [...queue.waiting, ...queue.next]) this.#passed(slot, nowNs);
  }

  /** Waits until what is queued on the socket now has been read. */
  wait(socket: number, slot: number, nowNs: number): void {
    const queue = this.#queues[socket];
    if (queue === undefined) {
      this.#passed(slot, nowNs);
      return;
    }
    if (queue.waiting.length > 0) {
      queue.next.push(slot);
      return;
    }
    queue.waiting.push(slot);
    this.#begin(queue, nowNs);
  }

  /** The slot does not wait any longer; `passed` is not called for it. */
  forget(socket: number, slot: number): void {
    const queue = this.#queues[socket];
    if (queue === undefined) return;
    queue.waiting = queue.waiting.filter((other) => other !== slot);
    queue.next = queue.next.filter((other) => other !== slot);
  }

  /**
   * A datagram arrived that claims to be from the socket itself.
   *
   * @param strayed whether it arrived on another socket, and so shows nothing about this one
   * @returns       false where it is not one of our sentinels
   */
  came(
    socket: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    strayed: boolean,
    nowNs: number,
  ): boolean {
    const number = this.#mark.read(bytes, start, end);
    if (number < 0) return false;
    const queue = this.#queues[socket];
    if (queue === undefined) return true;
    // Numbers wrap: an older one is far behind.
    const age = (queue.lastNumber - number) >>> 0;
    if (age > (queue.lastNumber - queue.firstNumber) >>> 0) return true;
    if (!strayed) this.#pass(queue, nowNs);
    else if (age === 0 && queue.waiting.length > 0) this.#send(queue, nowNs);
    return true;
  }

  /** Sends dropped sentinels again. */
  tick(nowNs: number): void {
    for (const queue of this.#queues) {
      if (queue === undefined || queue.waiting.length === 0 || nowNs - queue.sentNs < resendNs)
        continue;
      const sent = (queue.lastNumber - queue.firstNumber) >>> 0;
      if (sent + 1 < mostSent) this.#send(queue, nowNs);
      else this.#pass(queue, nowNs);
    }
  }

  #pass(queue: Queue, nowNs: number): void {
    const slots = queue.waiting;
    queue.waiting = queue.next;
    queue.next = [];
    queue.firstNumber = (queue.lastNumber + 1) >>> 0;
    if (queue.waiting.length > 0) this.#begin(queue, nowNs);
    for (const slot of slots) this.#passed(slot, nowNs);
  }

  #begin(queue: Queue, nowNs: number): void {
    queue.firstNumber = (queue.lastNumber + 1) >>> 0;
    this.#send(queue, nowNs);
  }

  #send(queue: Queue, nowNs: number): void {
    queue.lastNumber = (queue.lastNumber + 1) >>> 0;
    queue.sentNs = nowNs;
    this.#mark.write(queue.lastNumber);
    this.#replyWriter.sendOwn(queue.socket, queue.endpoint, this.#mark.bytes);
  }
}

/**
 * A datagram that a server sends to its own bound socket: when it comes back, everything that was queued
 * there before has been read. Numbers count up; the nonce is this process's own, as another process may
 * have a socket on the same address.
 *
 *     | offset | size | content                                     |
 *     | ------ | ---- | ------------------------------------------- |
 *     | 0      | 4    | magic, "s8qm"                               |
 *     | 4      | 8    | nonce                                       |
 *     | 12     | 4    | number, unsigned, little endian, wraps      |
 */
class Sentinel {
  /** The datagram to send; the number is that of the last `write`. */
  readonly bytes: Buffer;

  /** @param nonce 8 bytes that no other process has */
  constructor(nonce: Uint8Array) {
    this.bytes = Buffer.allocUnsafeSlow(markBytes);
    this.bytes.write("s8qm", "latin1");
    this.bytes.set(nonce, 4);
  }

  write(number: number): void {
    this.bytes.writeUInt32LE(number >>> 0, numberAt);
  }

  /** @returns the number in `bytes[start, end)`, or -1 where it is not one of our sentinels */
  read(bytes: Uint8Array, start: number, end: number): number {
    if (end - start !== markBytes) return -1;
    for (let at = 0; at < numberAt; at++) if (bytes[start + at] !== this.bytes[at]) return -1;
    let number = 0;
    for (let at = markBytes - 1; at >= numberAt; at--) {
      number = number * 256 + (bytes[start + at] as number);
    }
    return number;
  }
}

const markBytes = 16;
const numberAt = 12;
