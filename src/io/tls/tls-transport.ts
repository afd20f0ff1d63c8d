import { connect, type TLSSocket, Server as TlsServer } from "node:tls";
import type { Endpoint, Flow } from "../../address/flow.ts";
import { assert } from "../../base/assert.ts";
import { monotonicNs } from "../../base/clock.ts";
import type {
  CloseHow,
  Io,
  Listener,
  Peer,
  Transport,
  TransportEvents,
  TransportOptions,
} from "../io.ts";
import { CipherStream } from "./cipher-stream.ts";
import type { TlsClientEnd, TlsServerEnd } from "./ends.ts";
import { isOfSocket, tlsErrorName, tlsFailure } from "./errors.ts";

const state = { connecting: 0, handshake: 1, open: 2, closing: 3, free: 4 } as const;

/** A slot that is not free. */
class Connection {
  readonly slot: number;
  state: number;
  /** The address that the certificate must be for, where no server name is given. */
  readonly host: string;
  /** By whom it was accepted; null for one that was opened, and when that was reported. */
  accepted: { readonly listener: number; readonly peer: Peer } | null;
  /** Why it ends. */
  code: string | null = null;
  isClosedBelow = false;
  areStreamsClosed = true;
  cipher: CipherStream | null = null;
  plain: PlainSocket | null = null;

  constructor(slot: number, as: number, host: string, accepted: Connection["accepted"]) {
    this.slot = slot;
    this.state = as;
    this.host = host;
    this.accepted = accepted;
  }
}

/** The decrypted side of a connection, which knows it, so that all share the same listener functions. */
interface PlainSocket extends TLSSocket {
  connection: Connection;
  transport: TlsTransport;
}

/**
 * TLS over any transport: its slots are connections whose bytes node:tls encrypts and decrypts.
 *
 *     | state      | event or call                                | next       |
 *     | ---------- | -------------------------------------------- | ---------- |
 *     | free       | open()                                       | connecting |
 *     | free       | accepted below                               | handshake  |
 *     | connecting | opened below                                 | handshake  |
 *     | handshake  | it is complete: opened, or accepted          | open       |
 *     | any        | close()                                      | closing    |
 *     | any        | closed below, and all of it is read: closed  | free       |
 *
 * An orderly end is close_notify and then FIN. There is no half-open state: the peer's close_notify ends both
 * directions. Bytes wait in node:tls for passes of the event loop, which the io is asked for.
 *
 * @see RFC 8446, section 6.1
 */
export class TlsTransport implements Transport, TransportEvents {
  /** What `send` cannot encrypt at once it copies. */
  readonly copiesUpTo = Number.POSITIVE_INFINITY;
  readonly #io: Io;
  readonly #events: TransportEvents;
  readonly #below: Transport;
  readonly #client: TlsClientEnd | null;
  readonly #server: TlsServer | null;
  readonly #connections = new Map<number, Connection>();
  /** Clients: when the TCP connection was established, ns, by slot; 0: it was not. */
  readonly #connectedNs: Float64Array;
  /** The session that the target gave out last. */
  #session: Buffer | null = null;
  /** Server: whose bytes are being decrypted. */
  #current: Connection | null = null;
  /** The time of what is being reported from below; 0: nothing is. */
  #nowNs = 0;

  constructor(io: Io, options: TransportOptions, end: TlsClientEnd | TlsServerEnd) {
    assert(options.protocol === "tcp" && options.halfOpen !== true, "TLS has no half-open state");
    this.#io = io;
    this.#events = options.events;
    this.#client = "context" in end ? end : null;
    this.#server = "context" in end ? null : this.#createServer(end);
    this.#connectedNs = new Float64Array(this.#client === null ? 0 : options.slots);
    // Half-open, so that an end is known from a reset that came behind bytes, as session tickets are.
    this.#below = io.transport({ ...options, events: this, halfOpen: true });
  }

  /** When the TCP connection that the slot has, or had last, was established, monotonic clock; 0: it was not. */
  connectedNs(slot: number): number {
    return this.#connectedNs[slot] as number;
  }

  /** Whether the slot, which is open, resumed a session. */
  isResumed(slot: number): boolean {
    return this.#connections.get(slot)?.plain?.isSessionReused() ?? false;
  }

