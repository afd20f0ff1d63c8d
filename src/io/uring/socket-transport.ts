import type { Endpoint, Flow } from "../../address/flow.ts";
import { assert } from "../../base/assert.ts";
import { doubleZero } from "../../base/v8-double.ts";
import type {
  CloseHow,
  Listener,
  Peer,
  Transport,
  TransportEvents,
  TransportOptions,
} from "../io.ts";
import {
  errno,
  messageFlag,
  opcode,
  shutDownWrite,
  socketFlag,
  sqeFlag,
  sqeWords,
} from "./kernel/abi.ts";
import { errnoName } from "./kernel/errno-name.ts";
import { high, low } from "./kernel/memory.ts";
import { mostSockaddrBytes } from "./kernel/sockaddr.ts";
import { type Held, PendingSends } from "./pending-sends.ts";
import { type Completions, goesOn, hasBuffer, mostStagedBytes, Ring } from "./ring.ts";
import { ringSizes } from "./ring-sizes.ts";
import { detailShift, operation, operationMask, userData } from "./user-data.ts";

/** A slot's state; see the table in io.ts. */
export const state = { free: 0, connecting: 1, open: 2, closing: 3 } as const;

/** What else is known of a slot. */
const mark = {
  /** A receive is with the kernel. */
  armed: 1,
  paused: 2,
  /** Something is held: what is sent goes behind it, and `drained` will come. */
  blocked: 4,
  /** To be closed when nothing is held any more. */
  ending: 8,
  closeQueued: 16,
  /** The chain of entries that opens the socket has not come out yet. */
  opening: 32,
  /** The peer has sent its last byte, and the slot lives on (`halfOpen`). */
  peerEnded: 64,
  /** Our FIN is asked for; it goes behind what is held or staged. */
  finishing: 128,
  /** It is with the kernel, which sends it on a thread of its own: the descriptor must stay its until then. */
  shutting: 256,
} as const;

/** What keeps a slot from being read. */
const notReading = mark.armed | mark.paused | mark.peerEnded;

/** How long the kernel has for the steps of a chain before it is cancelled again: asked all the time, it takes none. */
const cancelAgainAfterNs = 5e6;

const fixed = sqeFlag.fixedFile << 8;
const quiet = sqeFlag.skipSuccess << 8;

export const head = {
  cancel: opcode.asyncCancel | quiet,
  close: opcode.close,
  receive:
    opcode.recv |
    fixed |
    (sqeFlag.bufferSelect << 8) |
    ((socketFlag.receiveMultishot | socketFlag.pollFirst) << 16),
  stagedSend: opcode.send | fixed | quiet,
  pendingSend: opcode.send | fixed,
  pendingMessage: opcode.sendmsg | fixed,
  shutDown: opcode.shutDown | fixed,
} as const;

/**
 * What TCP and UDP over io_uring have in common: slots over rings, and their life.
 *
 * Slot s is direct descriptor `s mod capacity` of ring `s / capacity`. A slot counts the completions
 * that are still to come for it and is free only when none is, so that none is ever taken for
 * another connection's, and its 4-tuple can be used again at once.
 *
 * A send is staged, goes to the kernel with the next batch and completes only when it fails. What
 * the kernel does not take at once (EAGAIN, or a part of it) is held and sent again, and until it has
 * gone everything sent on the slot queues behind it.
 */
export abstract class SocketTransport implements Transport, Completions {
  protected readonly events: TransportEvents;
  protected readonly options: TransportOptions;
  protected readonly state: Uint8Array;
  /** Slots of one ring. */
  protected readonly capacity: number;
  protected readonly held = new PendingSends();
  readonly copiesUpTo = mostStagedBytes;
  /**
   * The time that events are told: when the batch came. As it has not always been a number, V8 keeps it as
   * an object, which all events of a batch are handed; else it would make one for each of them.
   */
  nowNs = null as unknown as number;
  protected ending = false;
  readonly #marks: Uint16Array;
  /** Completions to come, by slot. */
  readonly #pending: Uint8Array;
  /** Why the slot ends: a negative errno, or 0. */
  readonly #reason: Int16Array;
  /** In which submission of its ring the slot's last staged send goes out. */
  readonly #stagedIn: Int32Array;
  readonly #rings: (Ring | null)[];
  readonly #addRing: (ring: Ring) => void;
  readonly #bufferBytes: number;
  #taken = 0;
  /** Slots to look at when what is queued has been submitted, and those to receive on again. */
  #later: number[] = [];
  #rearm: number[] = [];
  /** Slots whose chain is to be cancelled again, and when. */
  #uncanceled: number[] = [];
  #cancelAgainNs = doubleZero;

