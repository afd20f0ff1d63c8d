import { messageFlag, opcode, socketFlag, sqeFlag, sqeWords } from "./kernel/abi.ts";
import { high, low } from "./kernel/memory.ts";
import { type PendingQueue, type PendingSend, PendingSends } from "./pending-sends.ts";
import { type Completions, Ring } from "./ring.ts";
import { ringSizes } from "./ring-sizes.ts";
import { detailShift, operation, userData } from "./user-data.ts";

/** A slot's state; see the table in io.ts. */
export const state = { free: 0, connecting: 1, open: 2, closing: 3 } as const;

/** What else is known of a slot. */
export const mark = {
  /** A receive is with the kernel. */
  armed: 1,
  paused: 2,
  /** Sends are pending: what is sent goes behind them, and `drained` will come. */
  blocked: 4,
  /** To be closed when no send is pending any more. */
  ending: 8,
  closeQueued: 16,
  /** The chain of entries that opens the socket has not come out yet. */
  opening: 32,
  /** The peer has sent its last byte, and the slot lives on (`halfOpen`). */
  peerEnded: 64,
  /** Our FIN is asked for; it goes behind what is pending or staged. */
  finishing: 128,
  /** It is with the kernel, which sends it on a thread of its own: the descriptor must stay its until then. */
  shutting: 256,
  /** To be closed when what has been received is handed out. */
  readingLast: 512,
  /** A reset may have come while nothing was received: see `#received`. */
  looksAgain: 1024,
} as const;

const fixed = sqeFlag.fixedFile << 8;
const quiet = sqeFlag.skipSuccess << 8;
const head = {
  cancel: opcode.asyncCancel | quiet,
  stagedSend: opcode.send | fixed | quiet,
  pendingSend: opcode.send | fixed,
  pendingMessage: opcode.sendmsg | fixed,
} as const;

/** What a receive's entry differs in. */
export interface ReceiveEntry {
  readonly head: number;
  /** Address and number of its message headers; 0: it needs none. */
  readonly address: number;
  readonly length: number;
}

/** recv(2) into provided buffers, until they run out. */
export const plainReceive: ReceiveEntry = {
  head:
    opcode.recv |
    fixed |
    (sqeFlag.bufferSelect << 8) |
    ((socketFlag.receiveMultishot | socketFlag.pollFirst) << 16),
  address: 0,
  length: 0,
};

const none: readonly number[] = [];

/**
 * The slots of one transport over its rings: what is known of each, and what is queued for it.
 *
 * Slot s is direct descriptor `s mod capacity` of ring `s / capacity`. A slot counts the completions
 * that are still to come for it and is free only when none is, so that none is ever taken for
 * another connection's, and its 4-tuple can be used again at once.
 *
 * A send is staged, goes to the kernel with the next batch and completes only when it fails. What
 * the kernel does not take at once (EAGAIN, or a part of it) is pending and sent again, and until it has
 * gone everything sent on the slot queues behind it.
 */
export class Slots {
  readonly state: Uint8Array;
  /** Why the slot ends: a negative errno, or 0. */
  readonly reason: Int16Array;
  /** Slots of one ring. */
  readonly capacity: number;
  readonly pendingSends = new PendingSends();
  /** How many are not free. */
  taken = 0;
  /** None is opened any more. */
  ending = false;
  readonly #marks: Uint16Array;
  /** Completions to come, by slot. */
  readonly #expected: Uint8Array;
  /** In which submission of its ring the slot's last staged send goes out. */
  readonly #stagedIn: Int32Array;
  readonly #rings: (Ring | null)[];
  readonly #completions: Completions;
  readonly #addRing: (ring: Ring) => void;
  readonly #bufferBytes: number;
  /** Slots to look at when what is queued has been submitted. */
  #later: number[] = [];

  /**
   * @param files       direct descriptors that one ring may have: the open-file limit
   * @param bufferBytes of one provided buffer
   * @param completions what the rings tell
   * @param addRing     is told of every ring that is made
   */
  constructor(
    slots: number,
    files: number,
    bufferBytes: number,
    completions: Completions,
    addRing: (ring: Ring) => void,
  ) {
    this.capacity = Math.min(files, slots);
    this.#bufferBytes = bufferBytes;
    this.#completions = completions;
    this.#addRing = addRing;
    this.state = new Uint8Array(slots);
    this.reason = new Int16Array(slots);
    this.#marks = new Uint16Array(slots);
    this.#expected = new Uint8Array(slots);
    this.#stagedIn = new Int32Array(slots).fill(-1);
    this.#rings = new Array<Ring | null>(Math.ceil(slots / this.capacity)).fill(null);
  }

