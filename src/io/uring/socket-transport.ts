import type { Endpoint, Flow } from "../../address/flow.ts";
import { assert } from "../../base/assert.ts";
import { monotonicNs } from "../../base/clock.ts";
import { doubleZero } from "../../base/v8-double.ts";
import type {
  CloseHow,
  KernelTimes,
  Listener,
  Peer,
  Transport,
  TransportEvents,
  TransportOptions,
} from "../io.ts";
import { errno, opcode, shutDownWrite, sqeFlag } from "./kernel/abi.ts";
import { errnoName } from "./kernel/errno-name.ts";
import { ReceiveStamps } from "./kernel/receive-stamps.ts";
import { mostSockaddrBytes } from "./kernel/sockaddr.ts";
import type { Protocol, ProtocolKind } from "./protocol.ts";
import {
  type Completions,
  goesOn,
  hasBuffer,
  hasMore,
  mostStagedBytes,
  type Ring,
} from "./ring.ts";
import { mark, queueCancel, Slots, state } from "./slots.ts";
import { operation, operationMask } from "./user-data.ts";

/** Marks that prevent reading. */
const notReading = mark.armed | mark.paused | mark.peerEnded;

/** Time for the kernel to make progress in a chain before it is cancelled again: with constant retries it makes none. */
const cancelAgainAfterNs = 5e6;

const head = {
  close: opcode.close,
  shutDown: opcode.shutDown | (sqeFlag.fixedFile << 8),
  disconnect: opcode.connect | ((sqeFlag.fixedFile | sqeFlag.skipSuccess) << 8),
} as const;

/** Length of a socket address without a family, as the kernel requires it. */
const nowhereBytes = 16;

/**
 * TCP or UDP over io_uring: the life of slots, from `open` to `closed`.
 *
 * A ring passes its completions to `completed` and `sendFailed`; the protocol interprets them for its
 * sockets, and reports bytes to the user. Slots are ended and freed here.
 */
export class SocketTransport implements Transport, Completions {
  readonly copiesUpTo = mostStagedBytes;
  /**
   * The time of events: when the batch arrived. As it has not always been a number, V8 keeps it as an
   * object, which is passed to all events of a batch; else it would create one for each of them.
   */
  nowNs = null as unknown as number;
  readonly #events: TransportEvents;
  readonly #halfOpen: boolean;
  readonly #slots: Slots;
  readonly #state: Uint8Array;
  readonly #protocol: Protocol;
  readonly #nothingBytes: number;
  /** Null where nobody asks for the kernel's times. */
  readonly #stamps: ReceiveStamps | null;
  /** Slots whose receive must be queued again. */
  #rearm: number[] = [];
  /** Slots whose chain is to be cancelled again, and when. */
  #uncanceled: number[] = [];
  #cancelAgainNs = doubleZero;

  /**
   * @param files   direct descriptors that one ring may have: the open-file limit
   * @param addRing called with every ring that is created
   */
  constructor(
    kind: ProtocolKind,
    options: TransportOptions,
    files: number,
    addRing: (ring: Ring) => void,
  ) {
    this.#events = options.events;
    this.#halfOpen = options.halfOpen ?? false;
    const { slots, kernelTimes } = options;
    const stamps = kernelTimes === undefined ? null : new ReceiveStamps();
    const submitting =
      kernelTimes === undefined || stamps === null ? null : submission(kernelTimes, stamps);
    this.#slots = new Slots(slots, files, kind.bufferBytes, this, addRing, submitting);
    this.#state = this.#slots.state;
    this.#protocol = kind.create(this.#slots, options, stamps);
    this.#nothingBytes = this.#protocol.nothingBytes;
    this.#stamps = stamps;
  }

  open(slot: number, flow: Flow): void {
    const slots = this.#slots;
    assert(this.#state[slot] === state.free, "open: the slot is free");
    if (slots.ending) return;
    const ring = slots.ringOf(slot);
    slots.take(slot, state.connecting);
    slots.set(slot, mark.opening);
    slots.expect(slot);
    this.#protocol.open(ring, slot, slots.fileOf(slot), flow);
  }

  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#state[slot] !== state.open) return true;
    return this.#protocol.send(slot, bytes, start, end);
  }

  sendTo(slot: number, peer: Peer, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#protocol.sendTo(slot, peer, bytes, start, end);
  }

  redirect(slot: number, destination: Endpoint): void {
    this.#protocol.redirect(slot, destination);
  }

  listen(endpoint: Endpoint, handed?: number): Promise<Listener> {
    return this.#protocol.listen(endpoint, handed);
  }

  bind(slot: number, endpoint: Endpoint, handed?: number): Promise<Endpoint> {
    return this.#protocol.bind(slot, endpoint, handed);
  }

