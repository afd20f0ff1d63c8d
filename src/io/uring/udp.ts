import type { Endpoint, Flow } from "../../address/flow.ts";
import { assert } from "../../base/assert.ts";
import type { CloseHow, Listener, Peer, TransportOptions } from "../io.ts";
import { copyBytes } from "./copy-bytes.ts";
import { ErrorQueues, extendedErrorBytes, icmpError, isPending } from "./error-queue.ts";
import {
  controlHeaderBytes,
  errno,
  msghdr,
  opcode,
  receivedMessageHeaderBytes,
  setSocketOption,
  socket,
  socketFlag,
  sqeFlag,
} from "./kernel/abi.ts";
import { findControl, packetInfoRoomBytes } from "./kernel/control.ts";
import { errnoName } from "./kernel/errno-name.ts";
import { high, low, Memory } from "./kernel/memory.ts";
import { messageCopy, messageWords, writeMessage } from "./kernel/message.ts";
import { bindPlain, joinGroup, setInteger, switchOn } from "./kernel/plain-socket.ts";
import { familyOf, mostSockaddrBytes, writeSockaddr } from "./kernel/sockaddr.ts";
import { closeFile } from "./kernel/syscalls.ts";
import { type KnownPeer, Peers } from "./peers.ts";
import { AskedPeers } from "./peers-by-local-address.ts";
import { goesOn, hasBuffer, type Ring } from "./ring.ts";
import { copyOf, head, queueDisconnect, SocketTransport, state } from "./socket-transport.ts";
import { operation } from "./user-data.ts";

/** Longest datagram over IPv4, without the headers. */
const mostDatagramBytes = 65_507;
/** Longer than any datagram, whatever the version of IP. */
const tooLongBytes = 65_536;

/** An option whose value is an int, padded: UDP_GRO and UDP_SEGMENT. */
const lengthOptionBytes = controlHeaderBytes + 8;
/** What stands before the bytes of a received message: its header, the sender, options. */
const nameAt = receivedMessageHeaderBytes;
const controlAt = nameAt + mostSockaddrBytes;

/** A provided buffer holds any datagram; pages that short ones leave alone cost nothing. */
const bufferBytes = 68 * 1024;

/** Datagrams of one send: as many as a stream sends in a row, and half of what the kernel would cut. @see udp(7), UDP_SEGMENT */
const mostSegments = 64;

const linked = (sqeFlag.link | sqeFlag.skipSuccess) << 8;
const fixed = sqeFlag.fixedFile << 8;
const udpHead = {
  socket: opcode.socket | linked,
  option: opcode.uringCommand | fixed | linked,
  bindAndGoOn: opcode.bind | fixed | linked,
  bind: opcode.bind | fixed,
  connect: opcode.connect | fixed,
  /** Completes only where it fails. */
  redirect: opcode.connect | fixed | (sqeFlag.skipSuccess << 8),
  receiveMessage:
    opcode.recvmsg |
    fixed |
    (sqeFlag.bufferSelect << 8) |
    ((socketFlag.receiveMultishot | socketFlag.pollFirst) << 16),
  sendMessage: opcode.sendmsg | ((sqeFlag.fixedFile | sqeFlag.skipSuccess) << 8),
} as const;

/** Options that one socket is given, at most; even, as memory comes in units of 8 bytes. */
const mostOptions = 8;

/** Words of an entry. */
const addressWord = 4;
const lengthWord = 6;

/**
 * Before every staged datagram: room for the peer's address, and for a msghdr with its vector and
 * options, where it is one of several (a train) or leaves from an address of its own.
 */
const messageAt = 32;
const optionsAt = messageAt + messageWords * 4;

/**
 * UDP over io_uring; what is written here differs from TCP, the rest is in socket-transport.ts.
 *
 * Datagrams of one length that follow each other on one slot, to one peer, leave in one system call:
 * the kernel cuts them apart (UDP_SEGMENT), and each arrives as its own. A server's socket takes such a
 * train in one piece (UDP_GRO), and it is cut apart here.
 */