  open(slot: number, flow: Flow): void {
    assert(!this.#connections.has(slot), "open: the slot is free");
    this.#connectedNs[slot] = 0;
    const connection = new Connection(slot, state.connecting, flow.destinationAddress, null);
    this.#connections.set(slot, connection);
    this.#below.open(slot, flow);
  }

  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const connection = this.#connections.get(slot);
    const socket = connection?.plain;
    const isOpen = connection?.state === state.open && socket?.writableEnded === false;
    if (!socket || !isOpen || end === start) return true;
    const range = bytes.subarray(start, end);
    // Behind what is being written it waits, and must not change; else it is encrypted by now.
    socket.write(socket.writableLength > 0 ? Buffer.from(range) : range);
    return !socket.writableNeedDrain;
  }

  sendTo(): boolean {
    throw new Error("sendTo: a TCP slot has one peer");
  }

  finish(): void {
    throw new Error("finish: TLS has no half-open state");
  }

  redirect(): void {
    throw new Error("redirect: a TCP slot has one peer");
  }

  close(slot: number, how: CloseHow): void {
    const connection = this.#connections.get(slot);
    if (connection === undefined) return;
    const { state: was, plain, isClosedBelow } = connection;
    connection.state = state.closing;
    if (was !== state.closing) connection.code = null;
    this.#io.needsLoop();
    if (how === "fin" && was !== state.connecting && was !== state.handshake) {
      plain?.end();
      return;
    }
    if (!isClosedBelow && (how === "reset" || plain === null)) this.#below.close(slot, how);
    plain?.destroy();
  }

  listen(endpoint: Endpoint, handed?: number): Promise<Listener> {
    return this.#below.listen(endpoint, handed);
  }

  bind(): Promise<Endpoint> {
    throw new Error("bind: TCP listens");
  }

  pause(slot: number): void {
    const connection = this.#connections.get(slot);
    connection?.plain?.pause();
    if (connection?.isClosedBelow === false) this.#below.pause(slot);
  }

  resume(slot: number): void {
    const connection = this.#connections.get(slot);
    connection?.plain?.resume();
    if (connection?.isClosedBelow === false) this.#below.resume(slot);
    this.#io.needsLoop();
  }

  // Events from below.

  opened(slot: number, nowNs: number): void {
    const connection = this.#connections.get(slot) as Connection;
    this.#connectedNs[slot] = nowNs;
    connection.state = state.handshake;
    const { context, serverName, alpn, insecure, resume } = this.#client as TlsClientEnd;
    const socket = connect({
      socket: this.#stream(connection),
      secureContext: context,
      host: connection.host,
      rejectUnauthorized: !insecure,
      ...(serverName === null ? {} : { servername: serverName }),
      ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
      ...(resume && this.#session !== null ? { session: this.#session } : {}),
    }) as PlainSocket;
    if (resume) socket.on("session", onSession);
    socket.once("secureConnect", onSecureConnect);
    this.#adopt(socket, connection);
  }

  accepted(slot: number, listener: number, { address, port }: Peer, nowNs: number): void {
    // Below the slot is free, so what is not read of the one before will not be.
    const before = this.#connections.get(slot);
    if (before !== undefined) this.#free(before, nowNs);
    const accepted = { listener, peer: { address, port } };
    const connection = new Connection(slot, state.handshake, "", accepted);
    this.#connections.set(slot, connection);
    const cipher = this.#stream(connection);
    cipher.on("close", () => this.streamsClosed(connection, false));
    // node:tls listens as well, and decrypts then: nothing else says whose connection is secure.
    cipher.on("data", () => {
      this.#current = connection;
    });
    this.#server?.emit("connection", cipher);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    this.#io.needsLoop();
    this.#nowNs = nowNs;
    this.#connections.get(slot)?.cipher?.deliver(bytes, start, end);
    this.#nowNs = 0;
  }

  receivedFrom(): void {
    throw new Error("receivedFrom: TCP has no datagrams");
  }

  ended(slot: number): void {
    this.#io.needsLoop();
    this.#connections.get(slot)?.cipher?.finishReading();
  }

  drained(slot: number): void {
    this.#io.needsLoop();
    this.#connections.get(slot)?.cipher?.drained();
  }

  errored(slot: number, code: string, nowNs: number): void {
    this.#events.errored(slot, code, nowNs);
  }

  closed(slot: number, code: string | null, nowNs: number): void {
    const connection = this.#connections.get(slot) as Connection;
    const { cipher, plain } = connection;
    const isOurs = connection.state === state.closing;
    connection.isClosedBelow = true;
    if (!isOurs) connection.code ??= code;
    cipher?.cut();
    // What came before the end is reported before it, and so is why node:tls has given up.
    const hasFailed = plain?.destroyed === true && !connection.areStreamsClosed;
    const isRead = plain === null || (plain.readableLength === 0 && cipher?.readableLength === 0);
    if (isOurs || (!hasFailed && (isRead || code !== null))) {
      this.#free(connection, nowNs);
    } else {
      this.#io.needsLoop();
    }
  }

  // Events of the streams.

  secured(connection: Connection): void {
    if (connection.state !== state.handshake) return;
    const { slot, accepted, plain } = connection;
    const expectsAlpn = this.#client !== null && this.#client.alpn.length > 0;
    if (expectsAlpn && plain?.alpnProtocol === false) {
      connection.code = tlsFailure.noAlpn;
      plain.destroy();
      return;
    }
    connection.state = state.open;
    connection.accepted = null;
    const nowNs = monotonicNs();
    if (accepted === null) this.#events.opened(slot, nowNs);
    else this.#events.accepted(slot, accepted.listener, accepted.peer, nowNs);
  }

  keep(session: Buffer): void {
    this.#session = session;
  }

  decrypted({ slot, state: now }: Connection, bytes: Buffer): void {
    if (now !== state.open) return;
    const nowNs = this.#nowNs > 0 ? this.#nowNs : monotonicNs();
    this.#events.received(slot, bytes, 0, bytes.length, nowNs);
  }

  canSend({ slot, state: now }: Connection): void {
    if (now === state.open) this.#events.drained(slot, monotonicNs());
  }

  /** @param plain whether it is the decrypted side that is closed, which comes last where there is one */
  streamsClosed(connection: Connection, plain: boolean): void {
    if (!plain && connection.plain !== null) return;
    connection.areStreamsClosed = true;
    if (connection.isClosedBelow && connection.state !== state.free) {
      this.#free(connection, monotonicNs());
    }
  }

  #createServer({ certificate, key, ticketKeys }: TlsServerEnd): TlsServer {
    const server = new TlsServer({
      cert: certificate,
      key,
      ticketKeys: Buffer.from(ticketKeys, "base64"),
      sessionIdContext: "slash8",
    });
    server.on("secureConnection", (socket) => {
      const connection = this.#current as Connection;
      this.#adopt(socket as PlainSocket, connection);
      this.secured(connection);
    });
    // The client has seen it on its side.
    server.on("tlsClientError", () => {});
    return server;
  }

