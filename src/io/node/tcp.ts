import net from "node:net";
import type { Endpoint, Flow } from "../../address/flow.ts";
import { assert } from "../../base/assert.ts";
import { monotonicNs } from "../../base/clock.ts";
import { FreeSlots } from "../free-slots.ts";
import type { CloseHow, Listener, Peer, TransportEvents, TransportOptions } from "../io.ts";
import { activity, handedOut } from "../wait.ts";
import { errorCode, type NodeTransport } from "./transport.ts";

/** Most bytes of one read; the buffer is shared by all sockets of a transport. */
const readBufferBytes = 64 * 1024;

/** The kernel caps it at net.core.somaxconn; a short queue drops SYNs under a fast connector. */
const listenBacklog = 65_535;

const nothing = Buffer.alloc(0);

/** A socket that knows its slot, so that all sockets share the same listener functions. */
interface SlotSocket extends net.Socket {
  slot: number;
  transport: TcpTransport;
  failure: string | null;
}

export function createTcpTransport(options: TransportOptions): NodeTransport {
  return new TcpTransport(options);
}

class TcpTransport implements NodeTransport {
  readonly copiesUpTo = 0;
  readonly events: TransportEvents;
  readonly #noDelay: boolean;
  readonly #halfOpen: boolean;
  readonly #sockets: (SlotSocket | null)[];
  readonly #free: FreeSlots;
  readonly #servers: net.Server[] = [];
  readonly #onread: net.OnReadOpts;
  #openCount = 0;
  /** What `end` returned, and its resolve function for when the last socket has closed. */
  #ending: Promise<void> | null = null;
  #ended: () => void = () => {};

  constructor(options: TransportOptions) {
    this.events = options.events;
    this.#noDelay = options.noDelay ?? true;
    this.#halfOpen = options.halfOpen ?? false;
    this.#sockets = new Array<SlotSocket | null>(options.slots).fill(null);
    this.#free = new FreeSlots(options.slots);
    const readBytes = options.mostReadBytes ?? readBufferBytes;
    this.#onread = { buffer: Buffer.allocUnsafeSlow(readBytes), callback: onRead };
  }

  open(slot: number, flow: Flow): void {
    assert(this.#sockets[slot] === null, "open: the slot is free");
    if (this.#ending !== null) return;
    const socket = net.connect({
      host: flow.destinationAddress,
      port: flow.destinationPort,
      localAddress: flow.sourceAddress,
      localPort: flow.sourcePort,
      noDelay: this.#noDelay,
      allowHalfOpen: this.#halfOpen,
      onread: this.#onread,
    }) as SlotSocket;
    this.#adopt(socket, slot);
    socket.once("connect", onConnect);
  }

  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const socket = this.#sockets[slot];
    if (!socket) return true;
    const whole = start === 0 && end === bytes.length;
    const flushed = socket.write(whole ? bytes : bytes.subarray(start, end));
    if (socket.writableLength === 0) return true;
    if (flushed) socket.write(nothing, () => onDrain.call(socket));
    else socket.once("drain", onDrain);
    return false;
  }

  sendTo(): boolean {
    throw new Error("sendTo: a TCP slot has one peer");
  }

  redirect(): void {
    throw new Error("redirect: a TCP slot has one peer");
  }

  finish(slot: number): void {
    this.#sockets[slot]?.end();
  }

  close(slot: number, how: CloseHow): void {
    const socket = this.#sockets[slot];
    if (!socket) return;
    if (socket.connecting) socket.destroy();
    else if (how === "fin") socket.destroySoon();
    // libuv refuses to reset what it is shutting down, and Node would then never report its end.
    else if (socket.writableEnded && socket.writableLength === 0) socket.destroy();
    else socket.resetAndDestroy();
  }

  pause(slot: number): void {
    this.#sockets[slot]?.pause();
  }

  resume(slot: number): void {
    this.#sockets[slot]?.resume();
  }

  listen(endpoint: Endpoint, handed?: number): Promise<Listener> {
    const index = this.#servers.length;
    const options = { noDelay: this.#noDelay, allowHalfOpen: this.#halfOpen };
    const server = net.createServer(options, (socket) => {
      this.#accept(socket as SlotSocket, index);
    });
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      const where =
        handed === undefined ? { host: endpoint.address, port: endpoint.port } : { fd: handed };
      server.listen({ ...where, backlog: listenBacklog }, () => {
        server.off("error", reject);
        // EMFILE while accepting: the kernel keeps the connection queued, the next turn tries again.
        server.on("error", () => {});
        const bound = server.address() as net.AddressInfo;
        resolve({
          index,
          endpoint: { address: bound.address, port: bound.port },
          get accepting() {
            return server.listening;
          },
          close: () => server.close(),
        });
      });
    });
  }

