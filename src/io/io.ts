/**
 * The one interface between the harness and the sockets of a platform.
 *
 * The layers above never see a socket object: a connection is a slot, an integer from 0 to
 * `slots - 1`, chosen by the caller for what it opens and by the transport for what it accepts.
 * State per slot is kept in typed arrays. So one worker can hold hundreds of thousands of
 * connections in a few MiB, and the same traffic runs over `net`, `dgram` and io_uring.
 *
 * A slot's life, for one that is opened:
 *
 *     | state      | event or call                 | next       |
 *     | ---------- | ----------------------------- | ---------- |
 *     | free       | open()                        | connecting |
 *     | connecting | opened                        | open       |
 *     | connecting | closed(code), close()->closed | free       |
 *     | open       | received, drained, errored    | open       |
 *     | open       | ended, finish() (`halfOpen`)  | open       |
 *     | open       | close()                       | closing    |
 *     | open       | closed(code)                  | free       |
 *     | closing    | closed                        | free       |
 *
 * `closed` comes exactly once for every open() and every accepted(); from inside it the slot may
 * be opened again.
 */
import type { Endpoint, Flow } from "../address/flow.ts";
import type { IoKind } from "../base/io-kind.ts";

/**
 * How to end a connection: orderly (TCP FIN) or at once (TCP RST). UDP sockets just close; with "reset" a
 * connected one disconnects its association before it does.
 */
export type CloseHow = "fin" | "reset";

/**
 * One endpoint as a server sees its client. Opaque to callers except for its properties; valid
 * during the event that passes it and, for UDP, as the argument of `sendTo` until the next turn.
 */
export interface Peer {
  readonly address: string;
  readonly port: number;
  /** With `packetInfo`: the address that the peer sent to, and that replies leave from. */
  readonly local?: string;
}

/**
 * What a traffic pattern or a server implements. Called during `turn` only (node: from the event
 * loop's callbacks), never re-entrantly from a call to the transport.
 *
 * `nowNs` is the monotonic clock; `code` is an errno name such as "ECONNRESET", or null for an
 * orderly end.
 */
export interface TransportEvents {
  /** TCP: the connection is established. UDP: the socket is bound (and connected, if requested). */
  opened(slot: number, nowNs: number): void;
  /** A listener accepted a connection; `slot` is a free one, chosen by the transport. */
  accepted(slot: number, listener: number, peer: Peer, nowNs: number): void;
  /**
   * Bytes `[start, end)` of `bytes` were received; the array is the transport's and is overwritten after
   * the call. UDP: one whole datagram, possibly empty, from the flow's destination.
   */
  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void;
  /**
   * UDP only: a datagram on an unconnected socket whose source is not the flow's destination; for a
   * bound server socket (`bind`), every datagram. With `reuse` a connected socket may also report what
   * others sent between its bind and its connect.
   */
  receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer,
    nowNs: number,
  ): void;
  /** What `send` could not pass on at once has been sent; the slot accepts more. */
  drained(slot: number, nowNs: number): void;
  /**
   * TCP, with `halfOpen`: the peer has sent its last byte. It still receives what is sent to it; the
   * slot closes when `finish` has been called as well, which may be from here.
   */
  ended?(slot: number, nowNs: number): void;
  /** An error that does not end the socket: ICMP errors on UDP, EMSGSIZE, ENOBUFS. */
  errored(slot: number, code: string, nowNs: number): void;
  /** The slot is free again. `code` is null for FIN from the peer and for a local close(). */
  closed(slot: number, code: string | null, nowNs: number): void;
}

/**
 * Where a transport notes when the kernel was given what is sent, and when it had received what is reported;
 * monotonic clock, ns.
 */
export interface KernelTimes {
  /**
   * In [0], while `received` is called: when the kernel received the last of the bytes from the network, before anybody
   * was woken for them; NaN where it has not said.
   */
  readonly receivedNs: Float64Array;
  /**
   * What was sent until now goes to the kernel, all at once, by a call that begins at `nowNs`. Comes from a turn, or from
   * within a call to the transport: nothing may be called from it.
   */
  submitting(nowNs: number): void;
}

export interface TransportOptions {
  readonly protocol: "tcp" | "udp";
  /** Number of slots: 0 to slots - 1. */
  readonly slots: number;
  readonly events: TransportEvents;
  /** TCP_NODELAY; default true, as a load generator that waits for ACKs would measure itself. */
  readonly noDelay?: boolean;
  /**
   * TCP: the two directions of a connection end separately: `ended` reports the peer's FIN, `finish` sends the
   * local one. Otherwise the peer's FIN closes the slot.
   */
  readonly halfOpen?: boolean;
  /** UDP clients: connect(2) the socket (the kernel filters by source and reports ICMP errors) or not. */
  readonly connected?: boolean;
  /**
   * SO_RCVBUF and SO_SNDBUF in bytes, UDP; SO_RCVBUF of TCP clients as well, where `capabilities` have no obstacle.
   * The kernel's default where left out.
   */
  readonly receiveBufferBytes?: number;
  readonly sendBufferBytes?: number;
  /**
   * TCP clients: one `received` reports at most so many bytes, and where that pauses the slot nothing more of it was
   * read. The transport's own buffers where left out.
   */
  readonly mostReadBytes?: number;
  /** UDP clients: SO_BROADCAST, without which sending to a broadcast address is refused (EACCES). */
  readonly broadcast?: boolean;
  /**
   * UDP, bind() and open(): several sockets may share an address and port. "address" (SO_REUSEADDR): each
   * gets every broadcast and multicast; of other datagrams, a connected one gets its own flow's, and
   * the one bound last gets the rest. "port" (SO_REUSEPORT): the kernel spreads flows over those that are not
   * connected. A transport of connected sockets may bind() only with it.
   */
  readonly reuse?: "address" | "port";
  /**
   * UDP, bind(): IP_PKTINFO and IPV6_RECVPKTINFO. A peer has `local`, and `sendTo` replies from there,
   * whatever address the socket is bound to.
   */
  readonly packetInfo?: boolean;
  /**
   * UDP: IP_RECVERR. Sockets that are not connected receive ICMP errors, too, as `errored`; each is reported
   * once, and costs no datagram.
   */
  readonly receiveErrors?: boolean;
  /** Clients without `mostReadBytes`, where `capabilities` have no obstacle: times of the kernel are noted here. */
  readonly kernelTimes?: KernelTimes;
  /** UDP, bind(): IPv4 multicast groups, joined on the loopback interface. */
  readonly groups?: readonly string[];
}

