import { assert } from "../../base/assert.ts";
import { monotonicNs } from "../../base/clock.ts";
import { debugLog } from "../../base/debug.ts";
import { doubleZero } from "../../base/v8-double.ts";
import {
  bufferEntryBytes,
  bufferTailOffset,
  cqeBufferShift,
  cqeFlag,
  cqeWords,
  enterFlag,
  errno,
  feature,
  params,
  register,
  setupFlag,
  sparseTable,
  sqeWords,
  sqFlag,
} from "./kernel/abi.ts";
import { systemFailure } from "./kernel/errno-name.ts";
import { high, low, Memory } from "./kernel/memory.ts";
import { closeOwned, own } from "./kernel/owned-file.ts";
import { ioUringEnter, ioUringRegister, ioUringSetup } from "./kernel/syscalls.ts";
import { completionBytes, cqEntriesPerEntry, entryBytes, type RingSize } from "./ring-sizes.ts";
import { detailShift, operation, operationMask } from "./user-data.ts";

const debug = debugLog("uring");

/** The group of a ring's provided buffers; there is one. */
const bufferGroup = 0;

/** Longest message that can be staged. */
export const mostStagedBytes = 128 * 1024;

/**
 * After so many completions, or as many KiB received, a drain looks at the clock: that costs some 40 ns, a completion
 * 1,000.
 */
const workPerLook = 16;

/** Where a ring's completions go. */
export interface Completions {
  /** When the completions that are handed out came, monotonic clock. */
  nowNs: number;
  /**
   * A staged send failed: called right after the submission, before any completion is reported and while
   * its bytes are still staged, so that nothing is sent after it. No event may be reported from here.
   *
   * @param entry the send's own entry, for `wordOf`
   */
  sendFailed(ring: Ring, slot: number, entry: number, result: number): void;
  /**
   * One completion.
   *
   * @param slot   lower word of its user data
   * @param tag    upper word: an `operation` and, above `detailShift`, its detail
   * @param result the system call's return value, or a negative errno
   * @param flags  bits of `cqeFlag`
   */
  completed(ring: Ring, slot: number, tag: number, result: number, flags: number): void;
}

interface RingOptions extends RingSize {
  /** Direct descriptors, >= 1. */
  readonly files: number;
  readonly bufferBytes: number;
  /** Called before what is queued goes to the kernel; null: nobody wants to know. */
  readonly submitting?: (() => void) | null;
}

/** struct io_uring_getevents_arg (24 bytes), then struct timespec (16). */
const argumentBytes = 24;
/** Offset of registrations' arguments in the scratch memory; those of waiting are at 0. */
const registerAt = 128;
const scratchBytes = 256;
const cqeBytes = cqeWords * 4;
/** Most bytes in one batch of sends; only pages that were used cost memory. */
const stagingBytes = 512 * 1024;
/** Attempts to submit to a kernel that has no room, before it counts as a defect. */
const mostTries = 1000;

/** Features that every ring needs, in addition to the flags of the oldest kernel. */
const neededFeatures = feature.singleMmap | feature.noDrop | feature.extArg | feature.cqeSkip;

/**
 * One io_uring: its two rings, its table of direct descriptors and its provided buffers.
 *
 * The thread that creates it must be the one that uses it. Entries are queued with `entry`, go to the
 * kernel with `submit` or `wait`, and `drain` reports their completions. The kernel reads the submission
 * tail, and writes completions, only while this thread is inside io_uring_enter: plain loads and stores
 * are enough.
 */
export class Ring {
  readonly #fd: number = -1;
  /** Index among its transport's rings: it has the slots from `index * files`. */
  readonly index: number;
  readonly #completions: Completions;
  readonly #submitting: (() => void) | null;
  readonly #memories: Memory[] = [];
  readonly #rings: Int32Array;
  readonly #entries: Int32Array;
  readonly #sqMask: number;
  readonly #cqMask: number;
  readonly #sqHeadAt: number;
  readonly #sqTailAt: number;
  readonly #sqFlagsAt: number;
  readonly #cqHeadAt: number;
  readonly #cqTailAt: number;
  readonly #cqesAt: number;
  readonly #scratch = this.#allocate(scratchBytes);
  /** Memory that queued entries refer to. */
  readonly staging = this.#allocate(stagingBytes);
  #staged = 0;
  readonly #pool: Memory;
  readonly #bufferRing: Memory;
  readonly #bufferTail: Uint16Array;
  readonly #bufferBytes: number;
  readonly #bufferMask: number;
  /** Entries queued so far, and those the kernel has accepted; both count up with 32-bit overflow. */
  #tail = 0;
  #submitted = 0;
  /** Completions reported, and those checked for failed sends. */
  #cqHead = 0;
  #scanned = 0;
  #filled = 0;
  /** Completions moved out of the full ring, in their order, four words each. */
  readonly #moved: number[] = [];
  #movedHead = 0;
  /** Whether completions wait that came before the last turn: those up to that tail, and when they came. */
  #hasDeferred = false;
  #deferredTail = 0;
  #deferredNs = doubleZero;
  /** Submissions so far: what was staged in another one is with the kernel. */
  submissions = 0;

