import type { Endpoint, Flow } from "../../address/flow.ts";
import { assert } from "../../base/assert.ts";
import type {
  CloseHow,
  Io,
  Listener,
  Peer,
  Transport,
  TransportEvents,
  TransportOptions,
} from "../io.ts";
import { DueHeap } from "./due-heap.ts";
import { Pace, type Slowness, slowReceiveBufferBytes } from "./pace.ts";

/** Turns are short: at most so many slots read or write again in one. */
const mostPerTurn = 1024;

/** Further state of a slot. */
const mark = {
  open: 1,
  /** What was sent waits for the transport below. */
  full: 2,
  /** The user waits for `drained`. */
  waits: 4,
  /** It is to be closed in order behind what is still being sent. */
  ending: 8,
  /** As `ending`, but by FIN alone (`finish`). */
  finishing: 16,
  /** Not read, by request of the user, and until its pace allows it. */
  paused: 32,
  resting: 64,
} as const;

/**
 * Slow clients over any TCP transport: reads and writes are in pieces at a pace, and it stalls in the middle
 * of each message. The others of the io are not affected, and nothing else pays for it.
 *
 *     | kind  | what happens                                                                         |
 *     | ----- | ------------------------------------------------------------------------------------ |
 *     | read  | after each piece the slot is not read (`pause`) for as long as the piece takes       |
 *     | write | a message goes in pieces, each when the one before has had its time                  |
 *     | stall | behind the first half of a message, rounded down, nothing is sent, and nothing read  |
 *
 * Whoever has it calls `start` in each pass of its loop, as its slots have one heap of due times, and no timer.
 */
export class SlowTransport implements Transport, TransportEvents {
  /** What waits is sent from where it is. */
  readonly copiesUpTo = 0;
  readonly #io: Io;
  readonly #now: () => number;
  readonly #events: TransportEvents;
  readonly #below: Transport;
  readonly #stallNs: number;
  readonly #readsSlowly: boolean;
  readonly #reads: Pace;
  readonly #writes: Pace;
  readonly #marks: Uint8Array;
  /** What each slot sends, from where to where, and where it stalls: -1: nowhere, or it has. */
  readonly #sending: (Uint8Array | null)[];
  readonly #at: Int32Array;
  readonly #end: Int32Array;
  readonly #middle: Int32Array;
  /** What the user has sent although the slot took no more. */
  readonly #later = new Map<number, Uint8Array[]>();
  /** Slot s reads again as number 2s, and writes on as number 2s + 1. */
  readonly #due: DueHeap;