  /**
   * @param files       direct descriptors that one ring may have: the open-file limit
   * @param bufferBytes of one provided buffer
   * @param addRing     is told of every ring that is made
   */
  constructor(
    options: TransportOptions,
    files: number,
    bufferBytes: number,
    addRing: (ring: Ring) => void,
  ) {
    const { slots } = options;
    this.events = options.events;
    this.options = options;
    this.capacity = Math.min(files, slots);
    this.#bufferBytes = bufferBytes;
    this.#addRing = addRing;
    this.state = new Uint8Array(slots);
    this.#marks = new Uint16Array(slots);
    this.#pending = new Uint8Array(slots);
    this.#reason = new Int16Array(slots);
    this.#stagedIn = new Int32Array(slots).fill(-1);
    this.#rings = new Array<Ring | null>(Math.ceil(slots / this.capacity)).fill(null);
  }

  // What TCP and UDP differ in.

  /** Queues the chain that opens the slot's socket; its last entry is an `open`. */
  protected abstract queueOpen(ring: Ring, slot: number, file: number, flow: Flow): void;
  /** Queues a receive; see `queueReceive`. */
  protected abstract queueArm(ring: Ring, slot: number, file: number): void;
  /** Bytes came in, `[start, start + length)` of the ring's pool. */
  protected abstract deliver(ring: Ring, slot: number, start: number, length: number): void;
  /** A receive ended with an error: @returns whether the slot lives on. */
  protected abstract receiveFailed(slot: number, result: number): boolean;
  /** The peer has sent its last byte: TCP; UDP: a datagram without bytes. @returns whether it was an end */
  protected abstract receivedNothing(ring: Ring, slot: number, flags: number): boolean;
  /** A pending send has come out with an error. */
  protected abstract pendingSendFailed(slot: number, result: number): void;
  /** A staged send failed for another reason than want of room. */
  protected abstract stagedSendFailed(slot: number, result: number): void;
  /** Holds what a failed entry did not send, where it is worth another attempt. */
  protected abstract holdRest(ring: Ring, slot: number, entry: number, result: number): void;
  /** Queues what makes the peer see a reset. */
  protected abstract queueReset(ring: Ring, file: number): void;
  /** Other completions than those of slots. */
  protected otherCompletion(
    _ring: Ring,
    _slot: number,
    _tag: number,
    _result: number,
    _flags: number,
  ): void {}
  /** The slot is free, and `closed` told. */
  protected freed(_slot: number): void {}
  /** Nothing more comes of the slot's receive; all that came has been handed out. */
  protected receiveEnded(_slot: number): void {}

  abstract redirect(slot: number, destination: Endpoint): void;
  abstract sendTo(slot: number, peer: Peer, bytes: Uint8Array, start: number, end: number): boolean;
  abstract send(slot: number, bytes: Uint8Array, start: number, end: number): boolean;
  abstract listen(endpoint: Endpoint, handed?: number): Promise<Listener>;
  abstract bind(slot: number, endpoint: Endpoint, handed?: number): Promise<Endpoint>;
  /** Listeners and the like. */
  protected abstract endOthers(): void;
  /** Gives back what entries pointed at; the rings are closed. */
  abstract release(): void;

  open(slot: number, flow: Flow): void {
    assert(this.state[slot] === state.free, "open: the slot is free");
    if (this.ending) return;
    const ring = this.ringOf(slot);
    this.take(slot, state.connecting);
    this.#set(slot, mark.opening);
    this.expect(slot);
    this.queueOpen(ring, slot, this.fileOf(slot), flow);
  }