export class UdpTransport extends SocketTransport {
  readonly #connected: boolean;
  /** Whether who sent a datagram is asked for: connected sockets of their own port need not. */
  readonly #named: boolean;
  readonly #socketOptions: readonly SocketOption[];
  /** Their values, as entries point at them. */
  readonly #optionValues = new Memory(mostOptions * 4);
  /** The msghdr of every receive with an address: room for a name and options. */
  readonly #template = new Memory(msghdr.words * 4);
  readonly #peers = new Peers();
  /** Where the address that was asked is told with every datagram; else null. */
  readonly #askedPeers: AskedPeers | null;
  /** Room for options, of a datagram received or sent. */
  readonly #controlBytes: number;
  /** Who is asked; null for a server's socket. By slot, where who sent is asked for. */
  readonly #destinations: (KnownPeer | null)[];
  /** With `receiveErrors`; else null: only connected sockets hear of ICMP errors. */
  readonly #errorQueues: ErrorQueues | null;
  /** Servers' sockets whose last datagrams are being received. */
  readonly #closingBound = new Set<number>();
  #batchSlot = -1;
  #batchPeer: KnownPeer | null = null;
  #batchSegments = 0;
  #batchSegmentBytes = 0;
  #batchEnd = 0;
  #batchEntry = 0;
  /** Where the train's msghdr is staged, in words. */
  #batchMessage = 0;
  #batchSubmission = -1;
  #segments = true;
  /** Trains that failed and go datagram by datagram, of which no error is told; by slot. */
  readonly #retried = new Map<number, number>();