  /** Datagrams that a server has received are reported first: see `readsBeforeClose`. */
  close(slot: number, how: CloseHow): void {
    const slots = this.#slots;
    const readsFirst =
      how === "fin" &&
      !slots.ending &&
      slots.has(slot, mark.armed) &&
      this.#protocol.readsBeforeClose(slot);
    if (!readsFirst) this.#close(slot, how);
    else if (!slots.has(slot, mark.readingLast)) {
      slots.set(slot, mark.readingLast);
      this.#pause(slot);
    }
  }

  finish(slot: number): void {
    if (!this.#protocol.isStream) throw new Error("finish: UDP has no end");
    const slots = this.#slots;
    if (this.#state[slot] !== state.open || slots.has(slot, mark.finishing)) return;
    slots.set(slot, mark.finishing);
    if (slots.has(slot, mark.peerEnded)) this.#endSlot(slot, 0);
    else if (slots.isBlocked(slot)) return;
    else if (slots.isStaged(slots.ringOf(slot), slot)) slots.lookLater(slot);
    else this.#shutDown(slot);
  }

  pause(slot: number): void {
    if (!this.#protocol.isStream) throw new Error("pause: UDP has no flow control");
    this.#pause(slot);
  }

  resume(slot: number): void {
    if (!this.#protocol.isStream) throw new Error("resume: UDP has no flow control");
    this.#slots.clear(slot, mark.paused);
    if (this.#state[slot] !== state.open) return;
    this.#slots.set(slot, mark.looksAgain);
    if (!this.#slots.has(slot, notReading)) this.#arm(slot);
  }

  /** Does what had to wait until the last batch was reported or submitted. */
  beforeTurn(): void {
    for (const slot of this.#slots.submitLate()) this.#afterSubmission(slot);
    if (this.#rearm.length > 0) {
      const slots = this.#rearm;
      this.#rearm = [];
      for (const slot of slots) {
        if (this.#state[slot] === state.open && !this.#slots.has(slot, notReading)) this.#arm(slot);
      }
    }
    if (this.#uncanceled.length > 0 && this.nowNs >= this.#cancelAgainNs) {
      const slots = this.#uncanceled;
      this.#uncanceled = [];
      for (const slot of slots) this.#cancelOpen(slot);
    }
  }

  /** Ends every slot at once, and opens no more. */
  beginEnd(): void {
    const slots = this.#slots;
    if (slots.ending) return;
    slots.ending = true;
    this.#protocol.end();
    for (let slot = 0; slots.taken > 0 && slot < this.#state.length; slot++) {
      if (slots.has(slot, mark.opening)) {
        this.#close(slot, "fin");
      } else if (this.#state[slot] !== state.free) {
        this.#state[slot] = state.closing;
        this.#queueClose(slot);
      }
    }
  }

  /** Slots that are not free. */
  get taken(): number {
    return this.#slots.taken;
  }

  /** Releases what entries pointed at; the rings are closed. */
  release(): void {
    this.#protocol.release();
    this.#stamps?.free();
  }

  sendFailed(ring: Ring, slot: number, entry: number, result: number): void {
    if (this.#slots.has(slot, mark.closeQueued)) return;
    this.#protocol.keepUnsent(ring, slot, entry, result);
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
        if (result < 0 && result !== -errno.again && this.#state[slot] === state.open) {
          this.#sendFailed(slot, result);
        }
        break;
      case operation.pendingSend:
        this.#pendingSent(slot, result);
        break;
      case operation.close:
        this.#came(slot);
        break;
      case operation.shutDown:
        this.#hasShutDown(slot);
        break;
      case operation.cancelOpen:
        if (result < 0) this.#cancelAgain(slot);
        break;
      default:
        if (this.#protocol.completed(ring, slot, tag, result, flags, this.nowNs)) this.#came(slot);
    }
  }

  #arm(slot: number): void {
    this.#slots.arm(slot, this.#protocol.receive);
  }

  /** Counts a completion of the slot; the last one frees a closed slot. */
  #came(slot: number): void {
    const slots = this.#slots;
    if (slots.came(slot) > 0 || !slots.has(slot, mark.closeQueued)) return;
    const reason = slots.reason[slot] as number;
    slots.free(slot);
    this.#events.closed(slot, reason === 0 ? null : errnoName(reason), this.nowNs);
    this.#protocol.freed(slot, this.nowNs);
  }

  #opened(slot: number, result: number): void {
    const slots = this.#slots;
    slots.clear(slot, mark.opening);
    if (this.#state[slot] === state.connecting && result >= 0) {
      this.#state[slot] = state.open;
      this.#arm(slot);
      this.#came(slot);
      this.#events.opened(slot, this.nowNs);
      return;
    }
    if (this.#state[slot] === state.connecting) {
      slots.reason[slot] = result;
      this.#state[slot] = state.closing;
    }
    this.#queueClose(slot);
    this.#came(slot);
  }

  /**
   * A receive that has found only data waits for the next event, also where a reset came before: that event is over,
   * and no other would follow. So a slot that was not read for a while is checked once more.
   */
  #received(ring: Ring, slot: number, result: number, flags: number): void {
    const slots = this.#slots;
    const more = goesOn(flags);
    if (!more) slots.clear(slot, mark.armed);
    if (result > this.#nothingBytes) {
      if (this.#state[slot] === state.open) {
        this.#protocol.received(ring, slot, ring.bufferStart(flags), result, this.nowNs);
      }
      if (hasBuffer(flags)) ring.recycle(flags);
      const looksAgain = slots.has(slot, mark.looksAgain) && !hasMore(flags);
      if (looksAgain) slots.clear(slot, mark.looksAgain);
      const endExpected = this.#state[slot] === state.open && slots.reason[slot] !== 0;
      if ((endExpected || looksAgain) && more) slots.cancel(slot, operation.receive);
    } else if (result >= 0) {
      const ended = this.#protocol.receivedNothing(ring, slot, flags, this.nowNs);
      if (hasBuffer(flags)) ring.recycle(flags);
      // A slot that is not read gets the end when it is read again, as its user may still have to send.
      if (ended && !slots.has(slot, mark.paused)) this.#peerEnded(slot);
    } else if (result === -errno.noBuffers) {
      if (this.#protocol.isStream) slots.set(slot, mark.looksAgain);
    } else if (result !== -errno.canceled) {
      if (
        this.#state[slot] === state.open &&
        this.#protocol.receiveFailed(slot, result, this.nowNs)
      ) {
        this.#endSlot(slot, result);
      }
    }
    if (!more) this.#receiveEnded(slot);
  }

  /** The slot's receive has ended; everything received has been reported. */
  #receiveEnded(slot: number): void {
    const slots = this.#slots;
    if (slots.has(slot, mark.readingLast)) this.#close(slot, "fin");
    else if (this.#state[slot] === state.open && !slots.has(slot, notReading)) {
      this.#rearm.push(slot);
    }
    this.#came(slot);
  }

  #peerEnded(slot: number): void {
    const slots = this.#slots;
    if (this.#state[slot] !== state.open) return;
    if (this.#halfOpen && slots.reason[slot] === 0) {
      slots.set(slot, mark.peerEnded);
      this.#events.ended?.(slot, this.nowNs);
      if (!slots.has(slot, mark.finishing)) return;
    }
    this.#endSlot(slot, slots.reason[slot] as number);
  }

  /**
   * Reading shows whether the connection has ended; one that is not read ends here. A reset is reported
   * once: to a send that failed with it, and then the reader only finds an end.
   */
  #sendFailed(slot: number, result: number): void {
    if (!this.#protocol.sendFailed(slot, result, this.nowNs)) return;
    if (!this.#slots.has(slot, mark.armed)) this.#endSlot(slot, result);
    else if (result === -errno.connectionReset) this.#expectEnd(slot, result);
  }

  /**
   * The peer's end, when it is read, will have this reason. If it came before, nothing wakes a receive for
   * it: the receive checks once more, and again after whatever it finds.
   */
  #expectEnd(slot: number, reason: number): void {
    this.#slots.reason[slot] = reason;
    this.#slots.cancel(slot, operation.receive);
  }

  #pendingSent(slot: number, result: number): void {
    const slots = this.#slots;
    const pending = slots.pendingSends.get(slot);
    if (pending !== undefined) {
      pending.issued = false;
      if (result < 0) {
        this.#protocol.dropUnsendable(pending.queue, result);
        this.#sendFailed(slot, result);
      } else {
        pending.queue.shift();
      }
      if (pending.queue.length > 0 && !slots.has(slot, mark.closeQueued)) {
        slots.issue(slot, pending);
      } else {
        slots.pendingSends.delete(slot);
        slots.clear(slot, mark.blocked);
        if (slots.has(slot, mark.ending)) this.#queueClose(slot);
        else if (slots.has(slot, mark.finishing)) this.#shutDown(slot);
        if (this.#state[slot] === state.open) this.#events.drained(slot, this.nowNs);
      }
    }
    this.#came(slot);
  }

  /** What was staged is with the kernel; what it did not accept is pending. */
  #afterSubmission(slot: number): void {
    const slots = this.#slots;
    const pending = slots.pendingSends.get(slot);
    if (slots.has(slot, mark.closeQueued)) return;
    if (pending !== undefined) {
      if (!pending.issued && pending.queue.length > 0) slots.issue(slot, pending);
    } else if (slots.has(slot, mark.ending)) {
      this.#queueClose(slot);
    } else if (slots.has(slot, mark.finishing) && this.#state[slot] === state.open) {
      this.#shutDown(slot);
    }
  }

  #pause(slot: number): void {
    if (this.#state[slot] === state.free) return;
    this.#slots.set(slot, mark.paused);
    if (this.#slots.has(slot, mark.armed)) this.#slots.cancel(slot, operation.receive);
  }

  #shutDown(slot: number): void {
    const slots = this.#slots;
    slots.set(slot, mark.shutting);
    slots.expect(slot);
    const file = slots.fileOf(slot);
    const tag = operation.shutDown;
    slots.ringOf(slot).entry(head.shutDown, file, 0, 0, shutDownWrite, 0, slot, tag, 0);
  }

  /** Where it failed, the connection no longer exists, which the reader will see. */
  #hasShutDown(slot: number): void {
    this.#slots.clear(slot, mark.shutting);
    if (this.#slots.has(slot, mark.ending)) this.#queueClose(slot);
    this.#came(slot);
  }

  #close(slot: number, how: CloseHow): void {
    const slots = this.#slots;
    const was = this.#state[slot];
    if (was === state.free || slots.has(slot, mark.closeQueued)) return;
    this.#state[slot] = state.closing;
    if (was === state.open) slots.reason[slot] = 0;
    if (was === state.connecting) {
      this.#cancelOpen(slot);
    } else if (slots.has(slot, mark.opening)) {
      // Its chain is already being cancelled.
    } else if (how === "reset") {
      if (this.#protocol.resetsByDisconnect) {
        queueDisconnect(slots.ringOf(slot), slots.fileOf(slot));
      }
      this.#queueClose(slot);
    } else if (!slots.has(slot, mark.ending)) {
      this.#closeBehindSends(slot);
    }
  }

  /** Ends a slot whose socket is not usable any more. */
  #endSlot(slot: number, reason: number): void {
    if (this.#state[slot] !== state.open) return;
    this.#slots.reason[slot] = reason;
    this.#state[slot] = state.closing;
    this.#closeBehindSends(slot);
  }

  /** Closes now, or when what was sent is with the kernel. */
  #closeBehindSends(slot: number): void {
    const slots = this.#slots;
    if (slots.isBlocked(slot)) {
      slots.set(slot, mark.ending);
    } else if (slots.isStaged(slots.ringOf(slot), slot)) {
      slots.set(slot, mark.ending);
      slots.lookLater(slot);
    } else {
      this.#queueClose(slot);
    }
  }

  #queueClose(slot: number): void {
    const slots = this.#slots;
    if (slots.has(slot, mark.closeQueued)) return;
    if (slots.has(slot, mark.shutting)) {
      slots.set(slot, mark.ending);
      return;
    }
    slots.set(slot, mark.closeQueued);
    if (slots.has(slot, mark.armed)) slots.cancel(slot, operation.receive);
    if (slots.pendingSends.get(slot)?.issued === true) slots.cancel(slot, operation.pendingSend);
    slots.expect(slot);
    const file = slots.fileOf(slot) + 1;
    slots.ringOf(slot).entry(head.close, 0, 0, 0, 0, 0, slot, operation.close, file);
  }

  /** Ends the chain of a closed slot, if it is still running; the slot may have been opened again. */
  #cancelOpen(slot: number): void {
    const slots = this.#slots;
    if (this.#state[slot] !== state.closing || !slots.has(slot, mark.opening)) return;
    queueCancel(slots.ringOf(slot), slot, operation.open, operation.cancelOpen);
  }

  /** The cancellation arrived between two entries of the chain, or too late: repeats it when the chain has advanced. */
  #cancelAgain(slot: number): void {
    if (this.#uncanceled.length === 0) this.#cancelAgainNs = this.nowNs + cancelAgainAfterNs;
    this.#uncanceled.push(slot);
  }
}

/** What is done before each submission where the kernel's times are asked for. */
function submission(times: KernelTimes, stamps: ReceiveStamps): () => void {
  return () => times.submitting(stamps.refresh(monotonicNs()));
}

/**
 * Queues a connect(2) to no address: TCP sends RST at once, whatever is buffered; UDP forgets its peer, which
 * receives nothing. It completes only where it fails, which is ignored. @see connect(2), AF_UNSPEC
 */
function queueDisconnect(ring: Ring, file: number): void {
  ring.reserve(1);
  const at = ring.stage(mostSockaddrBytes);
  ring.staging.words[at >> 2] = 0;
  const nowhere = ring.staging.address + at;
  ring.entry(head.disconnect, file, nowhereBytes, nowhere, 0, 0, 0, operation.ignored, 0);
}