  close(slot: number, how: CloseHow): void {
    const was = this.state[slot];
    if (was === state.free || this.#has(slot, mark.closeQueued)) return;
    this.state[slot] = state.closing;
    if (was === state.open) this.#reason[slot] = 0;
    if (was === state.connecting) {
      this.#cancelOpen(slot);
    } else if (this.#has(slot, mark.opening)) {
      // Its chain is being cancelled already.
    } else if (how === "reset") {
      this.queueReset(this.ringOf(slot), this.fileOf(slot));
      this.#queueClose(slot);
    } else if (!this.#has(slot, mark.ending)) {
      this.#closeBehindSends(slot);
    }
  }

  finish(slot: number): void {
    if (this.state[slot] !== state.open || this.#has(slot, mark.finishing)) return;
    this.#set(slot, mark.finishing);
    if (this.#has(slot, mark.peerEnded)) this.endSlot(slot, 0);
    else if (this.#has(slot, mark.blocked)) return;
    else if (this.isStaged(this.ringOf(slot), slot)) this.#later.push(slot);
    else this.#shutDown(slot);
  }

  pause(slot: number): void {
    if (this.state[slot] === state.free) return;
    this.#set(slot, mark.paused);
    if (this.#has(slot, mark.armed)) this.#cancel(slot, operation.receive);
  }

  resume(slot: number): void {
    this.#clear(slot, mark.paused);
    if (this.state[slot] === state.open && !this.#has(slot, mark.armed | mark.peerEnded)) {
      this.arm(slot);
    }
  }

  /** Does what waited for the last batch to be handed out or submitted. */
  beforeTurn(): void {
    if (this.#later.length > 0) {
      const slots = this.#later;
      this.#later = [];
      for (const ring of this.#rings) ring?.submit();
      for (const slot of slots) this.#afterSubmission(slot);
    }
    if (this.#rearm.length > 0) {
      const slots = this.#rearm;
      this.#rearm = [];
      for (const slot of slots) {
        if (this.state[slot] === state.open && !this.#has(slot, notReading)) this.arm(slot);
      }
    }
    if (this.#uncanceled.length > 0 && this.nowNs >= this.#cancelAgainNs) {
      const slots = this.#uncanceled;
      this.#uncanceled = [];
      for (const slot of slots) this.#cancelOpen(slot);
    }
  }

  /** Ends every slot at once, and opens none any more. */
  beginEnd(): void {
    if (this.ending) return;
    this.ending = true;
    this.endOthers();
    for (let slot = 0; this.#taken > 0 && slot < this.state.length; slot++) {
      if (this.#has(slot, mark.opening)) {
        this.close(slot, "fin");
      } else if (this.state[slot] !== state.free) {
        this.state[slot] = state.closing;
        this.#queueClose(slot);
      }
    }
  }

  /** Slots that are not free. */
  get taken(): number {
    return this.#taken;
  }

  sendFailed(ring: Ring, slot: number, entry: number, result: number): void {
    if (!this.#has(slot, mark.closeQueued)) this.holdRest(ring, slot, entry, result);
  }

  completed(ring: Ring, slot: number, tag: number, result: number, flags: number): void {
    switch (tag & operationMask) {
      case operation.receive:
        this.#received(ring, slot, result, flags);
        break;
      case operation.open:
      case operation.openStep:
        this.#opened(slot, result);
        break;
      case operation.stagedSend:
        if (result < 0 && result !== -errno.again && this.state[slot] === state.open) {
          this.stagedSendFailed(slot, result);
        }
        break;
      case operation.pendingSend:
        this.#pendingSent(slot, result);
        break;
      case operation.close:
        this.came(slot);
        break;
      case operation.shutDown:
        this.#hasShutDown(slot);
        break;
      case operation.cancelOpen:
        if (result < 0) this.#cancelAgain(slot);
        break;
      default:
        this.otherCompletion(ring, slot, tag, result, flags);
    }
  }

  // For TCP and UDP.

  protected ringOf(slot: number): Ring {
    return this.ringAt(this.#rings.length === 1 ? 0 : Math.floor(slot / this.capacity));
  }

  /** The ring's number `index`, made when it is first asked for. */
  protected ringAt(index: number): Ring {
    return this.#rings[index] ?? this.#makeRing(index);
  }

  protected get ringCount(): number {
    return this.#rings.length;
  }

  protected fileOf(slot: number): number {
    return this.#rings.length === 1 ? slot : slot % this.capacity;
  }

  protected take(slot: number, as: number): void {
    this.state[slot] = as;
    this.#marks[slot] = 0;
    this.#reason[slot] = 0;
    this.#taken++;
  }

  protected arm(slot: number): void {
    this.#set(slot, mark.armed);
    this.expect(slot);
    this.queueArm(this.ringOf(slot), slot, this.fileOf(slot));
  }

  /** Whether what is sent on the slot must go behind something else. */
  protected isBlocked(slot: number): boolean {
    return this.#has(slot, mark.blocked);
  }

  protected isArmed(slot: number): boolean {
    return this.#has(slot, mark.armed);
  }

  /** Whether a send of this slot waits for the ring's next submission. */
  protected isStaged(ring: Ring, slot: number): boolean {
    return this.#stagedIn[slot] === ring.submissions;
  }

  /**
   * Queues a send of bytes that are staged already.
   *
   * @param at in the ring's staging; the entry was reserved before the room was taken
   * @returns  the entry
   */
  protected queueStaged(
    ring: Ring,
    slot: number,
    at: number,
    length: number,
    flags: number,
  ): number {
    const entry = ring.entry(
      head.stagedSend,
      this.fileOf(slot),
      0,
      0,
      length,
      flags | messageFlag.dontWait | messageFlag.noSignal,
      slot,
      operation.stagedSend,
      0,
    );
    // As an argument an address would be an object: it is more than V8's small integers hold.
    const address = ring.staging.address + at;
    ring.amend(entry, 4, low(address));
    ring.amend(entry, 5, high(address));
    ring.amend(entry, 9, operation.stagedSend | ((entry / sqeWords) << detailShift));
    this.#stagedIn[slot] = ring.submissions;
    return entry;
  }

  /**
   * Sends bytes when what is staged or held of the slot has gone; `drained` tells when they have, too.
   *
   * @param bytes stay as they are; not in V8's own heap; see `PendingSend`
   */
  protected hold(slot: number, bytes: Uint8Array, nameBytes = 0, isMessage = false): void {
    this.#set(slot, mark.blocked);
    const held = this.held.add(slot, bytes, nameBytes, { isMessage });
    if (held.issued) return;
    if (this.isStaged(this.ringOf(slot), slot)) this.#later.push(slot);
    else this.#issue(slot, held);
  }

  /** As `hold`, but before all others: the rest of what was staged. */
  protected holdFirst(slot: number, bytes: Uint8Array): void {
    this.#set(slot, mark.blocked);
    const held = this.held.add(slot, bytes, 0, { first: true });
    if (!held.issued) this.#issue(slot, held);
  }

  /** Ends a slot whose socket is of no more use. */
  protected endSlot(slot: number, reason: number): void {
    if (this.state[slot] !== state.open) return;
    this.#reason[slot] = reason;
    this.state[slot] = state.closing;
    this.#closeBehindSends(slot);
  }

  /**
   * The peer's end, when it is read, will be for this reason. Nothing wakes a receive for it any more, if
   * it came before: the receive looks once more, and again after whatever it finds.
   */
  protected expectEnd(slot: number, reason: number): void {
    this.#reason[slot] = reason;
    this.#cancel(slot, operation.receive);
  }

  protected rearmLater(slot: number): void {
    this.#rearm.push(slot);
  }

  #makeRing(index: number): Ring {
    const sizes = this.#rings.length === 1 ? ringSizes.only : ringSizes.ofMany;
    const first = index * this.capacity;
    const files = Math.min(this.capacity, this.state.length - first);
    const ring = new Ring(index, { ...sizes, files, bufferBytes: this.#bufferBytes }, this);
    this.#rings[index] = ring;
    this.#addRing(ring);
    return ring;
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

  /** A completion of this slot is to come. */
  protected expect(slot: number): void {
    this.#pending[slot] = (this.#pending[slot] as number) + 1;
  }

  /** It has come; the last one frees a slot that was closed. */
  protected came(slot: number): void {
    const pending = (this.#pending[slot] as number) - 1;
    this.#pending[slot] = pending;
    if (pending > 0 || !this.#has(slot, mark.closeQueued)) return;
    const reason = this.#reason[slot] as number;
    this.held.delete(slot);
    this.state[slot] = state.free;
    this.#taken--;
    this.events.closed(slot, reason === 0 ? null : errnoName(reason), this.nowNs);
    this.freed(slot);
  }

  #opened(slot: number, result: number): void {
    this.#clear(slot, mark.opening);
    if (this.state[slot] === state.connecting && result >= 0) {
      this.state[slot] = state.open;
      this.arm(slot);
      this.came(slot);
      this.events.opened(slot, this.nowNs);
      return;
    }
    if (this.state[slot] === state.connecting) {
      this.#reason[slot] = result;
      this.state[slot] = state.closing;
    }
    this.#queueClose(slot);
    this.came(slot);
  }

  #received(ring: Ring, slot: number, result: number, flags: number): void {
    const more = goesOn(flags);
    if (!more) this.#clear(slot, mark.armed);
    if (result > 0) {
      if (this.state[slot] === state.open) {
        this.deliver(ring, slot, ring.bufferStart(flags), result);
      }
      if (hasBuffer(flags)) ring.recycle(flags);
      const expected = this.state[slot] === state.open && this.#reason[slot] !== 0;
      if (expected && more) this.#cancel(slot, operation.receive);
    } else if (result === 0) {
      const ended = this.receivedNothing(ring, slot, flags);
      if (hasBuffer(flags)) ring.recycle(flags);
      // Whoever does not read hears of the end when they do, as theirs may be the last word.
      if (ended && !this.#has(slot, mark.paused)) this.#peerEnded(slot);
    } else if (result !== -errno.noBuffers && result !== -errno.canceled) {
      if (this.state[slot] === state.open && !this.receiveFailed(slot, result)) {
        this.endSlot(slot, result);
      }
    }
    if (more) return;
    if (this.state[slot] === state.open && !this.#has(slot, notReading)) this.rearmLater(slot);
    this.came(slot);
    this.receiveEnded(slot);
  }

  #peerEnded(slot: number): void {
    if (this.state[slot] !== state.open) return;
    if (this.options.halfOpen === true && this.#reason[slot] === 0) {
      this.#set(slot, mark.peerEnded);
      this.events.ended?.(slot, this.nowNs);
      if (!this.#has(slot, mark.finishing)) return;
    }
    this.endSlot(slot, this.#reason[slot] as number);
  }

  #shutDown(slot: number): void {
    this.#set(slot, mark.shutting);
    this.expect(slot);
    const file = this.fileOf(slot);
    const tag = operation.shutDown;
    this.ringOf(slot).entry(head.shutDown, file, 0, 0, shutDownWrite, 0, slot, tag, 0);
  }

  /** Where it failed the connection is no more, which is seen by what reads it. */
  #hasShutDown(slot: number): void {
    this.#clear(slot, mark.shutting);
    if (this.#has(slot, mark.ending)) this.#queueClose(slot);
    this.came(slot);
  }

  #pendingSent(slot: number, result: number): void {
    const held = this.held.get(slot);
    if (held !== undefined) {
      held.issued = false;
      if (result < 0) this.pendingSendFailed(slot, result);
      else held.queue.shift();
      if (held.queue.length > 0 && !this.#has(slot, mark.closeQueued)) {
        this.#issue(slot, held);
      } else {
        this.held.delete(slot);
        this.#clear(slot, mark.blocked);
        if (this.#has(slot, mark.ending)) this.#queueClose(slot);
        else if (this.#has(slot, mark.finishing)) this.#shutDown(slot);
        if (this.state[slot] === state.open) this.events.drained(slot, this.nowNs);
      }
    }
    this.came(slot);
  }

  #issue(slot: number, held: Held): void {
    const { bytes, address, nameBytes, isMessage } = held.queue[0] as Held["queue"][0];
    held.issued = true;
    this.expect(slot);
    this.ringOf(slot).entry(
      isMessage ? head.pendingMessage : head.pendingSend,
      this.fileOf(slot),
      nameBytes === 0 ? 0 : address,
      address + nameBytes,
      isMessage ? 1 : bytes.length - nameBytes,
      messageFlag.waitAll | messageFlag.noSignal,
      slot,
      operation.pendingSend,
      nameBytes,
    );
  }

  /** Closes now, or when what was sent is with the kernel. */
  #closeBehindSends(slot: number): void {
    if (this.#has(slot, mark.blocked)) {
      this.#set(slot, mark.ending);
    } else if (this.isStaged(this.ringOf(slot), slot)) {
      this.#set(slot, mark.ending);
      this.#later.push(slot);
    } else {
      this.#queueClose(slot);
    }
  }

  /** What was staged is with the kernel; what it did not take is held. */
  #afterSubmission(slot: number): void {
    const held = this.held.get(slot);
    if (this.#has(slot, mark.closeQueued)) return;
    if (held !== undefined) {
      if (!held.issued && held.queue.length > 0) this.#issue(slot, held);
    } else if (this.#has(slot, mark.ending)) {
      this.#queueClose(slot);
    } else if (this.#has(slot, mark.finishing) && this.state[slot] === state.open) {
      this.#shutDown(slot);
    }
  }

  #queueClose(slot: number): void {
    if (this.#has(slot, mark.closeQueued)) return;
    if (this.#has(slot, mark.shutting)) {
      this.#set(slot, mark.ending);
      return;
    }
    this.#set(slot, mark.closeQueued);
    if (this.#has(slot, mark.armed)) this.#cancel(slot, operation.receive);
    if (this.held.get(slot)?.issued === true) this.#cancel(slot, operation.pendingSend);
    this.expect(slot);
    const file = this.fileOf(slot) + 1;
    this.ringOf(slot).entry(head.close, 0, 0, 0, 0, 0, slot, operation.close, file);
  }

  #cancel(slot: number, tag: number): void {
    const target = userData(slot, tag);
    this.ringOf(slot).entry(head.cancel, -1, 0, target, 0, 0, slot, operation.ignored, 0);
  }

  /** Ends the chain of a slot that is closed, if it still goes on; the slot may be opened anew by now. */
  #cancelOpen(slot: number): void {
    if (this.state[slot] !== state.closing || !this.#has(slot, mark.opening)) return;
    const target = userData(slot, operation.open);
    this.ringOf(slot).entry(head.cancel, -1, 0, target, 0, 0, slot, operation.cancelOpen, 0);
  }

  /** It came between two entries of the chain, or too late: once more, when the kernel has got on with it. */
  #cancelAgain(slot: number): void {
    if (this.#uncanceled.length === 0) this.#cancelAgainNs = this.nowNs + cancelAgainAfterNs;
    this.#uncanceled.push(slot);
  }
}

/** A copy of `[start, end)` outside V8's own heap, with room before it. */
export function copyOf(bytes: Uint8Array, start: number, end: number, before = 0): Buffer {
  const copy = Buffer.allocUnsafeSlow(Math.max(before + end - start, 1));
  copy.set(bytes.subarray(start, end), before);
  return copy.subarray(0, before + end - start);
}

/** Whether bytes of this length are sent from where they stand. */
export function isLarge(length: number): boolean {
  return length > mostStagedBytes;
}

const connectNowhere = opcode.connect | ((sqeFlag.fixedFile | sqeFlag.skipSuccess) << 8);

/** A socket address without a family, as long as the kernel wants one to be. */
const nowhereBytes = 16;

/**
 * Queues a connect(2) to no address: TCP sends RST at once, whatever is buffered; UDP forgets its peer.
 * It completes only where it fails, which says nothing. @see connect(2), AF_UNSPEC
 */
export function queueDisconnect(ring: Ring, file: number): void {
  ring.reserve(1);
  const at = ring.stage(mostSockaddrBytes);
  ring.staging.words[at >> 2] = 0;
  const nowhere = ring.staging.address + at;
  ring.entry(connectNowhere, file, nowhereBytes, nowhere, 0, 0, 0, operation.ignored, 0);
}
