import type { Endpoint, Flow } from "../../address/flow.ts";
import { assert } from "../../base/assert.ts";
import { deliverDatagram } from "../deliver-datagram.ts";
import type { KernelTimes, Listener, Peer, TransportEvents, TransportOptions } from "../io.ts";
import { DatagramBatch } from "./datagram-batch.ts";
import { ErrorQueues, extendedErrorBytes, icmpError, isPending } from "./error-queue.ts";
import {
  errno,
  msghdr,
  opcode,
  receivedMessageHeaderBytes,
  setSocketOption,
  socket,
  sqeFlag,
} from "./kernel/abi.ts";
import { findControl, lengthOptionBytes, packetInfoRoomBytes } from "./kernel/control.ts";
import { errnoName } from "./kernel/errno-name.ts";
import { high, low, Memory } from "./kernel/memory.ts";
import { bindPlain, joinGroup, setInteger, switchOn } from "./kernel/plain-socket.ts";
import { type ReceiveStamps, receiveStampBytes } from "./kernel/receive-stamps.ts";
import { familyOf, mostSockaddrBytes, writeSockaddr } from "./kernel/sockaddr.ts";
import { closeFile } from "./kernel/syscalls.ts";
import { type KnownPeer, Peers } from "./peers.ts";
import { PeersByLocalAddress } from "./peers-by-local-address.ts";
import type { PendingSend } from "./pending-sends.ts";
import type { Protocol, ProtocolKind } from "./protocol.ts";
import { goesOn, hasBuffer, type Ring } from "./ring.ts";
import { messageReceiveHead, plainReceive, type ReceiveEntry, type Slots, state } from "./slots.ts";
import { operation } from "./user-data.ts";

/** UDP over io_uring. */
export const udp: ProtocolKind = {
  /** A provided buffer holds any datagram; pages that short ones do not touch cost nothing. */
  bufferBytes: 68 * 1024,
  create: (slots, options, stamps) =>
    stamps === null || options.kernelTimes === undefined
      ? new Udp(slots, options)
      : new StampedUdp(slots, options, options.kernelTimes, stamps),
};

/** Layout before the bytes of a received message: its header, the sender, options. */
const nameAt = receivedMessageHeaderBytes;
const controlAt = nameAt + mostSockaddrBytes;

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
} as const;

/** Most options of one socket; even, as memory comes in units of 8 bytes. */
const mostOptions = 8;

/**
 * The sender of a datagram is requested (recvmsg), except on connected sockets with their own port, where it is
 * known. A server's socket receives a segmentation batch as a whole (UDP_GRO), and it is split here.
 */
class Udp implements Protocol {
  readonly isStream = false;
  readonly receive: ReceiveEntry;
  readonly nothingBytes = 0;
  readonly resetsByDisconnect: boolean;
  readonly #slots: Slots;
  readonly #events: TransportEvents;
  /** Multicast groups that servers' sockets join. */
  readonly #groups: readonly string[];
  readonly #connected: boolean;
  /** Whether the sender of a datagram is requested: connected sockets with their own port do not need it. */
  protected readonly isNamed: boolean;
  readonly #socketOptions: readonly SocketOption[];
  /** Their values, as entries point at them. */
  readonly #optionValues = new Memory(mostOptions * 4);
  /** The msghdr of every receive with an address: room for a name and options. */
  readonly #template = new Memory(msghdr.words * 4);
  readonly #peers = new Peers();
  /** Where every datagram comes with the address that it was sent to; else null. */
  readonly #peersByLocal: PeersByLocalAddress | null;
  /** Room for options, of a datagram received or sent. */
  protected readonly controlBytes: number;
  /** Destinations by slot, where senders are requested; null for a server's socket. */
  readonly #destinations: (KnownPeer | null)[];
  /** With `receiveErrors`; else null: only connected sockets receive ICMP errors. */
  readonly #errorQueues: ErrorQueues | null;
  readonly #batch: DatagramBatch;