export interface Listener {
  readonly index: number;
  readonly endpoint: Endpoint;
  /** Whether connections may still be accepted: until a few turns after `close`, which ends accepts in progress. */
  readonly accepting: boolean;
  close(): void;
}

export interface Transport {
  /** Messages up to this length may be reused by the caller when `send` returns, whatever it returns. */
  readonly copiesUpTo: number;
  /** Binds the slot to the flow's source and connects it; the flow object may be reused after return. */
  open(slot: number, flow: Flow): void;
  /**
   * Queues bytes `[start, end)` on an open slot.
   *
   * @returns true when the bytes may be reused and the slot accepts more; false when they must not
   *          change, and nothing more may be sent on this slot, until `drained(slot)`
   */
  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * UDP servers: queues one datagram to a peer from a slot bound by `bind`; otherwise as `send`, also
   * where the slot is connected.
   */
  sendTo(slot: number, peer: Peer, bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * TCP, with `halfOpen`, on an open slot: sends FIN after what was sent so far. Bytes are still
   * received until the peer's own FIN, and then the slot is closed. Nothing may be sent after it.
   */
  finish(slot: number): void;
  /**
   * UDP, with `connected` and `reuse`, on an open slot: connects it to another destination. From then on it only
   * gets that one's datagrams; those of the former one that were already received are still reported.
   */
  redirect(slot: number, destination: Endpoint): void;
  /** May be called again on a slot that is closing: "reset" ends the wait of "fin". */
  close(slot: number, how: CloseHow): void;
  /**
   * TCP servers: accepts connections into free slots of this transport.
   *
   * @param   handed file descriptor of a socket that already listens there, owned by the transport from now on;
   *                                 `close` leaves it listening for other processes that share it
   * @throws  (rejects with) an Error whose `code` is the errno name, EADDRINUSE for example
   * @returns the listener: its number as in `accepted`, the endpoint bound (port 0 resolved)
   *          and how to stop accepting (connections stay)
   */
  listen(endpoint: Endpoint, handed?: number): Promise<Listener>;
  /**
   * UDP servers: binds the slot, unconnected; every datagram is reported by `receivedFrom`. Rejects as `listen`.
   *
   * @param handed file descriptor of a socket already bound there, owned by the transport from now on
   */
  bind(slot: number, endpoint: Endpoint, handed?: number): Promise<Endpoint>;
  /** Stops reading (so that TCP flow control takes effect) until `resume`; for servers that pause and clients that are slow on purpose. */
  pause(slot: number): void;
  resume(slot: number): void;
}

export interface IoOptions {
  /**
   * Clients: where replies come within 0.1 ms, poll for them instead of sleeping, as the wake-up would be included in
   * their times. Without it, and over Node's sockets, a turn sleeps as soon as it has nothing to do.
   */
  readonly busyPoll?: boolean;
}

/** The sockets of one worker: its transports, and the only place where it waits. */
export interface Io {
  readonly kind: IoKind;
  transport(options: TransportOptions): Transport;
  /**
   * Submits what is queued, waits, and reports events; returns (or resolves) at the deadline
   * at the latest, to the precision the platform has, and may do so earlier.
   *
   * @param deadlineNs monotonic clock; a time in the past means: do not wait
   * @param slackNs    how much later than the deadline is acceptable: a platform with coarse timers
   *                                     busy-waits at the end only where this is less than its timers' error
   */
  turn(deadlineNs: number, slackNs: number): Promise<void> | void;
  /** Called from an event: something is due before this turn's deadline. The turn ends early. */
  wake(): void;
  /**
   * Called by what works in the event loop itself (node:tls): the next turns do not wait, and each gives the loop a
   * pass.
   */
  needsLoop(): void;
  /**
   * Ratio of the time since the last call, 0 to 1, in which this thread was busy, or was ready to run and
   * waited for a CPU: near 1 it had no spare time, and whatever it did late was late for that reason.
   */
  utilization(): number;
  /**
   * When the last turn's events were handed out, monotonic ns: what has passed since was spent on them. Infinity where
   * events come from callbacks, each with a time of its own.
   */
  readonly awakeNs: number;
  /** Events handed out so far. */
  readonly events: number;
  /** Ends every socket of every transport, opens no more, and resolves when all are closed. Idempotent. */
  end(): Promise<void>;
}

/**
 * A socket that is bound (TCP: and listens) and that this process neither accepts from nor reads: it is passed
 * to other processes, one after the other, which find in its queue what arrived meanwhile.
 */
export interface ActivationSocket {
  /** Blocking and close-on-exec, as a new socket is; to be inherited it must be passed to spawn. */
  readonly fd: number;
  /** Port 0 resolved. */
  readonly endpoint: Endpoint;
  close(): void;
}