  /** @throws Error with `code`, where the kernel refuses */
  constructor(index: number, options: RingOptions, completions: Completions) {
    this.index = index;
    this.#completions = completions;
    this.#submitting = options.submitting ?? null;
    try {
      const words = this.#scratch.words;
      const { sqOffsets, cqOffsets } = params;
      const rings = this.#allocate(completionBytes(options));
      const entries = this.#allocate(entryBytes(options));
      this.#rings = rings.words;
      this.#entries = entries.words;
      words[params.cqEntries] = options.entries * cqEntriesPerEntry;
      words[cqOffsets.address] = low(rings.address);
      words[cqOffsets.address + 1] = high(rings.address);
      words[sqOffsets.address] = low(entries.address);
      words[sqOffsets.address + 1] = high(entries.address);
      words[params.flags] =
        setupFlag.cqSize |
        setupFlag.submitAll |
        setupFlag.taskrunFlag |
        setupFlag.singleIssuer |
        setupFlag.deferTaskrun |
        setupFlag.noMmap |
        setupFlag.noSqArray;
      const fd = ioUringSetup(options.entries, this.#scratch.address);
      if (fd < 0) throw systemFailure("io_uring_setup", fd);
      this.#fd = own(fd);
      const reported = (at: number) => words[at] as number;
      assert(
        (reported(params.features) & neededFeatures) === neededFeatures,
        "the kernel has the features that its version promises",
      );
      const sqEntries = reported(params.sqEntries);
      const cqEntries = reported(params.cqEntries);
      assert(
        reported(cqOffsets.cqes) + cqEntries * cqeBytes <= rings.length &&
          sqEntries * sqeWords * 4 <= entries.length,
        "the rings have the room that they need",
      );
      this.#sqHeadAt = reported(sqOffsets.head) >> 2;
      this.#sqTailAt = reported(sqOffsets.tail) >> 2;
      this.#sqFlagsAt = reported(sqOffsets.flags) >> 2;
      this.#cqHeadAt = reported(cqOffsets.head) >> 2;
      this.#cqTailAt = reported(cqOffsets.tail) >> 2;
      this.#cqesAt = reported(cqOffsets.cqes) >> 2;
      this.#sqMask = this.#rings[reported(sqOffsets.ringMask) >> 2] as number;
      this.#cqMask = this.#rings[reported(cqOffsets.ringMask) >> 2] as number;
      assert(
        this.#sqMask === sqEntries - 1 &&
          this.#cqMask === cqEntries - 1 &&
          this.#rings[reported(sqOffsets.ringEntries) >> 2] === sqEntries &&
          this.#rings[reported(cqOffsets.ringEntries) >> 2] === cqEntries,
        "the rings lie where struct io_uring_params says",
      );
      debug(
        "ring %d: %d submissions, %d completions, %d files, %d buffers of %d bytes, features 0x%s",
        index,
        sqEntries,
        cqEntries,
        options.files,
        options.buffers,
        options.bufferBytes,
        reported(params.features).toString(16),
      );
      words.fill(0);
      this.#registerFiles(options.files);
      this.#bufferBytes = options.bufferBytes;
      this.#bufferMask = options.buffers - 1;
      this.#pool = this.#allocate(options.buffers * options.bufferBytes);
      this.#bufferRing = this.#allocate(options.buffers * bufferEntryBytes);
      this.#bufferTail = new Uint16Array(this.#bufferRing.bytes.buffer, bufferTailOffset, 1);
      this.#registerBuffers(options.buffers);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** All provided buffers, one after the other. */
  get pool(): Uint8Array {
    return this.#pool.bytes;
  }

  /** The pool in 32-bit words. */
  get poolWords(): Int32Array {
    return this.#pool.words;
  }

  /** Start in the pool of the buffer that a completion with these flags filled. */
  bufferStart(flags: number): number {
    return (flags >>> cqeBufferShift) * this.#bufferBytes;
  }

  /** Returns to the kernel the buffer that a completion with these flags filled. */
  recycle(flags: number): void {
    this.#provide(flags >>> cqeBufferShift);
  }

  /** Entries that wait for the next submission. */
  get queued(): number {
    return (this.#tail - this.#submitted) | 0;
  }

  /** Whether the kernel has work that a `wait` without waiting would complete. */
  get hasWork(): boolean {
    return ((this.#rings[this.#sqFlagsAt] as number) & (sqFlag.cqOverflow | sqFlag.taskrun)) !== 0;
  }

  /** Makes room for a chain of entries: the kernel only accepts a chain in one submission. */
  reserve(count: number): void {
    const room = this.#sqMask + 1 - ((this.#tail - (this.#rings[this.#sqHeadAt] as number)) | 0);
    if (room < count) this.submit();
  }

  /**
   * Queues one entry; see `sqeWords` for what the words mean.
   *
   * @param head   opcode | flags << 8 | ioprio << 16
   * @param offset off or addr2: an address or a small number
   * @returns      the entry, for `amend`; valid until the ring's number of entries has been queued after it
   */
  entry(
    head: number,
    fd: number,
    offset: number,
    address: number,
    length: number,
    flags: number,
    slot: number,
    tag: number,
    fileIndex: number,
  ): number {
    this.reserve(1);
    const at = (this.#tail & this.#sqMask) * sqeWords;
    const words = this.#entries;
    words[at] = head;
    words[at + 1] = fd;
    words[at + 2] = low(offset);
    words[at + 3] = high(offset);
    words[at + 4] = low(address);
    words[at + 5] = high(address);
    words[at + 6] = length;
    words[at + 7] = flags;
    words[at + 8] = slot;
    words[at + 9] = tag;
    words[at + 10] = bufferGroup;
    words[at + 11] = fileIndex;
    words[at + 12] = 0;
    words[at + 13] = 0;
    words[at + 14] = 0;
    words[at + 15] = 0;
    this.#tail = (this.#tail + 1) | 0;
    return at;
  }

  /** Changes a word of an entry that has not been submitted. */
  amend(entry: number, word: number, value: number): void {
    this.#entries[entry + word] = value;
  }

  wordOf(entry: number, word: number): number {
    return this.#entries[entry + word] as number;
  }

  /**
   * Room for bytes that an entry will refer to, until the next submission; submits where there is
   * none. Entries must be reserved before, as a submission in between would free the room.
   *
   * @param length at most `stagingBytes`
   * @returns      offset in `staging`, a multiple of 8
   */
  stage(length: number): number {
    let at = (this.#staged + 7) & ~7;
    if (at + length > stagingBytes) {
      this.submit();
      at = 0;
    }
    this.#staged = at + length;
    return at;
  }

  /** Extends the latest room, if what follows it is free. @returns whether it is */
  extend(end: number, length: number): boolean {
    if (end !== this.#staged || end + length > stagingBytes) return false;
    this.#staged = end + length;
    return true;
  }

  /** Submits queued entries to the kernel, without waiting. */
  submit(): void {
    for (let tries = 0; this.queued > 0; tries++) {
      assert(tries < mostTries, "the kernel accepts what is submitted");
      // Completions that did not fit may block submissions: getting events makes room.
      this.#enter(0, tries === 0 ? 0 : enterFlag.getEvents, 0, 0);
    }
  }

  /**
   * Submits, and waits for a completion.
   *
   * @param timeoutNs the longest wait; 0 or less: completes pending work, and returns at once
   */
  wait(timeoutNs: number): void {
    if (timeoutNs <= 0 || this.ready) {
      this.#enter(0, enterFlag.getEvents, 0, 0);
      this.submit();
      return;
    }
    const { words, address } = this.#scratch;
    const seconds = Math.floor(timeoutNs / 1e9);
    words[4] = low(address + argumentBytes);
    words[5] = high(address + argumentBytes);
    words[6] = seconds;
    words[8] = timeoutNs - seconds * 1e9;
    this.#enter(1, enterFlag.getEvents | enterFlag.extArg, address, argumentBytes);
    this.submit();
  }

  /** Whether completions wait to be drained. */
  get ready(): boolean {
    return this.#cqHead !== this.#rings[this.#cqTailAt] || this.#moved.length > 0;
  }

  /**
   * Hands out the completions that are there, in their order.
   *
   * @param untilNs what is left then, monotonic clock, waits for the next drain: see `defer`
   * @returns       how many
   */
  drain(untilNs: number): number {
    const rings = this.#rings;
    let count = this.#hasDeferred ? this.#drainDeferred(untilNs) : 0;
    let work = 0;
    while (!this.#hasDeferred) {
      if (this.#moved.length > 0) count += this.#drainMoved();
      if (this.#cqHead === rings[this.#cqTailAt]) break;
      work += this.#handOut();
      count++;
      if (work < workPerLook) continue;
      work = 0;
      if (monotonicNs() >= untilNs) this.defer();
    }
    rings[this.#cqHeadAt] = this.#cqHead;
    return count;
  }

  /** Leaves the completions that are there to the next drain, which tells when they came. */
  defer(): void {
    if (this.#hasDeferred || !this.ready) return;
    this.#hasDeferred = true;
    this.#deferredTail = this.#rings[this.#cqTailAt] as number;
    this.#deferredNs = this.#completions.nowNs;
  }

  /** Those of an earlier turn, with the time of that turn. */
  #drainDeferred(untilNs: number): number {
    const completions = this.#completions;
    const { nowNs } = completions;
    completions.nowNs = this.#deferredNs;
    let count = 0;
    let work = 0;
    let isLate = false;
    while (this.#hasDeferred && this.#cqHead !== this.#deferredTail && !isLate) {
      work += this.#handOut();
      count++;
      if (work < workPerLook) continue;
      work = 0;
      isLate = monotonicNs() >= untilNs;
    }
    if (!isLate) this.#hasDeferred = false;
    completions.nowNs = nowNs;
    return count;
  }

  /** Hands out the next completion. @returns how much work that is, see `workPerLook` */
  #handOut(): number {
    const rings = this.#rings;
    const at = this.#cqesAt + (this.#cqHead & this.#cqMask) * cqeWords;
    this.#cqHead = (this.#cqHead + 1) | 0;
    const result = rings[at + 2] as number;
    this.#completions.completed(
      this,
      rings[at] as number,
      rings[at + 1] as number,
      result,
      rings[at + 3] as number,
    );
    return result > 0 ? 1 + (result >> 10) : 1;
  }

  /** Has the kernel raise an eventfd when the ring has work for its thread. @throws Error with `code` */
  raise(eventFile: number): void {
    this.#register(register.eventFile, 1, eventFile, 0, 0, 0);
  }

  /** Sets direct descriptor `file` to a copy of `fd`. @throws Error with `code` */
  installFile(file: number, fd: number): void {
    const fdAt = this.#scratch.address + registerAt + 64;
    this.#scratch.words[(registerAt + 64) >> 2] = fd;
    this.#register(register.filesUpdate, 1, file, 0, low(fdAt), high(fdAt));
  }

  /**
   * The result of the entry that was queued last and completes at once.
   *
   * @param tag its upper word of user data, unique among the entries
   */
  resultOf(tag: number): number {
    this.submit();
    const rings = this.#rings;
    let result: number = -errno.again;
    // Those of earlier entries may still be there, as this can be called within `drain`.
    for (let at = this.#movedHead; at < this.#moved.length; at += cqeWords) {
      if (this.#moved[at + 1] === tag) result = this.#moved[at + 2] as number;
    }
    for (let seen = this.#cqHead; seen !== rings[this.#cqTailAt]; seen = (seen + 1) | 0) {
      const at = this.#cqesAt + (seen & this.#cqMask) * cqeWords;
      if (rings[at + 1] === tag) result = rings[at + 2] as number;
    }
    return result;
  }

  /** Ends the ring; nothing may be in flight. */
  close(): void {
    if (this.#fd >= 0) closeOwned(this.#fd);
    for (const memory of this.#memories.splice(0)) memory.free();
  }

  #allocate(bytes: number): Memory {
    const memory = new Memory(bytes);
    this.#memories.push(memory);
    return memory;
  }

  #enter(minComplete: number, flags: number, argument: number, argumentLength: number): void {
    const rings = this.#rings;
    rings[this.#sqTailAt] = this.#tail;
    rings[this.#cqHeadAt] = this.#cqHead;
    if (this.#submitting !== null && this.queued > 0) this.#submitting();
    const taken = ioUringEnter(this.#fd, this.queued, minComplete, flags, argument, argumentLength);
    if (taken > 0) {
      this.#submitted = (this.#submitted + taken) | 0;
      this.submissions++;
    } else if (taken < 0 && !passes(taken)) {
      throw systemFailure("io_uring_enter", taken);
    }
    this.#scan();
    for (let tries = 0; this.#overflows(); tries++) {
      assert(tries < mostTries, "the kernel returns completions where there is room");
      this.#makeRoom();
    }
  }

  /** Whether the kernel holds completions that did not fit. A method: V8 calls private getters through its runtime. */
  #overflows(): boolean {
    return ((this.#rings[this.#sqFlagsAt] as number) & sqFlag.cqOverflow) !== 0;
  }

  /**
   * Moves completions aside, to make room for those the kernel holds: a failed send among them must be
   * handled before anything is sent after it, and before its staging is used again.
   */
  #makeRoom(): void {
    const rings = this.#rings;
    this.#hasDeferred = false;
    while (this.#cqHead !== rings[this.#cqTailAt]) {
      const at = this.#cqesAt + (this.#cqHead & this.#cqMask) * cqeWords;
      for (let word = 0; word < cqeWords; word++) this.#moved.push(rings[at + word] as number);
      this.#cqHead = (this.#cqHead + 1) | 0;
    }
    rings[this.#cqHeadAt] = this.#cqHead;
    const result = ioUringEnter(this.#fd, 0, 0, enterFlag.getEvents, 0, 0);
    if (result < 0 && !passes(result)) throw systemFailure("io_uring_enter", result);
    this.#scan();
  }

  #drainMoved(): number {
    const moved = this.#moved;
    let count = 0;
    while (this.#movedHead < moved.length) {
      const at = this.#movedHead;
      this.#movedHead += cqeWords;
      this.#completions.completed(
        this,
        moved[at] as number,
        moved[at + 1] as number,
        moved[at + 2] as number,
        moved[at + 3] as number,
      );
      count++;
    }
    moved.length = 0;
    this.#movedHead = 0;
    return count;
  }

  /** Reports sends that failed, before anything can be sent after them; then the staging is free. */
  #scan(): void {
    const rings = this.#rings;
    if (this.queued === 0) this.#staged = 0;
    while (this.#scanned !== rings[this.#cqTailAt]) {
      const at = this.#cqesAt + (this.#scanned & this.#cqMask) * cqeWords;
      this.#scanned = (this.#scanned + 1) | 0;
      const tag = rings[at + 1] as number;
      if ((tag & operationMask) === operation.stagedSend) {
        const entry = (tag >>> detailShift) * sqeWords;
        this.#completions.sendFailed(this, rings[at] as number, entry, rings[at + 2] as number);
      }
    }
  }

  /** struct io_uring_rsrc_register, 32 bytes: nr, flags, resv2, data, tags. */
  #registerFiles(files: number): void {
    this.#register(register.files2, 32, files, sparseTable, 0, 0);
  }

  /** struct io_uring_buf_reg, 40 bytes: ring_addr, ring_entries, bgid, flags. */
  #registerBuffers(buffers: number): void {
    const { address } = this.#bufferRing;
    this.#register(register.pbufRing, 1, low(address), high(address), buffers, bufferGroup);
    for (let buffer = 0; buffer < buffers; buffer++) this.#provide(buffer);
  }

  /** Registers with an argument of four words and zeros. @throws Error with `code` */
  #register(what: number, count: number, a: number, b: number, c: number, d: number): void {
    const words = this.#scratch.words;
    const at = registerAt >> 2;
    words.fill(0, at, at + 16);
    words[at] = a;
    words[at + 1] = b;
    words[at + 2] = c;
    words[at + 3] = d;
    const address = this.#scratch.address + registerAt;
    const result = ioUringRegister(this.#fd, what, address, count);
    if (result < 0) throw systemFailure("io_uring_register", result);
  }

  #provide(buffer: number): void {
    const at = ((this.#filled & this.#bufferMask) * bufferEntryBytes) >> 2;
    const words = this.#bufferRing.words;
    const address = this.#pool.address + buffer * this.#bufferBytes;
    words[at] = low(address);
    words[at + 1] = high(address);
    words[at + 2] = this.#bufferBytes;
    // The other half of this word of the first entry is the tail: written last, and only then read.
    this.#filled++;
    words[at + 3] = (buffer & 0xffff) | ((words[at + 3] as number) & ~0xffff);
    this.#bufferTail[0] = this.#filled;
  }
}

/** Whether an io_uring_enter that failed with this is simply tried again later. */
function passes(result: number): boolean {
  return (
    result === -errno.timedOut ||
    result === -errno.interrupted ||
    result === -errno.again ||
    result === -errno.busy
  );
}

/** Whether a completion's multishot request continues. */
export function goesOn(flags: number): boolean {
  return (flags & cqeFlag.more) !== 0;
}

/** Whether there was more to receive when a completion of a receive was made. */
export function hasMore(flags: number): boolean {
  return (flags & cqeFlag.socketNonEmpty) !== 0;
}

/** Whether a completion filled a provided buffer. */
export function hasBuffer(flags: number): boolean {
  return (flags & cqeFlag.buffer) !== 0;
}
