import type { Endpoint, Flow } from "../../address/flow.ts";
import { assert } from "../../base/assert.ts";
import type { KernelTimes, Listener, TransportEvents, TransportOptions } from "../io.ts";
import { copyBytes } from "./copy-bytes.ts";
import {
  anyFileIndex,
  errno,
  messageFlag,
  msghdr,
  opcode,
  receivedMessageHeaderBytes,
  setSocketOption,
  socket,
  socketFlag,
  sqeFlag,
} from "./kernel/abi.ts";
import { high, low, Memory } from "./kernel/memory.ts";
import { type ReceiveStamps, receiveStampBytes } from "./kernel/receive-stamps.ts";
import { familyOf, writeSockaddr } from "./kernel/sockaddr.ts";
import { Listening } from "./listening.ts";
import { copyOf, type PendingSend } from "./pending-sends.ts";
import type { Protocol, ProtocolKind } from "./protocol.ts";
import { goesOn, mostStagedBytes, type Ring } from "./ring.ts";
import { multishotRoom } from "./ring-sizes.ts";
import {
  boundedReceive,
  messageReceiveHead,
  plainReceive,
  type ReceiveEntry,
  type Slots,
  state,
} from "./slots.ts";
import { operation } from "./user-data.ts";

/** TCP over io_uring. */
export const tcp: ProtocolKind = {
  bufferBytes: 16 * 1024,
  create: (slots, options, stamps) =>
    stamps === null || options.kernelTimes === undefined
      ? new Tcp(slots, options)
      : new StampedTcp(slots, options, options.kernelTimes, stamps),
};

const chained = (sqeFlag.fixedFile | sqeFlag.link | sqeFlag.skipSuccess) << 8;
const openHead = {
  socket: opcode.socket | ((sqeFlag.link | sqeFlag.skipSuccess) << 8),
  option: opcode.uringCommand | chained,
  bind: opcode.bind | chained,
  connect: opcode.connect | (sqeFlag.fixedFile << 8),
  accept: opcode.accept | (socketFlag.acceptMultishot << 16),
  acceptOne: opcode.accept,
} as const;

/** Word indexes of an option's entry. */
const levelWord = 4;
const nameWord = 5;
const optionBytesWord = 11;
const valueWord = 12;

class Tcp implements Protocol {
  readonly isStream = true;
  readonly receive: ReceiveEntry;
  readonly nothingBytes: number = 0;
  /** Whether sockets have the kernel's time stamps. */
  readonly #isStamped: boolean;
  readonly resetsByDisconnect = true;
  readonly #slots: Slots;
  readonly #events: TransportEvents;
  readonly #noDelay: boolean;
  /** Values of options: 1, of every one that is enabled, and the size of the receive buffer; 0: the kernel's own. */
  readonly #values = new Memory(8);
  readonly #listening: Listening[] = [];
  /** Slots in use, by ring. */
  readonly #used: Int32Array;
  /** Connections accepted into a descriptor whose previous slot still expects a completion. */
  readonly #early = new Map<number, number>();
  #lastSlot = -1;
  #lastEntry = 0;
  #lastEnd = 0;
  #lastLength = 0;

