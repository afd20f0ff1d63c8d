import type { Endpoint } from "../../address/flow.ts";
import { isLoopback } from "../../address/ip.ts";
import { doubleZero } from "../../base/v8-double.ts";
import type { Peer, Transport } from "../../io/io.ts";
import type { UdpOptions } from "../../scenario/scenario.ts";
import { bindsWildcard, udpSockets } from "../../scenario/udp-sockets.ts";
import type { ReplyWriter } from "../replies/reply-writer.ts";
import type { Tally, UdpTally } from "../replies/tally.ts";
import { Flows, type Serve } from "./flows.ts";
import { peerKey } from "./peer-key.ts";
import { KnownPeers, NewPeers } from "./peer-limit.ts";
import type { Reflectors } from "./reflectors.ts";

/** Draining: a bound socket on which nothing has arrived for this long has been read to its end. */
const quietNs = 100e6;
/** It is closed after this time in any case: another server may not have taken the address. */
const mostDrainNs = 1e9;

export interface AdmissionContext {
  readonly transport: Transport;
  readonly replyWriter: ReplyWriter;
  readonly tally: Tally;
  readonly udpTally: UdpTally;
  readonly listen: readonly Endpoint[];
  readonly options: UdpOptions;
  /** Number of the transport's slots. */
  readonly slots: number;
  readonly startNs: number;
  /** Sockets that are bound already, by endpoint; others share them. Undefined: none. */
  readonly handed: readonly number[] | undefined;
  /** Other servers and relays, whose answers to ours would loop as well; null: nobody looks. */
  readonly reflectors: Reflectors | null;
  readonly serve: Serve;
}

/**
 * The sockets of a UDP server, created as its mode requires, and which datagrams it serves: an echo
 * server is a reflector, which would send to any address that a datagram gives as its source.
 *
 * Dropped and counted is what comes from the server's own address, or another's (answers would loop for ever), from
 * outside loopback without permission, and from more unknown peers than the rate limit allows.
 */
export class Admission {
  readonly #transport: Transport;
  readonly #serve: Serve;
  readonly #udpTally: UdpTally;
  readonly #listen: readonly Endpoint[];
  readonly #options: UdpOptions;
  readonly #wildcard: boolean;
  readonly #newPeers: NewPeers;
  /** Peers that do not count as new again, where no flow shows it: null where there is no limit. */
  readonly #known: KnownPeers | null;
  /** Mode established; null in other modes. */
  readonly #flows: Flows | null;
  readonly #ownPorts = new Set<number>();
  readonly #own = new Set<number | string>();
  readonly #reflectors: Reflectors | null;
  readonly #handed: readonly number[] | undefined;
  /** Sockets that are bound. */
  #bound = 0;
  /** Draining: since when, and when something last arrived on a bound socket; Infinity before. */
  #drainNs = Number.POSITIVE_INFINITY;
  #cameNs = doubleZero;

  constructor(context: AdmissionContext) {
    const { transport, replyWriter, tally, udpTally, listen, options, slots, startNs, serve } =
      context;
    this.#handed = context.handed;
    this.#reflectors = context.reflectors;
    this.#transport = transport;
    this.#serve = serve;
    this.#udpTally = udpTally;
    this.#listen = listen;
    this.#options = options;
    this.#wildcard = bindsWildcard(options.mode);
    this.#newPeers = new NewPeers(options.newPeersPerSecond, startNs);
    const established = options.mode === "established";
    this.#known =
      established || options.newPeersPerSecond === null
        ? null
        : new KnownPeers(options.idleTimeoutNs, startNs);
    this.#flows = established
      ? new Flows(transport, replyWriter, serve, tally, udpTally, {
          firstSlot: listen.length,
          slots,
          idleTimeoutNs: options.idleTimeoutNs,
        })
      : null;
  }