  constructor(options: TransportOptions, files: number, addRing: (ring: Ring) => void) {
    super(options, files, bufferBytes, addRing);
    this.#connected = options.connected ?? false;
    this.#named = !this.#connected || options.reuse !== undefined;
    this.#destinations = new Array<KnownPeer | null>(this.#named ? options.slots : 0).fill(null);
    this.#socketOptions = socketOptions(options);
    for (const [index, { value }] of this.#socketOptions.entries()) {
      this.#optionValues.words[index] = value;
    }
    this.#template.words[msghdr.nameBytes] = mostSockaddrBytes;
    this.#askedPeers = options.packetInfo === true ? new AskedPeers() : null;
    this.#controlBytes =
      lengthOptionBytes +
      (options.packetInfo === true ? packetInfoRoomBytes : 0) +
      (options.receiveErrors === true ? extendedErrorBytes : 0);
    this.#errorQueues =
      options.receiveErrors === true
        ? new ErrorQueues(options.slots, this.#template.address)
        : null;
    this.#template.words[msghdr.controlBytes] = this.#controlBytes;
  }

  override send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.state[slot] !== state.open) return true;
    const peer = this.#connected ? null : (this.#destinations[slot] ?? null);
    return this.#send(slot, peer, bytes, start, end);
  }

  override sendTo(
    slot: number,
    peer: Peer,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (this.state[slot] !== state.open) return true;
    if (this.#isConnected(slot)) return this.#send(slot, null, bytes, start, end);
    const known =
      "words" in peer ? (peer as KnownPeer) : (this.#askedPeers ?? this.#peers).of(peer);
    return this.#send(slot, known, bytes, start, end);
  }

  override finish(): void {
    throw new Error("finish: UDP has no end");
  }

  override redirect(slot: number, destination: Endpoint): void {
    if (this.state[slot] !== state.open || !this.#isConnected(slot)) return;
    const ring = this.ringOf(slot);
    ring.reserve(1);
    const at = ring.stage(mostSockaddrBytes);
    const { address, port } = destination;
    const bytes = writeSockaddr(ring.staging.words, at >> 2, address, port);
    const name = ring.staging.address + at;
    const { ignored } = operation;
    ring.entry(udpHead.redirect, this.fileOf(slot), bytes, name, 0, 0, slot, ignored, 0);
  }

  /**
   * A server's socket closes when what was received until now has been handed out: who shares the socket
   * reads the rest, and nothing is lost between the two.
   */
  override close(slot: number, how: CloseHow): void {
    const isBound = this.#destinations[slot] === null;
    if (!isBound || how === "reset" || this.ending || !this.isArmed(slot)) super.close(slot, how);
    else if (!this.#closingBound.has(slot)) {
      this.#closingBound.add(slot);
      super.pause(slot);
    }
  }

  protected override receiveEnded(slot: number): void {
    if (this.#closingBound.delete(slot)) super.close(slot, "fin");
  }

  override pause(): void {
    throw new Error("pause: UDP has no flow control");
  }

  override resume(): void {
    throw new Error("resume: UDP has no flow control");
  }

  override listen(): Promise<Listener> {
    throw new Error("listen: UDP binds");
  }

  override bind(slot: number, endpoint: Endpoint, handed?: number): Promise<Endpoint> {
    assert(this.state[slot] === state.free, "bind: the slot is free");
    assert(this.#named, "bind: who sends is told");
    if (this.ending) return Promise.reject(new Error("bind: the io has ended"));
    try {
      const prepare = (fd: number): void => {
        const family = familyOf(endpoint.address);
        for (const option of this.#socketOptions) {
          const { level, name } = nameFor(option, family);
          setInteger(fd, level, name, option.value);
        }
        for (const group of this.options.groups ?? []) joinGroup(fd, group);
        if (endpoint.address.includes(":")) {
          // One that is bound already takes it no more.
          if (handed === undefined) switchOn(fd, socket.levelIpv6, socket.ipv6Only);
          if (this.#askedPeers !== null) switchOn(fd, socket.levelIpv6, socket.receivePacketInfo6);
        } else if (this.#askedPeers !== null) {
          switchOn(fd, socket.levelIp, socket.packetInfo);
        }
        switchOn(fd, socket.levelUdp, socket.udpGro);
      };
      if (handed !== undefined) prepare(handed);
      const bound =
        handed === undefined
          ? bindPlain(endpoint, socket.datagram, prepare)
          : { fd: handed, endpoint };
      try {
        this.ringOf(slot).installFile(this.fileOf(slot), bound.fd);
      } finally {
        closeFile(bound.fd);
      }
      this.take(slot, state.open);
      this.#destinations[slot] = null;
      this.arm(slot);
      return Promise.resolve(bound.endpoint);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  protected override queueOpen(ring: Ring, slot: number, file: number, flow: Flow): void {
    ring.reserve(3 + this.#socketOptions.length);
    const at = ring.stage(64);
    const source = ring.staging.address + at;
    const words = ring.staging.words;
    const { sourceAddress, sourcePort, destinationAddress, destinationPort } = flow;
    const sourceBytes = writeSockaddr(words, at >> 2, sourceAddress, sourcePort);
    const step = operation.openStep;
    const domain = familyOf(destinationAddress);
    ring.entry(udpHead.socket, domain, socket.datagram, 0, 0, 0, slot, step, file + 1);
    for (let index = 0; index < this.#socketOptions.length; index++) {
      this.#queueOption(ring, slot, file, index, domain);
    }
    const last = operation.open;
    if (this.#named) {
      this.#destinations[slot] = this.#peers.of({
        address: destinationAddress,
        port: destinationPort,
      });
    }
    if (!this.#connected) {
      ring.entry(udpHead.bind, file, sourceBytes, source, 0, 0, slot, last, 0);
      return;
    }
    const destination = source + 32;
    const bytes = writeSockaddr(words, (at >> 2) + 8, destinationAddress, destinationPort);
    ring.entry(udpHead.bindAndGoOn, file, sourceBytes, source, 0, 0, slot, step, 0);
    ring.entry(udpHead.connect, file, bytes, destination, 0, 0, slot, last, 0);
  }

  protected override queueArm(ring: Ring, slot: number, file: number): void {
    const receive = operation.receive;
    if (!this.#named) {
      ring.entry(head.receive, file, 0, 0, 0, 0, slot, receive, 0);
    } else {
      const { address } = this.#template;
      ring.entry(udpHead.receiveMessage, file, 0, address, 1, 0, slot, receive, 0);
    }
  }

  protected override deliver(ring: Ring, slot: number, start: number, length: number): void {
    const { events, nowNs } = this;
    if (!this.#named) {
      events.received(slot, ring.pool, start, start + length, nowNs);
      return;
    }
    const words = ring.poolWords;
    const at = start >> 2;
    const from = start + controlAt + this.#controlBytes;
    const end = from + (words[at + 2] as number);
    const given = words[at + 1] as number;
    const control = at + (controlAt >> 2);
    const name = at + (nameAt >> 2);
    const peer =
      this.#askedPeers === null
        ? this.#peers.read(words, name)
        : this.#askedPeers.read(words, name, control, given);
    const asked = isSame(this.#destinations[slot] ?? null, peer);
    const option = findControl(words, control, given, socket.levelUdp, socket.udpGro);
    const segment = option < 0 ? end - from : (words[option] as number);
    let segmentStart = from;
    do {
      const segmentEnd = Math.min(segmentStart + segment, end);
      if (asked) events.received(slot, ring.pool, segmentStart, segmentEnd, nowNs);
      else events.receivedFrom(slot, ring.pool, segmentStart, segmentEnd, peer, nowNs);
      segmentStart = segmentEnd;
    } while (segmentStart < end && this.state[slot] === state.open);
  }

  /** A connected socket's empty datagram; others have a header before it. */
  protected override receivedNothing(ring: Ring, slot: number, flags: number): boolean {
    if (this.state[slot] === state.open) {
      const start = ring.bufferStart(flags);
      this.events.received(slot, ring.pool, start, start, this.nowNs);
    }
    return false;
  }

  protected override receiveFailed(slot: number, result: number): boolean {
    this.#failed(slot, result);
    return true;
  }

  /** Tells an error, or has the queue tell it where it stands there as well. */
  #failed(slot: number, result: number): void {
    if (!this.#hasMet(result)) this.events.errored(slot, errnoName(result), this.nowNs);
    if (this.#errorQueues?.empty(this.ringOf(slot), slot, this.fileOf(slot)) === true)
      this.expect(slot);
  }

  /**
   * Whether a call has failed for an error that the queue tells: it has nothing to do with the datagram
   * that was to be sent, and stands on the socket no more.
   */
  #hasMet(result: number): boolean {
    return this.#errorQueues !== null && isPending(result);
  }

  /** An error of a slot's queue, or its end. */
  protected override otherCompletion(
    ring: Ring,
    slot: number,
    tag: number,
    result: number,
    flags: number,
  ): void {
    if (tag !== operation.receiveError) return;
    if (result > 0 && this.state[slot] === state.open) {
      const at = ring.bufferStart(flags) >> 2;
      const given = ring.poolWords[at + 1] as number;
      const code = icmpError(ring.poolWords, at + (controlAt >> 2), given);
      if (code !== null) this.events.errored(slot, code, this.nowNs);
    }
    if (hasBuffer(flags)) ring.recycle(flags);
    if (goesOn(flags)) return;
    this.#errorQueues?.emptied(slot);
    // Without a free buffer it ends early; the next error has it go on.
    this.came(slot);
  }

  protected override pendingSendFailed(slot: number, result: number): void {
    if (!this.#hasMet(result)) this.held.get(slot)?.queue.shift();
    this.stagedSendFailed(slot, result);
  }

  protected override stagedSendFailed(slot: number, result: number): void {
    const retried = cannotCut(result) ? (this.#retried.get(slot) ?? 0) : 0;
    if (retried > 0) {
      this.#retried.set(slot, retried - 1);
      return;
    }
    if (this.state[slot] === state.open) this.#failed(slot, result);
  }

  /** What is worth another attempt, datagram by datagram: none is sent in part. */
  protected override holdRest(ring: Ring, slot: number, entry: number, result: number): void {
    const isBatch = isMessage(ring, entry) && this.#segmentOf(ring, messageOf(ring, entry)) > 0;
    if (result === -errno.again || this.#hasMet(result)) {
      this.#holdEach(ring, slot, entry, 0);
    } else if (isBatch && cannotCut(result)) {
      this.#segments = false;
      this.#retried.set(slot, (this.#retried.get(slot) ?? 0) + 1);
      this.#holdEach(ring, slot, entry, 0);
    } else if (isBatch) {
      // An error that the socket had heard of before costs one datagram, as it does without trains.
      this.#holdEach(ring, slot, entry, 1);
    }
  }

  /** Holds an entry's datagrams from the one with this number on. */
  #holdEach(ring: Ring, slot: number, entry: number, first: number): void {
    const { bytes } = ring.staging;
    if (!isMessage(ring, entry)) {
      const at = offsetOf(ring, ring.wordOf(entry, addressWord));
      const length = ring.wordOf(entry, lengthWord);
      const nameBytes = ring.wordOf(entry, 11) & 0xffff;
      const name = offsetOf(ring, ring.wordOf(entry, 2));
      if (first === 0) this.#holdOne(slot, bytes, at, at + length, name, nameBytes, 0, 0);
      return;
    }
    const { words } = ring.staging;
    const message = messageOf(ring, entry);
    const name = offsetOf(ring, words[message + msghdr.name] as number);
    const nameBytes = words[message + msghdr.nameBytes] as number;
    const start = offsetOf(ring, words[message + msghdr.words] as number);
    const length = words[message + msghdr.words + 2] as number;
    const cut = this.#segmentOf(ring, message);
    const options = (message + messageWords) * 4;
    const own =
      (words[message + msghdr.controlBytes] as number) - (cut > 0 ? lengthOptionBytes : 0);
    const segment = cut > 0 ? cut : length;
    const datagrams = length === 0 ? 1 : Math.ceil(length / segment);
    for (let index = first; index < datagrams; index++) {
      const from = start + index * segment;
      const end = Math.min(from + segment, start + length);
      this.#holdOne(slot, bytes, from, end, name, nameBytes, options, own);
    }
  }

  /** Holds the datagram `[start, end)`; all is in `bytes`, the peer's name and options, too. */
  #holdOne(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    name: number,
    nameBytes: number,
    control: number,
    controlBytes: number,
  ): void {
    const nameOf = bytes.subarray(name, name + nameBytes);
    if (controlBytes > 0) {
      const options = bytes.subarray(control, control + controlBytes);
      this.hold(slot, messageCopy(nameOf, options, bytes.subarray(start, end)), 0, true);
      return;
    }
    const copy = copyOf(bytes, start, end, nameBytes);
    if (nameBytes > 0) copy.set(nameOf);
    this.hold(slot, copy, nameBytes);
  }

  /** connect(2) to no address disconnects the association; no peer is told. @see connect(2), AF_UNSPEC */
  protected override queueReset(ring: Ring, file: number): void {
    if (this.#connected) queueDisconnect(ring, file);
  }

  protected override endOthers(): void {}

  override release(): void {
    this.#optionValues.free();
    this.#template.free();
  }

  #send(
    slot: number,
    peer: KnownPeer | null,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    if (this.isBlocked(slot)) {
      this.#holdTo(slot, peer, bytes, start, end);
      return false;
    }
    const ring = this.ringOf(slot);
    // What no datagram can hold fails in the kernel, whose name for it is told: no need for all of it.
    const length = Math.min(end - start, tooLongBytes);
    if (this.#joinBatch(ring, slot, peer, bytes, start, length)) return true;
    ring.reserve(1);
    const headerBytes = optionsAt + this.#controlBytes;
    const at = ring.stage(headerBytes + length);
    const payload = at + headerBytes;
    copyBytes(bytes, start, start + length, ring.staging, payload);
    const entry = this.queueStaged(ring, slot, payload, length, 0);
    if (peer !== null) {
      ring.staging.words.set(peer.words, at >> 2);
      const name = ring.staging.address + at;
      ring.amend(entry, 2, low(name));
      ring.amend(entry, 3, high(name));
      ring.amend(entry, 11, peer.bytes);
    }
    this.#batchSlot = slot;
    this.#batchPeer = peer;
    this.#batchSegments = 1;
    this.#batchSegmentBytes = length;
    this.#batchEnd = payload + length;
    this.#batchEntry = entry;
    this.#batchMessage = (at + messageAt) >> 2;
    this.#batchSubmission = ring.submissions;
    if (peer !== null && peer.control !== null) this.#writeMessage(ring, peer, payload, length, 0);
    return true;
  }

  /** Lets a datagram leave with those before it. @returns false where it cannot */
  #joinBatch(
    ring: Ring,
    slot: number,
    peer: KnownPeer | null,
    bytes: Uint8Array,
    start: number,
    length: number,
  ): boolean {
    const segments = this.#batchSegments;
    if (
      slot !== this.#batchSlot ||
      peer !== this.#batchPeer ||
      ring.submissions !== this.#batchSubmission ||
      length !== this.#batchSegmentBytes ||
      length === 0 ||
      segments >= mostSegments ||
      (segments + 1) * length > mostDatagramBytes ||
      !this.#segments
    ) {
      return false;
    }
    if (!ring.extend(this.#batchEnd, length)) return false;
    if (segments === 1) this.#writeMessage(ring, peer, this.#batchEnd - length, length, length);
    copyBytes(bytes, start, start + length, ring.staging, this.#batchEnd);
    this.#batchEnd += length;
    this.#batchSegments = segments + 1;
    ring.staging.words[this.#batchMessage + msghdr.words + 2] = (segments + 1) * length;
    return true;
  }

  /**
   * Turns the datagram staged last into a message with options: its peer's, and the length that what it
   * carries is to be cut into; 0: it is one datagram.
   */
  #writeMessage(
    ring: Ring,
    peer: KnownPeer | null,
    payload: number,
    length: number,
    segmentBytes: number,
  ): void {
    const { words, address } = ring.staging;
    const message = this.#batchMessage;
    const messageAddress = address + message * 4;
    const control = peer === null ? null : peer.control;
    let option = message + messageWords;
    if (control !== null) {
      words.set(control, option);
      option += control.length;
    }
    if (segmentBytes > 0) {
      words[option] = controlHeaderBytes + 2;
      words[option + 1] = 0;
      words[option + 2] = socket.levelUdp;
      words[option + 3] = socket.udpSegment;
      words[option + 4] = segmentBytes;
      words[option + 5] = 0;
      option += lengthOptionBytes >> 2;
    }
    writeMessage(
      words,
      message,
      messageAddress,
      messageAddress - messageAt,
      peer === null ? 0 : peer.bytes,
      messageAddress + messageWords * 4,
      (option - message - messageWords) * 4,
      address + payload,
      length,
    );
    const entry = this.#batchEntry;
    ring.amend(entry, 0, udpHead.sendMessage);
    ring.amend(entry, 2, 0);
    ring.amend(entry, 3, 0);
    ring.amend(entry, addressWord, low(messageAddress));
    ring.amend(entry, addressWord + 1, high(messageAddress));
    ring.amend(entry, lengthWord, 1);
    ring.amend(entry, 11, 0);
  }

  /** The length that a staged message is cut into; 0 for a single datagram. */
  #segmentOf(ring: Ring, message: number): number {
    const { words } = ring.staging;
    const bytes = words[message + msghdr.controlBytes] as number;
    const { levelUdp, udpSegment } = socket;
    const option = findControl(words, message + messageWords, bytes, levelUdp, udpSegment);
    return option < 0 ? 0 : (words[option] as number);
  }

  #holdTo(
    slot: number,
    peer: KnownPeer | null,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const nameBytes = peer === null ? 0 : peer.bytes;
    if (peer !== null && peer.control !== null) {
      const { control } = peer;
      const name = new Uint8Array(peer.words.buffer, 0, nameBytes);
      const options = new Uint8Array(control.buffer, control.byteOffset, control.byteLength);
      this.hold(slot, messageCopy(name, options, bytes.subarray(start, end)), 0, true);
      return;
    }
    const copy = copyOf(bytes, start, end, nameBytes);
    if (peer !== null) copy.set(new Uint8Array(peer.words.buffer, 0, nameBytes));
    this.hold(slot, copy, nameBytes);
  }

  /** Whether the slot is a connected socket, whose peer need not be named. */
  #isConnected(slot: number): boolean {
    return this.#connected && this.#destinations[slot] !== null;
  }

  #queueOption(ring: Ring, slot: number, file: number, index: number, family: number): void {
    const { level, name } = nameFor(this.#socketOptions[index] as SocketOption, family);
    const step = operation.openStep;
    const entry = ring.entry(udpHead.option, file, setSocketOption, 0, 0, 0, slot, step, 0);
    const value = this.#optionValues.address + index * 4;
    ring.amend(entry, 4, level);
    ring.amend(entry, 5, name);
    ring.amend(entry, 11, 4);
    ring.amend(entry, 12, low(value));
    ring.amend(entry, 13, high(value));
  }
}

/** An option of type int, set before the socket is bound. @see socket(7) */
interface SocketOption {
  readonly level: number;
  readonly name: number;
  readonly value: number;
  /** What it is called on sockets of IPv6, where that is another. */
  readonly inet6?: { readonly level: number; readonly name: number };
}

function nameFor(option: SocketOption, family: number): { level: number; name: number } {
  return family === socket.inet6 && option.inet6 !== undefined ? option.inet6 : option;
}

const receiveErrors: SocketOption = {
  level: socket.levelIp,
  name: socket.receiveError,
  value: 1,
  inet6: { level: socket.levelIpv6, name: socket.receiveError6 },
};

/** What every socket of a transport is given. */
function socketOptions(options: TransportOptions): readonly SocketOption[] {
  const { receiveBufferBytes, sendBufferBytes, reuse } = options;
  const {
    levelSocket: level,
    receiveBuffer,
    sendBuffer,
    broadcast,
    reuseAddress,
    reusePort,
  } = socket;
  return [
    ...(options.receiveErrors === true ? [receiveErrors] : []),
    ...(options.broadcast === true ? [{ level, name: broadcast, value: 1 }] : []),
    ...(receiveBufferBytes === undefined
      ? []
      : [{ level, name: receiveBuffer, value: receiveBufferBytes }]),
    ...(sendBufferBytes === undefined ? [] : [{ level, name: sendBuffer, value: sendBufferBytes }]),
    ...(reuse === undefined
      ? []
      : [{ level, name: reuse === "address" ? reuseAddress : reusePort, value: 1 }]),
  ];
}

/** Whether it is the answer of a path that does not cut datagrams apart, or none of this length. */
function cannotCut(result: number): boolean {
  return result === -errno.invalid || result === -errno.ioError || result === -errno.messageSize;
}

/** Most often it is one object; a peer that was forgotten meanwhile is another. */
function isSame(one: KnownPeer | null, other: KnownPeer): boolean {
  if (one === other || one === null) return one === other;
  return one.port === other.port && one.address === other.address;
}

function isMessage(ring: Ring, entry: number): boolean {
  return (ring.wordOf(entry, 0) & 0xff) === opcode.sendmsg;
}

/** The word in the ring's staging at which an entry's msghdr begins. */
function messageOf(ring: Ring, entry: number): number {
  return offsetOf(ring, ring.wordOf(entry, addressWord)) >> 2;
}

/** Where in the ring's staging something is. @param lowWord of its address */
function offsetOf(ring: Ring, lowWord: number): number {
  return (lowWord - low(ring.staging.address)) | 0;
}
