import { type Endpoint, emptyFlow } from "../../address/flow.ts";
import { doubleZero } from "../../base/v8-double.ts";
import { FreeSlots } from "../../io/free-slots.ts";
import type { Peer, Transport } from "../../io/io.ts";
import type { ReplyWriter } from "../replies/reply-writer.ts";
import type { Tally, UdpTally } from "../replies/tally.ts";
import { IdleList } from "./idle-list.ts";
import { peerKey } from "./peer-key.ts";
import { PendingDatagrams } from "./pending-datagrams.ts";
import { Sentinels } from "./sentinels.ts";

/** Serves a datagram; the slot is the socket that answers. */
export type Serve = (
  slot: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  peer: Peer,
  nowNs: number,
) => void;

const state = { free: 0, opening: 1, handing: 2, own: 3, leaving: 4, closing: 5 } as const;

/** Time between redirecting a socket away from its peer and closing it: what it had queued is read by then. */
const leavingNs = 50e6;
/** At least this many turns as well, each of which reads what has arrived: the time alone may pass without a turn. */
const leavingTurns = 3;

/** Ports, at its own address, to which an ending flow's socket is connected: nothing sends from there. */
const discardPorts = [9, 19] as const;

/** When no socket is available, none is requested again for this long. */
const sparingNs = 100e6;
/** Idle flows ended per tick, at most, so that other work does not wait for it. */
const mostEnded = 1024;

export interface FlowsOptions {
  /** Bound sockets have the slots below this; flows have those from here on. */
  readonly firstSlot: number;
  /** Number of the transport's slots, more than `firstSlot`. */
  readonly slots: number;
  readonly idleTimeoutNs: number;
}

/**
 * A connected socket for every peer, next to the bound sockets that receive from new peers.
 *
 * This closes the gaps that bind(2) and connect(2) leave open. Until a flow's socket is connected its
 * datagrams queue on the bound one: they are served from there, and what arrives on the flow's own
 * socket is held until all of those have been read (Sentinels), which keeps their order. Between
 * its bind and its connect a socket may receive datagrams of others: they are served as if they had
 * arrived where they were meant to. A flow that ends first redirects its socket away from its peer, by
 * connecting it elsewhere: from then on its peer's datagrams go to the bound socket again, and what had
 * queued before is read. If anything arrives the flow goes on.
 *
 *     | state   | event                                               | next    |
 *     | ------- | --------------------------------------------------- | ------- |
 *     | free    | datagram of an unknown peer: open()                 | opening |
 *     | opening | opened: a sentinel is sent                          | handing |
 *     | opening | closed: served by the bound socket                  | free    |
 *     | handing | sentinel is back: pending datagrams are served      | own     |
 *     | own     | silent for the idle timeout: redirect()             | leaving |
 *     | leaving | datagram of its peer: redirect() back, new sentinel | handing |
 *     | leaving | none for some turns: close()                        | closing |
 *     | closing | closed                                              | free    |
 */
export class Flows {
  readonly #transport: Transport;
  readonly #serve: Serve;
  readonly #tally: Tally;
  readonly #udpTally: UdpTally;
  readonly #firstSlot: number;
  readonly #idleTimeoutNs: number;
  readonly #marks: Sentinels;
  readonly #held = new PendingDatagrams();
  readonly #idle: IdleList;
  /** Flows that are leaving; and, by flow, the turn in which it started to leave. */
  readonly #leaving: IdleList;
  readonly #leftAt: Float64Array;
  #turns = 0;
  readonly #free: FreeSlots;
  readonly #endpoints: Endpoint[] = [];
  /** By bound socket: flows by peer. */
  readonly #slotOf: Map<number | string, number>[] = [];
  // By flow, from 0.
  readonly #states: Uint8Array;
  readonly #sockets: Int32Array;
  readonly #peers: (Peer | null)[];
  /** The flow that is opened next; the transport reads it at the call. */
  readonly #flow = emptyFlow();
  #sparingUntilNs = doubleZero;
  #count = 0;

  constructor(
    transport: Transport,
    replyWriter: ReplyWriter,
    serve: Serve,
    tally: Tally,
    udpTally: UdpTally,
    { firstSlot, slots, idleTimeoutNs }: FlowsOptions,
  ) {
    const most = slots - firstSlot;
    this.#transport = transport;
    this.#serve = serve;
    this.#tally = tally;
    this.#udpTally = udpTally;
    this.#firstSlot = firstSlot;
    this.#idleTimeoutNs = idleTimeoutNs;
    this.#marks = new Sentinels(replyWriter, (flow, nowNs) => this.#takeOver(flow, nowNs));
    this.#idle = new IdleList(most);
    this.#leaving = new IdleList(most);
    this.#leftAt = new Float64Array(most);
    this.#free = new FreeSlots(most);
    this.#states = new Uint8Array(most);
    this.#sockets = new Int32Array(most);
    this.#peers = new Array<Peer | null>(most).fill(null);
  }

  /** A socket is bound; its peers get their own sockets. */
  bound(socket: number, endpoint: Endpoint): void {
    this.#endpoints[socket] = endpoint;
    this.#slotOf[socket] = new Map();
    this.#marks.bound(socket, endpoint);
  }

  /** A bound socket is closed; its flows go on. */
  unbound(socket: number, nowNs: number): void {
    this.#marks.unbound(socket, nowNs);
  }

  /** Number of flows that are not free. */
  get count(): number {
    return this.#count;
  }

  /** Returns the bound socket from which a slot was opened; for a bound one, itself. */
  socketOf(slot: number): number {
    return slot < this.#firstSlot ? slot : (this.#sockets[slot - this.#firstSlot] as number);
  }

