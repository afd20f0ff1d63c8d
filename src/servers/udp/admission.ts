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

/** Draining: a bound socket on which nothing came for so long has been read to its end. */
const quietNs = 100e6;
/** It is closed after that time in any case: nobody else may have taken the address. */
const mostDrainNs = 1e9;

export interface AdmissionContext {
  readonly transport: Transport;
  readonly replyWriter: ReplyWriter;
  readonly tally: Tally;
  readonly udpTally: UdpTally;
  readonly listen: readonly Endpoint[];
  readonly options: UdpOptions;
  /** Of the transport. */
  readonly slots: number;
  readonly startNs: number;
  /** Sockets that are bound already, by endpoint; others share them. Undefined: none. */
  readonly handed: readonly number[] | undefined;
  readonly serve: Serve;
}

/**
 * The sockets of a UDP server, made as its mode says, and whom it lets in: an echo server is a
 * reflector, which would send to whoever is given as a datagram's source.
 *
 * Dropped and counted is what comes from the server's own address (an answer would come back for
 * ever), from elsewhere than loopback without leave, and from more unknown peers than may come.
 */
export class Admission {
  readonly #transport: Transport;
  readonly #serve: Serve;
  readonly #udpTally: UdpTally;
  readonly #listen: readonly Endpoint[];
  readonly #options: UdpOptions;
  readonly #wildcard: boolean;
  readonly #newPeers: NewPeers;
  /** Who need not be counted again, where no flow tells: null where there is no limit. */
  readonly #known: KnownPeers | null;
  /** Mode established: else null. */
  readonly #flows: Flows | null;
  readonly #ownPorts = new Set<number>();
  readonly #own = new Set<number | string>();
  readonly #handed: readonly number[] | undefined;
  /** Sockets that are bound. */
  #bound = 0;
  /** Draining: since when, and when something came last by a bound socket; Infinity before. */
  #drainNs = Number.POSITIVE_INFINITY;
  #cameNs = doubleZero;

  constructor(context: AdmissionContext) {
    const { transport, replyWriter, tally, udpTally, listen, options, slots, startNs, serve } =
      context;
    this.#handed = context.handed;
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

  /** A datagram came by a bound socket; or a stranger's, by a flow's. */
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
    if (this.#wildcard && !this.#options.remote && !isOnLoopback(peer.address)) {
      this.#udpTally.remote++;
      return;
    }
    if (!strayed) this.#cameNs = nowNs;
    if (!this.#lets(socket, peer, strayed, nowNs)) return;
    this.#serve(socket, bytes, start, end, peer, nowNs);
  }

  /**
   * Takes in no new peers. Flows go on until they are idle; for them the bound sockets are read to their
   * end, once another server has the addresses. Sockets that others share, or without flows, are closed.
   */
  drain(nowNs: number): void {
    if (this.#drainNs !== Number.POSITIVE_INFINITY) return;
    this.#drainNs = nowNs;
    this.#cameNs = nowNs;
    if (this.#flows === null || this.#handed !== undefined) this.#closeBound();
  }

  /** Whether it was told to drain, and has nothing left. */
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
    this.#flows?.tick(nowNs);
    if (this.#bound === 0 || this.#drainNs === Number.POSITIVE_INFINITY) return;
    if (nowNs - this.#cameNs > quietNs || nowNs - this.#drainNs > mostDrainNs) this.#closeBound();
  }

  #closeBound(): void {
    const sockets = udpSockets(this.#options.mode, this.#listen);
    for (const slot of sockets.keys()) this.#transport.close(slot, "fin");
  }

  /** Whether the datagram is served; its peer is known then. */
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

  /** No client can have an address and port of ours, or a port of ours where we have all addresses. */
  #isOwn({ address, port }: Peer): boolean {
    if (!this.#ownPorts.has(port)) return false;
    return this.#wildcard ? isOnLoopback(address) : this.#own.has(peerKey(address, port));
  }
}

/** As `isLoopback`; most peers are found without looking at their addresses as numbers. */
function isOnLoopback(address: string): boolean {
  return address.startsWith("127.") || isLoopback(address);
}