  /** @param receive default: recv(2) */
  constructor(
    slots: Slots,
    { events, noDelay, mostReadBytes, receiveBufferBytes = 0 }: TransportOptions,
    receive: ReceiveEntry | null = null,
  ) {
    this.#isStamped = receive !== null;
    this.#slots = slots;
    this.#events = events;
    this.#noDelay = noDelay ?? true;
    this.#used = new Int32Array(slots.ringCount);
    this.#values.words[0] = 1;
    this.#values.words[1] = receiveBufferBytes;
    this.receive =
      receive ?? (mostReadBytes === undefined ? plainReceive : boundedReceive(mostReadBytes));
  }

  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const slots = this.#slots;
    const length = end - start;
    if (length === 0) return true;
    if (slots.isBlocked(slot)) {
      slots.sendLater(slot, copyOf(bytes, start, end));
      return false;
    }
    if (length > mostStagedBytes) {
      slots.sendLater(slot, bytes.subarray(start, end));
      return false;
    }
    const ring = slots.ringOf(slot);
    if (slots.isStaged(ring, slot)) return this.#append(ring, slot, bytes, start, end);
    ring.reserve(1);
    const at = ring.stage(length);
    copyBytes(bytes, start, end, ring.staging, at);
    this.#lastEntry = slots.queueStaged(ring, slot, at, length, messageFlag.waitAll);
    this.#lastSlot = slot;
    this.#lastLength = length;
    this.#lastEnd = at + length;
    return true;
  }

  sendTo(): boolean {
    throw new Error("sendTo: a TCP slot has one peer");
  }

  redirect(): void {
    throw new Error("redirect: a TCP slot has one peer");
  }

  bind(): Promise<Endpoint> {
    throw new Error("bind: TCP listens");
  }

  listen(endpoint: Endpoint, handed?: number): Promise<Listener> {
    if (this.#slots.ending) return Promise.reject(new Error("listen: the io has ended"));
    const index = this.#listening.length;
    let listening: Listening;
    try {
      listening = new Listening(endpoint, this.#noDelay, handed);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#listening.push(listening);
    this.#accept(index);
    return Promise.resolve({
      index,
      endpoint: listening.endpoint,
      get accepting() {
        return !listening.closed || listening.ring !== null;
      },
      close: () => listening.close(index),
    });
  }

  open(ring: Ring, slot: number, file: number, flow: Flow): void {
    ring.reserve(7);
    const at = ring.stage(64);
    const source = ring.staging.address + at;
    const destination = source + 32;
    const words = ring.staging.words;
    const { sourceAddress, sourcePort, destinationAddress, destinationPort } = flow;
    const sourceBytes = writeSockaddr(words, at >> 2, sourceAddress, sourcePort);
    const destinationBytes = writeSockaddr(
      words,
      (at >> 2) + 8,
      destinationAddress,
      destinationPort,
    );
    const domain = familyOf(destinationAddress);
    const step = operation.openStep;
    ring.entry(openHead.socket, domain, socket.stream, 0, 0, 0, slot, step, file + 1);
    this.#setOption(ring, slot, file, socket.levelSocket, socket.reuseAddress);
    if (this.#noDelay) {
      this.#setOption(ring, slot, file, socket.levelTcp, socket.noDelay);
    }
    if (this.#isStamped) {
      this.#setOption(ring, slot, file, socket.levelSocket, socket.timestampNs);
    }
    // Before it connects, as the window that it announces then is scaled after it.
    if (this.#values.words[1] !== 0) {
      this.#setOption(ring, slot, file, socket.levelSocket, socket.receiveBuffer, 4);
    }
    ring.entry(openHead.bind, file, sourceBytes, source, 0, 0, slot, step, 0);
    const last = operation.open;
    ring.entry(openHead.connect, file, destinationBytes, destination, 0, 0, slot, last, 0);
  }

  received(ring: Ring, slot: number, start: number, length: number, nowNs: number): void {
    this.#events.received(slot, ring.pool, start, start + length, nowNs);
  }

  receivedNothing(_ring: Ring, _slot: number, _flags: number, _nowNs: number): boolean {
    return true;
  }

  receiveFailed(): boolean {
    return true;
  }

  keepUnsent(ring: Ring, slot: number, entry: number, result: number): void {
    if (result < 0 && result !== -errno.again) return;
    const sent = Math.max(0, result);
    const start = (ring.wordOf(entry, 4) - (ring.staging.address | 0)) | 0;
    const length = ring.wordOf(entry, 6);
    this.#slots.sendFirst(slot, copyOf(ring.staging.bytes, start + sent, start + length));
  }

  dropUnsendable(queue: PendingSend[]): void {
    queue.length = 0;
  }

  sendFailed(): boolean {
    return true;
  }

  /** The completion of an accept; `id` is its listener. */
  completed(
    ring: Ring,
    listener: number,
    tag: number,
    result: number,
    flags: number,
    nowNs: number,
  ): boolean {
    if (tag !== operation.accept) return false;
    const slots = this.#slots;
    const listening = this.#listening[listener] as Listening;
    if (result >= 0) this.#accepted(ring, listener, ring.index * slots.capacity + result, nowNs);
    if (!goesOn(flags)) {
      listening.ring = null;
      if (!listening.closed && !slots.ending) this.#accept(listener);
    }
    return false;
  }

  readsBeforeClose(): boolean {
    return false;
  }

  freed(slot: number, nowNs: number): void {
    const ring = this.#slots.ringOf(slot);
    const used = this.#used;
    if (this.#listening.length === 0) return;
    used[ring.index] = (used[ring.index] as number) - 1;
    const listener = this.#early.get(slot);
    if (listener !== undefined) {
      this.#early.delete(slot);
      this.#accepted(ring, listener, slot, nowNs);
    }
    for (let index = 0; index < this.#listening.length; index++) {
      const listening = this.#listening[index] as Listening;
      if (listening.ring === null && !listening.closed && !this.#slots.ending) this.#accept(index);
    }
  }

  end(): void {
    this.#listening.forEach((listening, index) => {
      listening.close(index);
    });
  }

  release(): void {
    this.#values.free();
  }

  /** Sends after what is already staged: in the same entry where the bytes can be contiguous. */
  #append(ring: Ring, slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (slot !== this.#lastSlot || !ring.extend(this.#lastEnd, length)) {
      this.#slots.sendLater(slot, copyOf(bytes, start, end));
      return false;
    }
    copyBytes(bytes, start, end, ring.staging, this.#lastEnd);
    this.#lastEnd += length;
    this.#lastLength += length;
    ring.amend(this.#lastEntry, 6, this.#lastLength);
    return true;
  }

  /** @param valueAt offset of its value in `#values` */
  #setOption(
    ring: Ring,
    slot: number,
    file: number,
    level: number,
    name: number,
    valueAt = 0,
  ): void {
    const step = operation.openStep;
    const entry = ring.entry(openHead.option, file, setSocketOption, 0, 0, 0, slot, step, 0);
    ring.amend(entry, levelWord, level);
    ring.amend(entry, nameWord, name);
    ring.amend(entry, optionBytesWord, 4);
    const address = this.#values.address + valueAt;
    ring.amend(entry, valueWord, low(address));
    ring.amend(entry, valueWord + 1, high(address));
  }

  /**
   * Accepts into the first ring with room for all that may be waiting; where there is none, one connection
   * into the first with room for one: rings are created as needed.
   */
  #accept(listener: number): void {
    let index = this.#used.findIndex((_, at) => this.#free(at) > multishotRoom);
    let acceptHead: number = openHead.accept;
    if (index < 0) {
      index = this.#used.findIndex((_, at) => this.#free(at) > this.#awaitedBy(at));
      acceptHead = openHead.acceptOne;
      // Without any room it waits for a connection to end; new ones stay in the backlog.
      if (index < 0) return;
    }
    const listening = this.#listening[listener] as Listening;
    const ring = this.#slots.ringAt(index);
    listening.ring = ring;
    const accept = operation.accept;
    ring.entry(acceptHead, listening.fd, 0, 0, 0, 0, listener, accept, anyFileIndex);
  }

  #leaveRing(ring: Ring): void {
    for (let index = 0; index < this.#listening.length; index++) {
      const listening = this.#listening[index] as Listening;
      if (listening.ring === ring) listening.leave(index);
    }
  }

  /** Accepts in progress that may each take a descriptor of the ring. */
  #awaitedBy(index: number): number {
    let count = 0;
    for (const { ring } of this.#listening) if (ring?.index === index) count++;
    return count;
  }

  /** Direct descriptors of the ring that are free. */
  #free(index: number): number {
    return this.#slots.filesOf(index) - (this.#used[index] as number);
  }

  #accepted(ring: Ring, listener: number, slot: number, nowNs: number): void {
    const slots = this.#slots;
    // Nothing else would close it: it is closed with its ring.
    if (slots.ending) return;
    if (slots.state[slot] !== state.free) {
      this.#early.set(slot, listener);
      return;
    }
    slots.take(slot, state.open);
    this.#used[ring.index] = (this.#used[ring.index] as number) + 1;
    const listening = this.#listening[listener] as Listening;
    if (this.#free(ring.index) === multishotRoom) this.#leaveRing(ring);
    slots.arm(slot, this.receive);
    this.#events.accepted(slot, listener, listening.peerOf(ring, slots.fileOf(slot)), nowNs);
  }
}

