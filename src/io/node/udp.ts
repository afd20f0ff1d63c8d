import dgram from "node:dgram";
import net from "node:net";
import type { Endpoint, Flow } from "../../address/flow.ts";
import { isMulticast } from "../../address/ip.ts";
import { assert } from "../../base/assert.ts";
import { monotonicNs } from "../../base/clock.ts";
import { CapacityError } from "../../base/errors.ts";
import { deliverDatagram } from "../deliver-datagram.ts";
import type { CloseHow, Listener, Peer, TransportEvents, TransportOptions } from "../io.ts";
import { activity, handedOut } from "../wait.ts";
import { nodeCapabilities } from "./capabilities.ts";
import { errorCode, type NodeTransport } from "./transport.ts";

/** The interface on which groups are joined, by its address. */
const loopback = "127.0.0.1";

/** A socket that knows its slot, so that all sockets share the same listener functions. */
interface SlotSocket extends dgram.Socket {
  slot: number;
  transport: UdpTransport;
  /** Whether `opened` was reported: before that an error ends the socket. */
  ready: boolean;
  failure: string | null;
  /** Whether libuv holds a datagram that the kernel did not accept at once. */
  full: boolean;
  /** Send callback: without one Node drops the errors that sendmsg(2) itself returns. */
  onSent: (error: Error | null) => void;
  /** Where datagrams go and come from; null for a server's socket. */
  destination: Endpoint | null;
}

/** @throws UserError where this Node's dgram does not have a requested option */
export function createUdpTransport(options: TransportOptions): NodeTransport {
  const { reusePortObstacle, packetInfoObstacle, receiveErrorsObstacle } = nodeCapabilities;
  const obstacle =
    (options.reuse === "port" ? reusePortObstacle() : null) ??
    (options.packetInfo === true ? packetInfoObstacle : null) ??
    (options.receiveErrors === true ? receiveErrorsObstacle : null);
  if (obstacle !== null) throw new CapacityError(obstacle);
  return new UdpTransport(options);
}

class UdpTransport implements NodeTransport {
  readonly copiesUpTo = 0;
  readonly events: TransportEvents;
  readonly #options: TransportOptions;
  readonly connected: boolean;
  readonly broadcast: boolean;
  readonly shared: boolean;
  readonly #sockets: (SlotSocket | null)[];
  /** Slots whose socket could not pass a datagram to the kernel at once. */
  readonly #full: number[] = [];
  #openCount = 0;
  /** What `end` returned, and its resolve function for when the last socket has closed. */
  #ending: Promise<void> | null = null;
  #ended: () => void = () => {};

  constructor(options: TransportOptions) {
    this.#options = options;
    this.events = options.events;
    this.connected = options.connected ?? true;
    this.broadcast = options.broadcast ?? false;
    this.shared = options.reuse !== undefined;
    this.#sockets = new Array<SlotSocket | null>(options.slots).fill(null);
  }

