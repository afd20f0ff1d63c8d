import type { Endpoint } from "../address/flow.ts";
import type { Io, Peer, Transport, TransportEvents } from "../io/io.ts";
import { Staging } from "../servers/replies/staging.ts";
import type { Reflectors } from "../servers/udp/reflectors.ts";
import { Outbox } from "./outbox.ts";
import {
  emptyStats,
  mostAttempts,
  type Relay,
  type RelayEvents,
  type Route,
  wantsOtherPort,
} from "./relay.ts";
import { flowOf } from "./tcp-link.ts";
import { UdpLink } from "./udp-link.ts";
import { UdpLinks } from "./udp-links.ts";

/** Enough for a burst of all clients at once; the kernel caps it. */
const bufferBytes = 4 * 1024 * 1024;

/** Longest turn: a socket that was full is checked again by then, ns. */
const longestTurnNs = 20e6;

/** How long after the last datagram a draining relay waits for replies, ns. */
const quietNs = 250e6;

/** Free flows to keep: idle ones are ended early, so that there is room for the next clients. */
const leastFree = 16;

/**
 * Relays datagrams from its own source addresses: a flow for each client, which ends when it is idle.
 *
 * The socket of a flow is connected, so that the kernel delivers only the target's replies and reports
 * if nothing listens there.
 */
export class UdpRelay implements Relay {
  readonly stats = emptyStats();
  readonly #routes: readonly Route[];
  readonly #events: RelayEvents;
  readonly #idleNs: number;
  readonly #reflectors: Reflectors | null;
  readonly #leastFree: number;
  readonly #staging = new Staging();
  readonly #front: Transport;
  readonly #back: Transport;
  readonly #outboxes: readonly Outbox[];
  readonly #links: UdpLinks;
  readonly #free: number[];
  #count = 0;
  #draining = false;