  ringOf(slot: number): Ring {
    return this.ringAt(this.#rings.length === 1 ? 0 : Math.floor(slot / this.capacity));
  }

  /** The ring's number `index`, made when it is first asked for. */
  ringAt(index: number): Ring {
    return this.#rings[index] ?? this.#makeRing(index);
  }

  get ringCount(): number {
    return this.#rings.length;
  }

  fileOf(slot: number): number {
    return this.#rings.length === 1 ? slot : slot % this.capacity;
  }

  /** Direct descriptors of a ring; the last ring may have fewer than the others. */
  filesOf(index: number): number {
    return Math.min(this.capacity, this.state.length - index * this.capacity);
  }

  /** A free slot is free no more. */
  take(slot: number, as: number): void {
    this.state[slot] = as;
    this.#marks[slot] = 0;
    this.reason[slot] = 0;
    this.taken++;
  }

  /** Nothing is to come of a slot any more. */
  free(slot: number): void {
    this.pendingSends.delete(slot);
    this.state[slot] = state.free;
    this.taken--;
  }

  has(slot: number, marks: number): boolean {
    return ((this.#marks[slot] as number) & marks) !== 0;
  }

  set(slot: number, marks: number): void {
    this.#marks[slot] = (this.#marks[slot] as number) | marks;
  }

  clear(slot: number, marks: number): void {
    this.#marks[slot] = (this.#marks[slot] as number) & ~marks;
  }

  /** A completion of this slot is to come. */
  expect(slot: number): void {
    this.#expected[slot] = (this.#expected[slot] as number) + 1;
  }

  /** It has come. @returns how many are still to come */
  came(slot: number): number {
    const expected = (this.#expected[slot] as number) - 1;
    this.#expected[slot] = expected;
    return expected;
  }

  arm(slot: number, receive: ReceiveEntry): void {
    this.set(slot, mark.armed);
    this.expect(slot);
    const { head, address, length } = receive;
    const tag = operation.receive;
    this.ringOf(slot).entry(head, this.fileOf(slot), 0, address, length, 0, slot, tag, 0);
  }

  /** Whether what is sent on the slot must go behind something else. */
  isBlocked(slot: number): boolean {
    return this.has(slot, mark.blocked);
  }

  /** Whether a send of this slot waits for the ring's next submission. */
  isStaged(ring: Ring, slot: number): boolean {
    return this.#stagedIn[slot] === ring.submissions;
  }

  /**
   * Queues a send of bytes that are staged already.
   *
   * @param at in the ring's staging; the entry was reserved before the room was taken
   * @returns  the entry
   */
  queueStaged(ring: Ring, slot: number, at: number, length: number, flags: number): number {
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
   * Sends bytes when what is staged or pending of the slot has gone; `drained` tells when they have, too.
   *
   * @param bytes stay as they are; not in V8's own heap; see `PendingSend`
   */
  sendLater(slot: number, bytes: Uint8Array, nameBytes = 0, isMessage = false): void {
    this.set(slot, mark.blocked);
    const pending = this.pendingSends.add(slot, bytes, nameBytes, { isMessage });
    if (pending.issued) return;
    if (this.isStaged(this.ringOf(slot), slot)) this.lookLater(slot);
    else this.issue(slot, pending);
  }

  /** As `sendLater`, but before all others: the rest of what was staged. */
  sendFirst(slot: number, bytes: Uint8Array): void {
    this.set(slot, mark.blocked);
    const pending = this.pendingSends.add(slot, bytes, 0, { first: true });
    if (!pending.issued) this.issue(slot, pending);
  }

  /** Queues the first of a slot's pending sends. */
  issue(slot: number, pending: PendingQueue): void {
    const { bytes, address, nameBytes, isMessage } = pending.queue[0] as PendingSend;
    pending.issued = true;
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

  /** Cancels the slot's entry with this tag. */
  cancel(slot: number, tag: number): void {
    queueCancel(this.ringOf(slot), slot, tag, operation.ignored);
  }

  /** Has `submitLate` return the slot: what is staged of it goes first. */
  lookLater(slot: number): void {
    this.#later.push(slot);
  }

  /** Submits everything, where a slot waits for that. @returns the slots that did */
  submitLate(): readonly number[] {
    if (this.#later.length === 0) return none;
    const slots = this.#later;
    this.#later = [];
    for (const ring of this.#rings) ring?.submit();
    return slots;
  }

  #makeRing(index: number): Ring {
    const sizes = this.#rings.length === 1 ? ringSizes.only : ringSizes.ofMany;
    const files = this.filesOf(index);
    const bufferBytes = this.#bufferBytes;
    const ring = new Ring(index, { ...sizes, files, bufferBytes }, this.#completions);
    this.#rings[index] = ring;
    this.#addRing(ring);
    return ring;
  }
}

/**
 * Queues a cancellation, which completes only where it fails.
 *
 * @param id  lower word of the user data of what is to be cancelled
 * @param tag upper word
 * @param own the cancellation's own tag
 */
export function queueCancel(ring: Ring, id: number, tag: number, own: number): void {
  ring.entry(head.cancel, -1, 0, userData(id, tag), 0, 0, id, own, 0);
}