/** Layout of what is received with a stamp: the header, the stamp, then the bytes. */
const stampAt = receivedMessageHeaderBytes;
const stampedBytesAt = stampAt + receiveStampBytes;

/** Clients whose bytes come with the time at which the kernel received the last of them (recvmsg, SO_TIMESTAMPNS). */
class StampedTcp extends Tcp {
  override readonly nothingBytes = stampedBytesAt;
  readonly #events: TransportEvents;
  readonly #receivedNs: Float64Array;
  readonly #stamps: ReceiveStamps;
  /** The msghdr of every receive: room for the stamp. */
  readonly #template: Memory;

  constructor(
    slots: Slots,
    options: TransportOptions,
    { receivedNs }: KernelTimes,
    stamps: ReceiveStamps,
  ) {
    assert(options.mostReadBytes === undefined, "bytes with stamps are read as they come");
    const template = new Memory(msghdr.words * 4);
    template.words[msghdr.controlBytes] = receiveStampBytes;
    super(slots, options, { head: messageReceiveHead, address: template.address, length: 1 });
    this.#template = template;
    this.#events = options.events;
    this.#receivedNs = receivedNs;
    this.#stamps = stamps;
  }

  override received(ring: Ring, slot: number, start: number, _length: number, nowNs: number): void {
    const words = ring.poolWords;
    const at = start >> 2;
    const from = start + stampedBytesAt;
    const end = from + (words[at + 2] as number);
    this.#receivedNs[0] = this.#stamps.read(words, at + (stampAt >> 2), words[at + 1] as number);
    this.#events.received(slot, ring.pool, from, end, nowNs);
  }

  override receivedNothing(): boolean {
    this.#receivedNs[0] = Number.NaN;
    return true;
  }

  override release(): void {
    super.release();
    this.#template.free();
  }
}