  #stream(connection: Connection): CipherStream {
    const { slot } = connection;
    const cipher = new CipherStream(
      (bytes) => {
        this.#io.needsLoop();
        return this.#below.send(slot, bytes, 0, bytes.length);
      },
      () => this.#below.close(slot, "fin"),
    );
    connection.cipher = cipher;
    connection.areStreamsClosed = false;
    return cipher;
  }

  #adopt(socket: PlainSocket, connection: Connection): void {
    socket.connection = connection;
    socket.transport = this;
    connection.plain = socket;
    socket.on("data", onData);
    socket.on("drain", onDrain);
    socket.on("end", onEnd);
    socket.on("error", onError);
    socket.on("close", onClose);
  }

  #free(connection: Connection, nowNs: number): void {
    const { slot, state: was, accepted, cipher, plain } = connection;
    connection.state = state.free;
    this.#connections.delete(slot);
    (plain ?? cipher)?.destroy();
    // A server's user has not heard of one whose handshake failed.
    if (accepted !== null) return;
    const code = connection.code ?? (was === state.handshake ? tlsFailure.closed : null);
    this.#events.closed(slot, code, nowNs);
  }
}

// Shared listeners; `this` is the decrypted side.

function onSecureConnect(this: PlainSocket): void {
  this.transport.secured(this.connection);
}

function onSession(this: PlainSocket, session: Buffer): void {
  this.transport.keep(session);
}

function onData(this: PlainSocket, bytes: Buffer): void {
  this.transport.decrypted(this.connection, bytes);
}

/** The peer's close_notify, or its FIN alone: nothing will be sent to it any more either. */
function onEnd(this: PlainSocket): void {
  this.end();
}

function onDrain(this: PlainSocket): void {
  this.transport.canSend(this.connection);
}

/** What a socket reports is known from below. */
function onError(this: PlainSocket, error: Error): void {
  const { connection } = this;
  const { code } = error as { code?: unknown };
  const name = tlsErrorName(typeof code === "string" ? code : "EUNKNOWN");
  if (connection.state < state.closing && !isOfSocket(name)) connection.code = name;
}

function onClose(this: PlainSocket): void {
  this.transport.streamsClosed(this.connection, true);
}