  /**
   * Binds all sockets, or none.
   *
   * @returns the listen endpoints, in their order, with every port 0 resolved
   * @throws  (rejects with) an Error whose `code` is the errno name
   */
  async bind(): Promise<readonly Endpoint[]> {
    const sockets = udpSockets(this.#options.mode, this.#listen);
    const bound = await Promise.all(
      sockets.map(({ endpoint }, slot) => {
        this.#bound++;
        return this.#transport.bind(slot, endpoint, this.#handed?.[slot]);
      }),
    );
    const endpoints = [...this.#listen];
    for (const [slot, { listens }] of sockets.entries()) {
      const socket = bound[slot] as Endpoint;
      this.#flows?.bound(slot, socket);
      for (const place of listens) {
        const { address } = this.#listen[place] as Endpoint;
        endpoints[place] = { address, port: socket.port };
        this.#ownPorts.add(socket.port);
        this.#own.add(peerKey(address, socket.port));
      }
    }
    return endpoints;
  }

  /** A datagram arrived on a bound socket, or a stray one of another peer on a flow's socket. */
  receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer,
    nowNs: number,
  ): void {
    const flows = this.#flows;
    const socket = flows === null ? slot : flows.socketOf(slot);
    const strayed = socket !== slot;
    if (this.#isOwn(peer)) {
      const isMark = flows?.ownCame(slot, bytes, start, end, strayed, nowNs) === true;
      if (!isMark) this.#udpTally.own++;
      return;
    }
    if (this.#reflectors?.has(peer) === true) {
      this.#udpTally.own++;
      return;
    }
    if (this.#wildcard && !this.#options.remote && !isOnLoopback(peer.address)) {
      this.#udpTally.remote++;
      return;
    }
    if (!strayed) this.#cameNs = nowNs;
    if (!this.#lets(socket, peer, strayed, nowNs)) return;
    this.#serve(socket, bytes, start, end, peer, nowNs);
  }

  /**
   * Admits no new peers. Flows go on until they are idle; for them the bound sockets are read to their
   * end, once another server has the addresses. Sockets that others share, or without flows, are closed.
   */
  drain(nowNs: number): void {
    if (this.#drainNs !== Number.POSITIVE_INFINITY) return;
    this.#drainNs = nowNs;
    this.#cameNs = nowNs;
    if (this.#flows === null || this.#handed !== undefined) this.#closeBound();
  }

  /** Whether `drain` was called and nothing is left. */
  get hasDrained(): boolean {
    return this.#bound === 0 && (this.#flows?.count ?? 0) === 0;
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    this.#flows?.received(slot, bytes, start, end, nowNs);
  }

  opened(slot: number, nowNs: number): void {
    this.#flows?.opened(slot, nowNs);
  }

  closed(slot: number, nowNs: number): void {
    if (slot < this.#listen.length) {
      this.#bound--;
      this.#flows?.unbound(slot, nowNs);
    } else {
      this.#flows?.closed(slot, nowNs);
    }
  }

  tick(nowNs: number): void {
    this.#reflectors?.tick(nowNs);
    this.#flows?.tick(nowNs);
    if (this.#bound === 0 || this.#drainNs === Number.POSITIVE_INFINITY) return;
    if (nowNs - this.#cameNs > quietNs || nowNs - this.#drainNs > mostDrainNs) this.#closeBound();
  }

  #closeBound(): void {
    const sockets = udpSockets(this.#options.mode, this.#listen);
    for (const slot of sockets.keys()) this.#transport.close(slot, "fin");
  }

  /** Whether the datagram is served; its peer is known from then on. */
  #lets(socket: number, peer: Peer, strayed: boolean, nowNs: number): boolean {
    const flows = this.#flows;
    const known = this.#known;
    if (flows !== null) {
      if (flows.knows(socket, peer, nowNs)) {
        if (strayed) this.#udpTally.handedBack++;
        else this.#udpTally.handedOver++;
        return true;
      }
    } else if (known === null || known.touch(peerKey(peer.address, peer.port), nowNs)) {
      return true;
    }
    if (!this.#newPeers.take(nowNs)) {
      this.#udpTally.refused++;
      return false;
    }
    known?.add(peerKey(peer.address, peer.port));
    if (this.#drainNs === Number.POSITIVE_INFINITY) flows?.begin(socket, peer, nowNs);
    if (strayed) this.#udpTally.handedBack++;
    return true;
  }

  /** No client can have an address and port of ours, or a port of ours if we are bound to all addresses. */
  #isOwn({ address, port }: Peer): boolean {
    if (!this.#ownPorts.has(port)) return false;
    return this.#wildcard ? isOnLoopback(address) : this.#own.has(peerKey(address, port));
  }
}

/** As `isLoopback`; for most peers the address need not be parsed. */
function isOnLoopback(address: string): boolean {
  return address.startsWith("127.") || isLoopback(address);
}
