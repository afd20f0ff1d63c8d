import type { Endpoint, Flow } from "../../address/flow.ts";
import type { Listener, Peer, TransportOptions } from "../io.ts";
import type { ReceiveStamps } from "./kernel/receive-stamps.ts";
import type { PendingSend } from "./pending-sends.ts";
import type { Ring } from "./ring.ts";
import type { ReceiveEntry, Slots } from "./slots.ts";

/**
 * The differences between TCP and UDP over io_uring: the functions that a transport calls, one table for each.
 *
 * Events flow one way: a ring reports to the transport, the transport calls its protocol, and the protocol
 * reports to the user. A protocol queues entries for its slots, but it neither ends a slot nor calls the
 * transport: it returns, and the transport acts.
 *
 * The tables are classes, whose methods V8 knows by the object's shape and compiles into their callers, for
 * both protocols in one process; functions in fields of one shape could not be inlined.
 */
export interface Protocol {
  /** Whether the bytes are a stream, which has an end and flow control; else datagrams. */
  readonly isStream: boolean;
  /** The receive entry of every slot. */
  readonly receive: ReceiveEntry;
  /** Result of a receive that has found the end of a stream, or an empty datagram behind no header. */
  readonly nothingBytes: number;
  /** Whether connect(2) to no address sends a reset; else it only disconnects. */
  readonly resetsByDisconnect: boolean;

  // What the user calls; see `Transport`.

  /** Queues the chain that opens the slot's socket; its last entry is an `open`, its others are `openStep`s. */
  open(ring: Ring, slot: number, file: number, flow: Flow): void;
  /** The slot is open. */
  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean;
  sendTo(slot: number, peer: Peer, bytes: Uint8Array, start: number, end: number): boolean;
  redirect(slot: number, destination: Endpoint): void;
  listen(endpoint: Endpoint, handed?: number): Promise<Listener>;
  bind(slot: number, endpoint: Endpoint, handed?: number): Promise<Endpoint>;

  // What the kernel reports.

  /** Bytes were received on an open slot: `[start, start + length)` of the ring's pool. */
  received(ring: Ring, slot: number, start: number, length: number, nowNs: number): void;
  /** A receive without bytes. @returns whether the peer has sent its last byte */
  receivedNothing(ring: Ring, slot: number, flags: number, nowNs: number): boolean;
  /** A receive of an open slot ended with an error. @returns whether the slot ends with it */
  receiveFailed(slot: number, result: number, nowNs: number): boolean;
  /**
   * Queues what a failed entry did not send as pending sends, where that is worth another attempt. Its bytes
   * are still staged.
   */
  keepUnsent(ring: Ring, slot: number, entry: number, result: number): void;
  /** The first of a slot's pending sends has failed: removes those that cannot be sent any more. */
  dropUnsendable(queue: PendingSend[], result: number): void;
  /** A send failed for a reason other than lack of buffer space. @returns whether the connection has failed */
  sendFailed(slot: number, result: number, nowNs: number): boolean;
  /**
   * A completion of one of the protocol's own entries.
   *
   * @param id lower word of its user data: a slot, or as `tag` defines
   * @returns  whether it was one that the slot `id` expected
   */
  completed(
    ring: Ring,
    id: number,
    tag: number,
    result: number,
    flags: number,
    nowNs: number,
  ): boolean;

  // A slot's life.

  /** Whether what was received until now is reported before the slot closes orderly. */
  readsBeforeClose(slot: number): boolean;
  /** The slot is free, and `closed` was reported. */
  freed(slot: number, nowNs: number): void;
  /** Stops listening; no more slots are opened. */
  end(): void;
  /** Releases what entries pointed at; the rings are closed. */
  release(): void;
}

export interface ProtocolKind {
  /** Size of a ring's provided buffers, which is the most that one completion brings. */
  readonly bufferBytes: number;
  /** @param stamps what reads the kernel's time stamps, with `kernelTimes`; else null */
  create(slots: Slots, options: TransportOptions, stamps: ReceiveStamps | null): Protocol;
}