  /**
   * @param below creates the transport that it is over
   * @param now   the monotonic clock, ns
   */
  constructor(
    io: Io,
    options: TransportOptions,
    slowness: Slowness,
    below: (options: TransportOptions) => Transport,
    now: () => number,
  ) {
    assert(options.protocol === "tcp", "over UDP there is no stream to slow down");
    const { slots } = options;
    const { readBytesPerSecond, writeBytesPerSecond, stallNs } = slowness;
    this.#io = io;
    this.#now = now;
    this.#events = options.events;
    this.#stallNs = stallNs;
    this.#readsSlowly = readBytesPerSecond !== null;
    this.#reads = new Pace(slots, readBytesPerSecond);
    this.#writes = new Pace(slots, writeBytesPerSecond);
    this.#marks = new Uint8Array(slots);
    this.#sending = new Array<Uint8Array | null>(slots).fill(null);
    this.#at = new Int32Array(slots);
    this.#end = new Int32Array(slots);
    this.#middle = new Int32Array(slots);
    this.#due = new DueHeap(2 * slots);
    this.#below = below({
      ...options,
      events: this,
      ...(readBytesPerSecond === null
        ? {}
        : {
            mostReadBytes: this.#reads.pieceBytes,
            receiveBufferBytes: slowReceiveBufferBytes(readBytesPerSecond),
          }),
    });
  }

  /**
   * Reads and writes on where it is time to.
   *
   * @returns when it is to be called next, ns; Infinity: when something has happened
   */
  start(nowNs: number): number {
    const due = this.#due;
    for (let budget = mostPerTurn; due.nextNs <= nowNs && budget > 0; budget--) {
      const number = due.take();
      if ((number & 1) === 1) this.#goOn(number >> 1, nowNs);
      else this.#readAgain(number >> 1);
    }
    return due.nextNs;
  }

  open(slot: number, flow: Flow): void {
    this.#below.open(slot, flow);
  }

  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#has(slot, mark.open) || this.#has(slot, mark.ending | mark.finishing)) return true;
    if (start === end) return true;
    if (this.#sending[slot] !== null) {
      const before = this.#later.get(slot);
      const copy = Uint8Array.from(bytes.subarray(start, end));
      if (before === undefined) this.#later.set(slot, [copy]);
      else before.push(copy);
      return false;
    }
    this.#take(slot, bytes, start, end);
    if (this.#write(slot, this.#now())) return true;
    this.#set(slot, mark.waits);
    return false;
  }

  sendTo(): boolean {
    throw new Error("sendTo: a TCP slot has one peer");
  }

  redirect(): void {
    throw new Error("redirect: a TCP slot has one peer");
  }

  finish(slot: number): void {
    if (this.#sending[slot] === null) this.#below.finish(slot);
    else this.#set(slot, mark.finishing);
  }

  close(slot: number, how: CloseHow): void {
    if (how === "fin" && this.#sending[slot] !== null) {
      this.#set(slot, mark.ending);
      return;
    }
    this.#drop(slot);
    this.#clear(slot, mark.open);
    this.#below.close(slot, how);
  }

  listen(endpoint: Endpoint, handed?: number): Promise<Listener> {
    return this.#below.listen(endpoint, handed);
  }

  bind(): Promise<Endpoint> {
    throw new Error("bind: TCP listens");
  }

  pause(slot: number): void {
    this.#set(slot, mark.paused);
    if (!this.#has(slot, mark.resting)) this.#below.pause(slot);
  }

  resume(slot: number): void {
    this.#clear(slot, mark.paused);
    if (!this.#has(slot, mark.resting)) this.#below.resume(slot);
  }

  // Events from below.

  opened(slot: number, nowNs: number): void {
    this.#begin(slot);
    this.#events.opened(slot, nowNs);
  }

  accepted(slot: number, listener: number, peer: Peer, nowNs: number): void {
    this.#begin(slot);
    this.#events.accepted(slot, listener, peer, nowNs);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    if (this.#readsSlowly) {
      this.#reads.spend(slot, end - start, nowNs);
      this.#rest(slot, nowNs);
    }
    if (!this.#has(slot, mark.ending)) this.#events.received(slot, bytes, start, end, nowNs);
  }

  receivedFrom(): void {
    throw new Error("receivedFrom: TCP has no datagrams");
  }

  drained(slot: number, nowNs: number): void {
    this.#clear(slot, mark.full);
    this.#goOn(slot, nowNs);
  }

  ended(slot: number, nowNs: number): void {
    this.#events.ended?.(slot, nowNs);
  }

  errored(slot: number, code: string, nowNs: number): void {
    this.#events.errored(slot, code, nowNs);
  }

  closed(slot: number, code: string | null, nowNs: number): void {
    const isOurs = this.#has(slot, mark.ending);
    this.#drop(slot);
    this.#due.delete(2 * slot);
    this.#marks[slot] = 0;
    this.#events.closed(slot, isOurs ? null : code, nowNs);
  }

  #has(slot: number, marks: number): boolean {
    return ((this.#marks[slot] as number) & marks) !== 0;
  }

  #set(slot: number, marks: number): void {
    this.#marks[slot] = (this.#marks[slot] as number) | marks;
  }

  #clear(slot: number, marks: number): void {
    this.#marks[slot] = (this.#marks[slot] as number) & ~marks;
  }

  #begin(slot: number): void {
    this.#marks[slot] = mark.open;
    this.#reads.reset(slot);
    this.#writes.reset(slot);
  }

  /** Nothing more of the slot is sent. */
  #drop(slot: number): void {
    this.#sending[slot] = null;
    this.#later.delete(slot);
    this.#due.delete(2 * slot + 1);
    this.#clear(slot, mark.waits);
  }

  #schedule(number: number, dueNs: number): void {
    const isFirst = dueNs < this.#due.nextNs;
    this.#due.set(number, dueNs);
    if (isFirst) this.#io.wake();
  }

  /** Does not read the slot until its pace allows it. */
  #rest(slot: number, nowNs: number): void {
    const freeNs = this.#reads.freeNs(slot);
    if (freeNs <= nowNs) return;
    if (!this.#has(slot, mark.resting | mark.paused)) this.#below.pause(slot);
    this.#set(slot, mark.resting);
    this.#schedule(2 * slot, freeNs);
  }

  #readAgain(slot: number): void {
    this.#clear(slot, mark.resting);
    if (!this.#has(slot, mark.paused)) this.#below.resume(slot);
  }

  /** Sends on, and says so where the user waits for it. */
  #goOn(slot: number, nowNs: number): void {
    if (!this.#write(slot, nowNs)) return;
    if (this.#has(slot, mark.ending)) {
      this.#below.close(slot, "fin");
      return;
    }
    if (this.#has(slot, mark.finishing)) this.#below.finish(slot);
    if (!this.#has(slot, mark.waits)) return;
    this.#clear(slot, mark.waits);
    this.#events.drained(slot, nowNs);
  }

  /** The slot sends these bytes from now on. */
  #take(slot: number, bytes: Uint8Array, start: number, end: number): void {
    this.#sending[slot] = bytes;
    this.#at[slot] = start;
    this.#end[slot] = end;
    this.#middle[slot] = this.#stallNs > 0 ? start + ((end - start) >> 1) : -1;
  }

  /** Sends what may be sent now. @returns whether that was all, and the transport below takes more */
  #write(slot: number, nowNs: number): boolean {
    const writes = this.#writes;
    for (;;) {
      if (this.#has(slot, mark.full)) return false;
      const bytes = this.#sending[slot] as Uint8Array | null;
      if (bytes === null) return true;
      const at = this.#at[slot] as number;
      if (at === this.#end[slot]) {
        const next = this.#later.get(slot)?.shift();
        if (next === undefined) this.#sending[slot] = null;
        else this.#take(slot, next, 0, next.length);
        continue;
      }
      if (at === this.#middle[slot]) this.#stall(slot, nowNs);
      const freeNs = writes.freeNs(slot);
      if (freeNs > nowNs) {
        this.#schedule(2 * slot + 1, freeNs);
        return false;
      }
      const middle = this.#middle[slot] as number;
      const end = middle < 0 ? (this.#end[slot] as number) : middle;
      const length = Math.min(end - at, writes.pieceBytes);
      this.#at[slot] = at + length;
      writes.spend(slot, length, nowNs);
      if (!this.#below.send(slot, bytes, at, at + length)) this.#set(slot, mark.full);
    }
  }

  #stall(slot: number, nowNs: number): void {
    this.#middle[slot] = -1;
    this.#writes.hold(slot, nowNs + this.#stallNs);
    this.#reads.hold(slot, nowNs + this.#stallNs);
    this.#rest(slot, nowNs);
  }
}