  /** See `Sentinels.came`. */
  ownCame(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    strayed: boolean,
    nowNs: number,
  ): boolean {
    return this.#marks.came(this.socketOf(slot), bytes, start, end, strayed, nowNs);
  }

  /** Whether the peer has a flow, or one is being opened for it; the flow is not idle then. */
  knows(socket: number, peer: Peer, nowNs: number): boolean {
    const flow = (this.#slotOf[socket] as Map<number | string, number>).get(
      peerKey(peer.address, peer.port),
    );
    if (flow === undefined) return false;
    this.#touch(flow, nowNs);
    return true;
  }

  /** A new peer: opens a socket for it, if one is available. */
  begin(socket: number, { address, port }: Peer, nowNs: number): void {
    const flow = nowNs < this.#sparingUntilNs ? -1 : this.#free.take();
    if (flow < 0) {
      this.#udpTally.withoutSocket++;
      return;
    }
    this.#count++;
    this.#states[flow] = state.opening;
    this.#sockets[flow] = socket;
    // The transport's own peer is valid only during this turn.
    this.#peers[flow] = { address, port };
    this.#slotOf[socket]?.set(peerKey(address, port), flow);
    this.#idle.touch(flow, nowNs);
    const here = this.#endpoints[socket] as Endpoint;
    this.#flow.sourceAddress = here.address;
    this.#flow.sourcePort = here.port;
    this.#flow.destinationAddress = address;
    this.#flow.destinationPort = port;
    this.#transport.open(this.#firstSlot + flow, this.#flow);
  }

  /** A flow's socket is connected: what is queued on the bound one comes before what it receives. */
  opened(slot: number, nowNs: number): void {
    const flow = slot - this.#firstSlot;
    this.#states[flow] = state.handing;
    this.#tally.accepted++;
    this.#tally.open++;
    this.#marks.wait(this.#sockets[flow] as number, flow, nowNs);
  }

  /** A datagram of its own peer arrived on a flow's socket. */
  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    const flow = slot - this.#firstSlot;
    // What a flow that was leaving had queued is older than anything the sentinel stands for.
    const first = this.#states[flow] === state.leaving;
    this.#touch(flow, nowNs);
    const holds = this.#states[flow] === state.handing && !first;
    if (holds && this.#held.add(flow, bytes, start, end)) return;
    this.#serve(slot, bytes, start, end, this.#peers[flow] as Peer, nowNs);
  }

  closed(slot: number, nowNs: number): void {
    const flow = slot - this.#firstSlot;
    const socket = this.#sockets[flow] as number;
    const peer = this.#peers[flow] as Peer;
    if (this.#states[flow] === state.opening) {
      this.#udpTally.withoutSocket++;
      this.#sparingUntilNs = nowNs + sparingNs;
    } else {
      this.#tally.open--;
    }
    if (this.#states[flow] === state.handing) {
      this.#marks.forget(socket, flow);
      this.#servePending(flow, socket, nowNs);
    }
    this.#slotOf[socket]?.delete(peerKey(peer.address, peer.port));
    this.#idle.remove(flow);
    this.#leaving.remove(flow);
    this.#states[flow] = state.free;
    this.#peers[flow] = null;
    this.#free.give(flow);
    this.#count--;
  }

  /** Ends flows that have been silent, and sends lost sentinels again. */
  tick(nowNs: number): void {
    this.#turns++;
    this.#marks.tick(nowNs);
    this.#closeLeft(nowNs);
    for (let ended = 0; ended < mostEnded; ended++) {
      const flow = this.#idle.silentSince(nowNs - this.#idleTimeoutNs);
      if (flow < 0) return;
      if (this.#states[flow] !== state.own) {
        // Not before the socket is the only one of its peer.
        this.#idle.touch(flow, nowNs);
        continue;
      }
      this.#leave(flow, nowNs);
    }
  }

  /** Closes flows that have left and had nothing queued. */
  #closeLeft(nowNs: number): void {
    for (let closed = 0; closed < mostEnded; closed++) {
      const flow = this.#leaving.silentSince(nowNs - leavingNs);
      if (flow < 0 || this.#turns - (this.#leftAt[flow] as number) < leavingTurns) return;
      this.#leaving.remove(flow);
      this.#states[flow] = state.closing;
      this.#transport.close(this.#firstSlot + flow, "fin");
    }
  }

  #leave(flow: number, nowNs: number): void {
    const { address, port } = this.#endpoints[this.#sockets[flow] as number] as Endpoint;
    const away = discardPorts[port === discardPorts[0] ? 1 : 0];
    this.#idle.remove(flow);
    this.#leaving.touch(flow, nowNs);
    this.#leftAt[flow] = this.#turns;
    this.#states[flow] = state.leaving;
    this.#transport.redirect(this.#firstSlot + flow, { address, port: away });
  }

  /** A datagram of a flow's peer arrived, on whichever socket: it is not idle, and does not leave. */
  #touch(flow: number, nowNs: number): void {
    if (this.#states[flow] === state.closing) return;
    this.#idle.touch(flow, nowNs);
    if (this.#states[flow] !== state.leaving) return;
    this.#leaving.remove(flow);
    this.#states[flow] = state.handing;
    this.#transport.redirect(this.#firstSlot + flow, this.#peers[flow] as Peer);
    this.#marks.wait(this.#sockets[flow] as number, flow, nowNs);
  }

  /** Everything that was queued before has been read: from here on the flow's socket is its only one. */
  #takeOver(flow: number, nowNs: number): void {
    this.#states[flow] = state.own;
    this.#servePending(flow, this.#firstSlot + flow, nowNs);
  }

  #servePending(flow: number, slot: number, nowNs: number): void {
    for (const bytes of this.#held.take(flow)) {
      this.#serve(slot, bytes, 0, bytes.length, this.#peers[flow] as Peer, nowNs);
    }
  }
}