  open(slot: number, flow: Flow): void {
    assert(this.#sockets[slot] === null, "open: the slot is free");
    if (this.#ending !== null) return;
    const socket = this.#create(slot, flow.sourceAddress);
    socket.destination = { address: flow.destinationAddress, port: flow.destinationPort };
    socket.bind({ address: flow.sourceAddress, port: flow.sourcePort, exclusive: true }, onBound);
  }

  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const socket = this.#sockets[slot];
    if (!socket) return true;
    const datagram = whole(bytes, start, end);
    const { destination } = socket;
    if (this.connected || destination === null) socket.send(datagram, socket.onSent);
    else socket.send(datagram, destination.port, destination.address, socket.onSent);
    return this.#passed(socket);
  }

  sendTo(slot: number, peer: Peer, bytes: Uint8Array, start: number, end: number): boolean {
    const socket = this.#sockets[slot];
    if (!socket) return true;
    if (this.connected && socket.destination !== null) {
      return this.send(slot, bytes, start, end);
    }
    socket.send(whole(bytes, start, end), peer.port, peer.address, socket.onSent);
    return this.#passed(socket);
  }

  finish(): void {
    throw new Error("finish: UDP has no end");
  }

  /** What others send between the two calls is reported with its sender: `reuse` checks every sender. */
  redirect(slot: number, { address, port }: Endpoint): void {
    const socket = this.#sockets[slot];
    if (!socket?.ready || !this.connected) return;
    try {
      socket.disconnect();
      socket.connect(port, address);
    } catch (error) {
      if (errorCode(error) !== "ERR_SOCKET_DGRAM_NOT_RUNNING") throw error;
    }
  }

  close(slot: number, how: CloseHow): void {
    const socket = this.#sockets[slot];
    if (!socket) return;
    try {
      const isConnected = this.connected && socket.ready && socket.destination !== null;
      if (how === "reset" && isConnected) socket.disconnect();
      socket.close();
    } catch (error) {
      // Already closed, its "close" event pending: the request has its effect.
      if (errorCode(error) !== "ERR_SOCKET_DGRAM_NOT_RUNNING") throw error;
    }
  }

  pause(): void {
    throw new Error("pause: UDP has no flow control");
  }

  resume(): void {
    throw new Error("resume: UDP has no flow control");
  }

  listen(): Promise<Listener> {
    throw new Error("listen: UDP binds");
  }

  bind(slot: number, endpoint: Endpoint, handed?: number): Promise<Endpoint> {
    const socket = this.#create(slot, endpoint.address);
    return new Promise((resolve, reject) => {
      socket.once("error", reject);
      const where =
        handed === undefined ? { address: endpoint.address, port: endpoint.port } : { fd: handed };
      socket.bind({ ...where, exclusive: true }, () => {
        socket.off("error", reject);
        try {
          for (const group of this.#options.groups ?? []) socket.addMembership(group, loopback);
        } catch (error) {
          socket.close();
          reject(error);
          return;
        }
        socket.ready = true;
        const bound = socket.address();
        resolve({ address: bound.address, port: bound.port });
      });
    });
  }

  poll(): boolean {
    if (this.#full.length === 0) return false;
    for (const slot of this.#full.splice(0)) {
      const socket = this.#sockets[slot];
      if (!socket) continue;
      if (socket.getSendQueueCount() > 0) {
        this.#full.push(slot);
      } else {
        socket.full = false;
        this.events.drained(slot, monotonicNs());
      }
    }
    return this.#full.length > 0;
  }

  end(): Promise<void> {
    this.#ending ??= new Promise((resolve) => {
      this.#ended = resolve;
      for (let slot = 0; slot < this.#sockets.length; slot++) this.close(slot, "fin");
      if (this.#openCount === 0) resolve();
    });
    return this.#ending;
  }

  #create(slot: number, address: string): SlotSocket {
    const { receiveBufferBytes, sendBufferBytes, reuse } = this.#options;
    const socket = dgram.createSocket({
      type: net.isIPv6(address) ? "udp6" : "udp4",
      lookup: lookupLiteral,
      ipv6Only: net.isIPv6(address),
      ...(receiveBufferBytes === undefined ? {} : { recvBufferSize: receiveBufferBytes }),
      ...(sendBufferBytes === undefined ? {} : { sendBufferSize: sendBufferBytes }),
      ...(reuse === "address" ? { reuseAddr: true } : {}),
      ...(reuse === "port" ? { reusePort: true } : {}),
    }) as SlotSocket;
    socket.slot = slot;
    socket.transport = this;
    socket.ready = false;
    socket.failure = null;
    socket.full = false;
    socket.onSent = (error) => {
      if (error) onError.call(socket, error);
    };
    socket.destination = null;
    socket.on("error", onError);
    socket.on("close", onClose);
    socket.on("message", onMessage);
    this.#sockets[slot] = socket;
    this.#openCount++;
    return socket;
  }

  /** Whether the kernel has the datagram; if libuv queued it, `poll` reports when it has been sent. */
  #passed(socket: SlotSocket): boolean {
    if (socket.getSendQueueCount() === 0) return true;
    if (!socket.full) {
      socket.full = true;
      this.#full.push(socket.slot);
    }
    return false;
  }

  release(socket: SlotSocket): void {
    this.#sockets[socket.slot] = null;
    this.#openCount--;
    this.events.closed(socket.slot, socket.failure, monotonicNs());
    if (this.#openCount === 0) this.#ended();
  }
}

function whole(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}

/** Addresses are literals: no resolver thread, and `bind` and `send` act at once. */
function lookupLiteral(
  hostname: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, hostname, net.isIPv6(hostname) ? 6 : 4);
}

// Shared listeners; `this` is the socket.

/** For sockets created by `open`. */
function onBound(this: SlotSocket): void {
  const { address, port } = this.destination as Endpoint;
  if (this.transport.broadcast) this.setBroadcast(true);
  if (isMulticast(address)) {
    // Send through the source's interface, which the route alone does not determine.
    this.setMulticastInterface(this.address().address);
  }
  if (this.transport.connected) {
    this.connect(port, address, () => onReady.call(this));
  } else {
    process.nextTick(() => onReady.call(this));
  }
}

function onReady(this: SlotSocket): void {
  if (this.ready) return;
  this.ready = true;
  this.transport.events.opened(this.slot, monotonicNs());
}

function onMessage(this: SlotSocket, bytes: Buffer, from: dgram.RemoteInfo): void {
  activity.events++;
  const { slot, destination } = this;
  const { events, connected, shared } = this.transport;
  // A connected socket with its own port: the kernel drops datagrams of others.
  const peer = connected && !shared && destination !== null ? destination : from;
  const nowNs = monotonicNs();
  deliverDatagram(events, slot, bytes, 0, bytes.length, destination, peer, nowNs);
  handedOut(nowNs);
}

function onError(this: SlotSocket, error: Error): void {
  activity.events++;
  if (this.ready) {
    this.transport.events.errored(this.slot, errorCode(error), monotonicNs());
    return;
  }
  this.failure = errorCode(error);
  this.close();
}

function onClose(this: SlotSocket): void {
  activity.events++;
  this.transport.release(this);
}
