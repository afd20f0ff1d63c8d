import { messageFlag, opcode, socketFlag, sqeFlag, sqeWords } from "./kernel/abi.ts";
import { high, low } from "./kernel/memory.ts";
import { type PendingQueue, type PendingSend, PendingSends } from "./pending-sends.ts";
import { type Completions, Ring } from "./ring.ts";
import { ringSizes } from "./ring-sizes.ts";
import { detailShift, operation, userData } from "./user-data.ts";

/** A slot's state; see the table in io.ts. */
export const state = { free: 0, connecting: 1, open: 2, closing: 3 } as const;

/** Further state of a slot. */
export const mark = {
  /** A receive is with the kernel. */
  armed: 1,
  paused: 2,
  /** Sends are pending: later sends queue after them, and `drained` follows. */
  blocked: 4,
  /** To be closed when no send is pending. */
  ending: 8,
  closeQueued: 16,
  /** The chain of entries that opens the socket has not completed yet. */
  opening: 32,
  /** The peer has sent its last byte, and the slot stays open (`halfOpen`). */
  peerEnded: 64,
  /** A local FIN is requested; it follows what is pending or staged. */
  finishing: 128,
  /** The FIN is with the kernel, which sends it on another thread: the descriptor must not be reused until then. */
  shutting: 256,
  /** To be closed when what has been received is reported. */
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

/** The variable parts of a receive's entry. */
export interface ReceiveEntry {
  readonly head: number;
  /** Address and number of its message headers; 0: none. */
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

/** recvmsg(2) into provided buffers, until they run out: what is received comes behind a header, and options. */
export const messageReceiveHead =
  opcode.recvmsg |
  fixed |
  (sqeFlag.bufferSelect << 8) |
  ((socketFlag.receiveMultishot | socketFlag.pollFirst) << 16);

/** recv(2) of at most so many bytes, once. */
export function boundedReceive(mostBytes: number): ReceiveEntry {
  const head = opcode.recv | fixed | (sqeFlag.bufferSelect << 8) | (socketFlag.pollFirst << 16);
  return { head, address: 0, length: mostBytes };
}

const none: readonly number[] = [];

/**
 * The slots of one transport over its rings: the state of each, and what is queued for it.
 *
 * Slot s is direct descriptor `s mod capacity` of ring `s / capacity`. A slot counts the completions
 * still expected for it and is free only when there are none, so that none is ever attributed to
 * another connection, and its 4-tuple can be used again at once.
 *
 * A send is staged, goes to the kernel with the next batch and completes only when it fails. What
 * the kernel does not accept at once (EAGAIN, or a part of it) is pending and sent again, and until then
 * everything sent on the slot queues after it.
 */
export class Slots {
  readonly state: Uint8Array;
  /** Why the slot ends: a negative errno, or 0. */
  readonly reason: Int16Array;
  /** Slots of one ring. */
  readonly capacity: number;
  readonly pendingSends = new PendingSends();
  /** Number of slots that are not free. */
  taken = 0;
  /** No more slots are opened. */
  ending = false;
  readonly #marks: Uint16Array;
  /** Completions expected, by slot. */
  readonly #expected: Uint8Array;
  /** The submission of its ring that contains the slot's last staged send. */
  readonly #stagedIn: Int32Array;
  readonly #rings: (Ring | null)[];
  readonly #completions: Completions;
  readonly #addRing: (ring: Ring) => void;
  readonly #bufferBytes: number;
  readonly #submitting: (() => void) | null;
  /** Slots to handle when what is queued has been submitted. */
  #later: number[] = [];

  /**
   * @param files       direct descriptors that one ring may have: the open-file limit
   * @param bufferBytes of one provided buffer
   * @param completions receives the rings' completions
   * @param addRing     called with every ring that is created
   * @param submitting  called before what is queued goes to the kernel; null: nobody wants to know
   */
  constructor(
    slots: number,
    files: number,
    bufferBytes: number,
    completions: Completions,
    addRing: (ring: Ring) => void,
    submitting: (() => void) | null = null,
  ) {
    this.#submitting = submitting;
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

  /** Ring number `index`, created on first use. */
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

  /** Marks a free slot as used. */
  take(slot: number, as: number): void {
    this.state[slot] = as;
    this.#marks[slot] = 0;
    this.reason[slot] = 0;
    this.taken++;
  }

  /** Marks a slot as free; no completions are expected. */
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

  /** Counts an expected completion of this slot. */
  expect(slot: number): void {
    this.#expected[slot] = (this.#expected[slot] as number) + 1;
  }

  /** Counts a completion that arrived. @returns how many are still expected */
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

  /** Whether sends on the slot must queue after something else. */
  isBlocked(slot: number): boolean {
    return this.has(slot, mark.blocked);
  }

  /** Whether a send of this slot waits for the ring's next submission. */
  isStaged(ring: Ring, slot: number): boolean {
    return this.#stagedIn[slot] === ring.submissions;
  }

  /**
   * Queues a send of bytes that are already staged.
   *
   * @param at offset in the ring's staging; the entry was reserved before the room
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
    // As an argument an address would be an object: it exceeds V8's small integers.
    const address = ring.staging.address + at;
    ring.amend(entry, 4, low(address));
    ring.amend(entry, 5, high(address));
    ring.amend(entry, 9, operation.stagedSend | ((entry / sqeWords) << detailShift));
    this.#stagedIn[slot] = ring.submissions;
    return entry;
  }

  /**
   * Sends bytes after what is staged or pending for the slot; `drained` reports when they have been sent.
   *
   * @param bytes must not change; not in V8's own heap; see `PendingSend`
   */
  sendLater(slot: number, bytes: Uint8Array, nameBytes = 0, isMessage = false): void {
    this.set(slot, mark.blocked);
    const pending = this.pendingSends.add(slot, bytes, nameBytes, { isMessage });
    if (pending.issued) return;
    if (this.isStaged(this.ringOf(slot), slot)) this.lookLater(slot);
    else this.issue(slot, pending);
  }

  /** As `sendLater`, but before all others: for the rest of what was staged. */
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

  /** Makes `submitLate` return the slot, after what is staged for it was submitted. */
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
    const submitting = this.#submitting;
    const ring = new Ring(index, { ...sizes, files, bufferBytes, submitting }, this.#completions);
    this.#rings[index] = ring;
    this.#addRing(ring);
    return ring;
  }
}

/**
 * Queues a cancellation, which completes only where it fails.
 *
 * @param id  lower word of the user data of the entry to cancel
 * @param tag upper word
 * @param own the cancellation's own tag
 */
export function queueCancel(ring: Ring, id: number, tag: number, own: number): void {
  ring.entry(head.cancel, -1, 0, userData(id, tag), 0, 0, id, own, 0);
}