  /** @param stampBytes room for time stamps, among the options of what is received; 0: there are none */
  constructor(slots: Slots, options: TransportOptions, stampBytes = 0) {
    const isStamped = stampBytes > 0;
    this.#slots = slots;
    this.#events = options.events;
    this.#groups = options.groups ?? [];
    this.#connected = options.connected ?? false;
    this.resetsByDisconnect = this.#connected;
    this.isNamed = !this.#connected || options.reuse !== undefined;
    this.#destinations = new Array<KnownPeer | null>(this.isNamed ? options.slots : 0).fill(null);
    this.#socketOptions = [...socketOptions(options), ...(isStamped ? [stamped] : [])];
    for (const [index, { value }] of this.#socketOptions.entries()) {
      this.#optionValues.words[index] = value;
    }
    const readsLocal = options.packetInfo === true;
    const readsErrors = options.receiveErrors === true;
    this.#peersByLocal = readsLocal ? new PeersByLocalAddress() : null;
    this.controlBytes =
      lengthOptionBytes +
      (readsLocal ? packetInfoRoomBytes : 0) +
      (readsErrors ? extendedErrorBytes : 0) +
      stampBytes;
    this.#batch = new DatagramBatch(slots, this.controlBytes - stampBytes);
    this.#template.words[msghdr.nameBytes] = this.isNamed ? mostSockaddrBytes : 0;
    this.#template.words[msghdr.controlBytes] = this.controlBytes;
    const { address } = this.#template;
    this.#errorQueues = readsErrors ? new ErrorQueues(options.slots, address) : null;
    this.receive =
      this.isNamed || isStamped ? { head: messageReceiveHead, address, length: 1 } : plainReceive;
  }

  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const peer = this.#connected ? null : (this.#destinations[slot] ?? null);
    return this.#batch.send(slot, peer, bytes, start, end);
  }

  sendTo(slot: number, peer: Peer, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#slots.state[slot] !== state.open) return true;
    if (this.#isConnected(slot)) return this.#batch.send(slot, null, bytes, start, end);
    const known =
      "words" in peer ? (peer as KnownPeer) : (this.#peersByLocal ?? this.#peers).of(peer);
    return this.#batch.send(slot, known, bytes, start, end);
  }

  redirect(slot: number, destination: Endpoint): void {
    const slots = this.#slots;
    if (slots.state[slot] !== state.open || !this.#isConnected(slot)) return;
    const ring = slots.ringOf(slot);
    ring.reserve(1);
    const at = ring.stage(mostSockaddrBytes);
    const { address, port } = destination;
    const bytes = writeSockaddr(ring.staging.words, at >> 2, address, port);
    const name = ring.staging.address + at;
    const { ignored } = operation;
    ring.entry(udpHead.redirect, slots.fileOf(slot), bytes, name, 0, 0, slot, ignored, 0);
  }

  listen(): Promise<Listener> {
    throw new Error("listen: UDP binds");
  }

  bind(slot: number, endpoint: Endpoint, handed?: number): Promise<Endpoint> {
    const slots = this.#slots;
    assert(slots.state[slot] === state.free, "bind: the slot is free");
    assert(this.isNamed, "bind: senders are requested");
    if (slots.ending) return Promise.reject(new Error("bind: the io has ended"));
    try {
      const prepare = (fd: number): void => {
        const family = familyOf(endpoint.address);
        for (const option of this.#socketOptions) {
          const { level, name } = nameFor(option, family);
          setInteger(fd, level, name, option.value);
        }
        for (const group of this.#groups) joinGroup(fd, group);
        if (endpoint.address.includes(":")) {
          // A socket that is already bound does not accept it.
          if (handed === undefined) switchOn(fd, socket.levelIpv6, socket.ipv6Only);
          if (this.#peersByLocal !== null)
            switchOn(fd, socket.levelIpv6, socket.receivePacketInfo6);
        } else if (this.#peersByLocal !== null) {
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
        slots.ringOf(slot).installFile(slots.fileOf(slot), bound.fd);
      } finally {
        closeFile(bound.fd);
      }
      slots.take(slot, state.open);
      this.#destinations[slot] = null;
      slots.arm(slot, this.receive);
      return Promise.resolve(bound.endpoint);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  open(ring: Ring, slot: number, file: number, flow: Flow): void {
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
    if (this.isNamed) {
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

  received(ring: Ring, slot: number, start: number, length: number, nowNs: number): void {
    const events = this.#events;
    if (!this.isNamed) {
      events.received(slot, ring.pool, start, start + length, nowNs);
      return;
    }
    const words = ring.poolWords;
    const at = start >> 2;
    const from = start + controlAt + this.controlBytes;
    const end = from + (words[at + 2] as number);
    const given = words[at + 1] as number;
    const control = at + (controlAt >> 2);
    const name = at + (nameAt >> 2);
    const peer =
      this.#peersByLocal === null
        ? this.#peers.read(words, name)
        : this.#peersByLocal.read(words, name, control, given);
    const destination = this.#destinations[slot] ?? null;
    const option = findControl(words, control, given, socket.levelUdp, socket.udpGro);
    const segment = option < 0 ? end - from : (words[option] as number);
    const { state: states } = this.#slots;
    let segmentStart = from;
    do {
      const segmentEnd = Math.min(segmentStart + segment, end);
      deliverDatagram(events, slot, ring.pool, segmentStart, segmentEnd, destination, peer, nowNs);
      segmentStart = segmentEnd;
    } while (segmentStart < end && states[slot] === state.open);
  }

  /** A connected socket's empty datagram; for others a header precedes it. */
  receivedNothing(ring: Ring, slot: number, flags: number, nowNs: number): boolean {
    if (this.#slots.state[slot] === state.open) {
      const start = ring.bufferStart(flags);
      this.#events.received(slot, ring.pool, start, start, nowNs);
    }
    return false;
  }

  receiveFailed(slot: number, result: number, nowNs: number): boolean {
    this.#reportError(slot, result, nowNs);
    return false;
  }

  keepUnsent(ring: Ring, slot: number, entry: number, result: number): void {
    const retriesAll = result === -errno.again || this.#hasMet(result);
    this.#batch.keepUnsent(ring, slot, entry, result, retriesAll);
  }

  dropUnsendable(queue: PendingSend[], result: number): void {
    if (!this.#hasMet(result)) queue.shift();
  }

  sendFailed(slot: number, result: number, nowNs: number): boolean {
    if (!this.#batch.isRetried(slot, result) && this.#slots.state[slot] === state.open) {
      this.#reportError(slot, result, nowNs);
    }
    return false;
  }

  /** An error of a slot's queue, or its end. */
  completed(
    ring: Ring,
    slot: number,
    tag: number,
    result: number,
    flags: number,
    nowNs: number,
  ): boolean {
    if (tag !== operation.receiveError) return false;
    if (result > 0 && this.#slots.state[slot] === state.open) {
      const at = ring.bufferStart(flags) >> 2;
      const given = ring.poolWords[at + 1] as number;
      const code = icmpError(ring.poolWords, at + (controlAt >> 2), given);
      if (code !== null) this.#events.errored(slot, code, nowNs);
    }
    if (hasBuffer(flags)) ring.recycle(flags);
    if (goesOn(flags)) return false;
    // Without a free buffer it ends early; the next error continues it.
    this.#errorQueues?.emptied(slot);
    return true;
  }

  /** A server's socket: another process that shares it reads the rest, and nothing is lost in between. */
  readsBeforeClose(slot: number): boolean {
    return this.#destinations[slot] === null;
  }

  freed(slot: number): void {
    this.#batch.forget(slot);
  }

  end(): void {}

  release(): void {
    this.#optionValues.free();
    this.#template.free();
  }

  /** Reports an error, or lets the queue report it where it is queued as well. */
  #reportError(slot: number, result: number, nowNs: number): void {
    const slots = this.#slots;
    if (!this.#hasMet(result)) this.#events.errored(slot, errnoName(result), nowNs);
    if (this.#errorQueues?.empty(slots.ringOf(slot), slot, slots.fileOf(slot)) === true) {
      slots.expect(slot);
    }
  }

  /**
   * Whether a call has failed with an error that the queue reports: it is unrelated to the datagram to
   * be sent, and is no longer pending on the socket.
   */
  #hasMet(result: number): boolean {
    return this.#errorQueues !== null && isPending(result);
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

/** Clients whose datagrams come with the time at which the kernel received them (recvmsg, SO_TIMESTAMPNS). */
class StampedUdp extends Udp {
  readonly #own: TransportEvents;
  readonly #receivedNs: Float64Array;
  readonly #stamps: ReceiveStamps;

  constructor(
    slots: Slots,
    options: TransportOptions,
    { receivedNs }: KernelTimes,
    stamps: ReceiveStamps,
  ) {
    super(slots, options, receiveStampBytes);
    this.#own = options.events;
    this.#receivedNs = receivedNs;
    this.#stamps = stamps;
  }

  override received(ring: Ring, slot: number, start: number, length: number, nowNs: number): void {
    const words = ring.poolWords;
    const at = start >> 2;
    const controlFrom = start + nameAt + (this.isNamed ? mostSockaddrBytes : 0);
    const given = words[at + 1] as number;
    this.#receivedNs[0] = this.#stamps.read(words, controlFrom >> 2, given);
    if (this.isNamed) {
      super.received(ring, slot, start, length, nowNs);
      return;
    }
    const from = controlFrom + this.controlBytes;
    this.#own.received(slot, ring.pool, from, from + (words[at + 2] as number), nowNs);
  }
}

/** An option of type int, set before the socket is bound. @see socket(7) */
interface SocketOption {
  readonly level: number;
  readonly name: number;
  readonly value: number;
  /** Its level and name on IPv6 sockets, where they differ. */
  readonly inet6?: { readonly level: number; readonly name: number };
}

function nameFor(option: SocketOption, family: number): { level: number; name: number } {
  return family === socket.inet6 && option.inet6 !== undefined ? option.inet6 : option;
}

const stamped: SocketOption = { level: socket.levelSocket, name: socket.timestampNs, value: 1 };

const receiveErrors: SocketOption = {
  level: socket.levelIp,
  name: socket.receiveError,
  value: 1,
  inet6: { level: socket.levelIpv6, name: socket.receiveError6 },
};

/** The options of every socket of a transport. */
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