  /**
   * @param mostLinks flows at once, >= 1
   * @param idleNs     a flow without datagrams for this long ends
   * @param reflectors other servers and relays, whose datagrams are dropped; null: none
   */
  constructor(
    io: Io,
    routes: readonly Route[],
    events: RelayEvents,
    mostLinks: number,
    idleNs: number,
    reflectors: Reflectors | null = null,
  ) {
    this.#reflectors = reflectors;
    this.#routes = routes;
    this.#events = events;
    this.#idleNs = idleNs;
    this.#leastFree = Math.min(leastFree, Math.floor(mostLinks / 4));
    const common = {
      protocol: "udp",
      receiveBufferBytes: bufferBytes,
      sendBufferBytes: bufferBytes,
    } as const;
    this.#front = io.transport({
      ...common,
      slots: routes.length,
      events: {
        ...unused,
        receivedFrom: (slot, bytes, start, end, peer, nowNs) =>
          this.#fromClient(slot, bytes, start, end, peer, nowNs),
        drained: (slot) => this.#outboxes[slot]?.drained(),
      },
    });
    this.#back = io.transport({
      ...common,
      slots: mostLinks,
      connected: true,
      events: {
        ...unused,
        opened: (slot) => this.#opened(slot),
        received: (slot, bytes, start, end, nowNs) =>
          this.#fromTarget(slot, bytes, start, end, nowNs),
        drained: (slot) => this.#links.at(slot)?.outbox.drained(),
        errored: (slot, code) => {
          const link = this.#links.at(slot);
          if (link !== null) this.#events.errored(link, code);
        },
        closed: (slot, code) => this.#closed(slot, code),
      },
    });
    this.#outboxes = routes.map((_, slot) => new Outbox(this.#front, slot, this.#staging, true));
    this.#links = new UdpLinks(routes.length, mostLinks);
    this.#free = Array.from({ length: mostLinks }, (_, index) => mostLinks - 1 - index);
  }

  listen(): Promise<readonly Endpoint[]> {
    return Promise.all(this.#routes.map(({ listen }, slot) => this.#front.bind(slot, listen)));
  }

  /** Ends flows that are idle. */
  tick(nowNs: number): void {
    this.#reflectors?.tick(nowNs);
    for (;;) {
      const { oldest } = this.#links;
      if (oldest === null || nowNs - oldest.lastNs < this.#idleNs) return;
      this.#end(oldest, null, nowNs);
    }
  }

  nextDeadlineNs(nowNs: number): number {
    return nowNs + longestTurnNs;
  }

  drain(): void {
    this.#draining = true;
  }

  drained(nowNs: number): boolean {
    const { newest } = this.#links;
    return newest === null || nowNs - newest.lastNs > quietNs;
  }

  abort(): void {
    for (let link = this.#links.oldest; link !== null; link = this.#links.oldest) {
      this.#end(link, null, link.lastNs);
    }
  }

  #fromClient(
    front: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    peer: Peer,
    nowNs: number,
  ): void {
    // An answer to a server's or a relay's answer: it would go round for ever.
    if (this.#reflectors?.has(peer) === true) {
      this.stats.dropped++;
      return;
    }
    const known = this.#links.of(front, peer);
    if (known !== undefined) this.#links.touch(known, nowNs);
    const link = known ?? this.#begin(front, peer, nowNs);
    if (link === null || !link.outbox.send(null, bytes, start, end)) {
      this.stats.dropped++;
      return;
    }
    link.bytesToTarget += end - start;
    this.stats.bytesToTarget += end - start;
    this.stats.sentToTarget++;
  }

  #fromTarget(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    const link = this.#links.at(slot);
    if (link === null) return;
    this.#links.touch(link, nowNs);
    if (!(this.#outboxes[link.front] as Outbox).send(link.client, bytes, start, end)) {
      this.stats.dropped++;
      return;
    }
    link.bytesToClient += end - start;
    link.sentToClient++;
    this.stats.bytesToClient += end - start;
    this.stats.sentToClient++;
  }

  /** @returns null where there is no room for another flow now */
  #begin(front: number, peer: Peer, nowNs: number): UdpLink | null {
    if (this.#draining) return null;
    const slot = this.#free.pop();
    const { oldest } = this.#links;
    if (this.#free.length < this.#leastFree && oldest !== null) this.#end(oldest, "EFULL", nowNs);
    const route = this.#routes[front] as Route;
    const client = { address: peer.address, port: peer.port };
    if (slot === undefined) {
      this.stats.failed++;
      this.#events.failed(route, client, "EFULL");
      return null;
    }
    const source = { address: route.sources.next(), port: client.port };
    const outbox = new Outbox(this.#back, slot, this.#staging, false);
    const link = new UdpLink(++this.#count, route, front, client, source, slot, outbox, nowNs);
    this.#links.add(link);
    this.stats.open++;
    this.#back.open(slot, flowOf(source, route.target));
    return link;
  }

  #opened(slot: number): void {
    const link = this.#links.at(slot);
    if (link === null) return;
    link.opened = true;
    this.stats.opened++;
    this.#events.opened(link);
    link.outbox.drained();
  }

  #closed(slot: number, code: string | null): void {
    const link = this.#links.at(slot);
    if (link !== null && wantsOtherPort(code) && ++link.attempts < mostAttempts) {
      link.source = { ...link.source, port: link.route.sources.sparePort() };
      this.#back.open(slot, flowOf(link.source, link.route.target));
      return;
    }
    this.#free.push(slot);
    if (link === null) return;
    // Only a socket that never opened closes by itself.
    this.#links.delete(link);
    this.stats.open--;
    this.stats.failed++;
    this.#events.failed(link.route, link.client, code ?? "ECANCELED");
  }

  #end(link: UdpLink, code: string | null, nowNs: number): void {
    this.#links.delete(link);
    this.stats.open--;
    if (link.opened) {
      if (link.sentToClient === 0) this.stats.unanswered++;
      this.#events.closed(link, "relay", code, nowNs);
    }
    this.#back.close(link.slot, "fin");
  }
}

/** Events that UDP does not send, or a relay does not use. */
const unused = {
  opened() {},
  accepted() {},
  received() {},
  receivedFrom() {},
  drained() {},
  errored() {},
  closed() {},
} satisfies TransportEvents;