  bind(): Promise<Endpoint> {
    throw new Error("bind: TCP listens");
  }

  poll(): boolean {
    return false;
  }

  end(): Promise<void> {
    this.#ending ??= new Promise((resolve) => {
      this.#ended = resolve;
      for (const server of this.#servers) server.close();
      for (const socket of this.#sockets) socket?.destroy();
      if (this.#openCount === 0) resolve();
    });
    return this.#ending;
  }

  #accept(socket: SlotSocket, listener: number): void {
    const slot = this.#free.take();
    if (slot < 0) {
      socket.destroy();
      return;
    }
    this.#adopt(socket, slot);
    socket.on("data", onData);
    const peer: Peer = { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
    this.events.accepted(slot, listener, peer, monotonicNs());
  }

  #adopt(socket: SlotSocket, slot: number): void {
    socket.slot = slot;
    socket.transport = this;
    socket.failure = null;
    socket.on("error", onError);
    socket.on("close", onClose);
    if (this.#halfOpen) socket.on("end", onEnd);
    this.#sockets[slot] = socket;
    this.#openCount++;
  }

  /** The socket is closed: frees the slot before the event, which may open it again. */
  release(socket: SlotSocket): void {
    const { slot } = socket;
    this.#sockets[slot] = null;
    this.#openCount--;
    if (this.#servers.length > 0) this.#free.give(slot);
    this.events.closed(slot, socket.failure, monotonicNs());
    if (this.#openCount === 0) this.#ended();
  }
}

// Shared listeners; `this` is the socket, as Node calls listeners and the onread callback.

function onConnect(this: SlotSocket): void {
  activity.events++;
  this.transport.events.opened(this.slot, monotonicNs());
}

function onRead(this: SlotSocket, bytesRead: number, buffer: Uint8Array): boolean {
  activity.events++;
  const nowNs = monotonicNs();
  this.transport.events.received(this.slot, buffer, 0, bytesRead, nowNs);
  handedOut(nowNs);
  return true;
}

function onData(this: SlotSocket, chunk: Buffer): void {
  activity.events++;
  const nowNs = monotonicNs();
  this.transport.events.received(this.slot, chunk, 0, chunk.length, nowNs);
  handedOut(nowNs);
}

function onDrain(this: SlotSocket): void {
  activity.events++;
  if (!this.destroyed) this.transport.events.drained(this.slot, monotonicNs());
}

/**
 * What looks like the peer's end may be a reset: libuv reports a hang-up after bytes as an end, and a
 * write that failed with the reset leaves only an end to the reader. So the end counts when an empty
 * write has succeeded after it; pending writes fail by themselves in this pass of the loop.
 */
function onEnd(this: SlotSocket): void {
  if (this.writableLength > 0) setImmediate(reportEnd, this);
  else if (this.writableEnded) reportEnd(this);
  else this.write(nothing, (error) => (error ? undefined : reportEnd(this)));
}

function reportEnd(socket: SlotSocket): void {
  if (!socket.destroyed) socket.transport.events.ended?.(socket.slot, monotonicNs());
}

function onError(this: SlotSocket, error: Error): void {
  this.failure = errorCode(error);
}

function onClose(this: SlotSocket): void {
  activity.events++;
  this.transport.release(this);
}
