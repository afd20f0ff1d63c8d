import type { Endpoint } from "../address/flow.ts";
import type { Io, Listener, Peer, Transport, TransportEvents } from "../io/io.ts";
import { Staging } from "../servers/replies/staging.ts";
import { LinkEnd } from "./link-end.ts";
import {
  emptyStats,
  mostAttempts,
  type Relay,
  type RelayEvents,
  type Route,
  wantsOtherPort,
} from "./relay.ts";
import { TcpLink } from "./tcp-link.ts";

/** Slots for connections that are accepted only to be reset, because there is no room. */
const refusalSlots = 64;

/** Longest turn of a relay, ns. */
const longestTurnNs = 50e6;

/**
 * Relays TCP connections from its own source addresses: bytes in both directions with back-pressure,
 * the end of each direction separately, and resets.
 *
 * A client keeps its port number where that is free on its source address, so that a capture of either
 * side shows the same port.
 */
export class TcpRelay implements Relay {
  readonly stats = emptyStats();
  readonly #routes: readonly Route[];
  readonly #events: RelayEvents;
  readonly #mostLinks: number;
  readonly #staging = new Staging();
  readonly #front: Transport;
  readonly #back: Transport;
  /** By slot of the transport. */
  readonly #byFront: (TcpLink | null)[];
  readonly #byBack: (TcpLink | null)[];
  readonly #freeBacks: number[];
  readonly #listeners: Listener[] = [];
  #count = 0;

  /** @param mostLinks connections at once, >= 1 */
  constructor(io: Io, routes: readonly Route[], events: RelayEvents, mostLinks: number) {
    this.#routes = routes;
    this.#events = events;
    this.#mostLinks = mostLinks;
    const slots = mostLinks + refusalSlots;
    const common = { protocol: "tcp", slots, halfOpen: true } as const;
    this.#front = io.transport({ ...common, events: this.#frontEvents() });
    this.#back = io.transport({ ...common, events: this.#backEvents() });
    this.#byFront = new Array<TcpLink | null>(slots).fill(null);
    this.#byBack = new Array<TcpLink | null>(slots).fill(null);
    this.#freeBacks = Array.from({ length: slots }, (_, index) => slots - 1 - index);
  }

  async listen(): Promise<readonly Endpoint[]> {
    for (const { listen } of this.#routes) this.#listeners.push(await this.#front.listen(listen));
    return this.#listeners.map(({ endpoint }) => endpoint);
  }

  tick(): void {}

  nextDeadlineNs(nowNs: number): number {
    return nowNs + longestTurnNs;
  }

  drain(): void {
    for (const listener of this.#listeners) listener.close();
  }

  drained(): boolean {
    return this.stats.open === 0;
  }

  abort(): void {
    for (const link of this.#byFront) {
      if (link === null) continue;
      link.failure ??= { by: "relay", code: null };
      link.front.reset();
      link.back.reset();
    }
    for (const link of this.#byBack) link?.back.reset();
  }

  #frontEvents(): TransportEvents {
    return {
      ...unused,
      accepted: (slot, listener, peer, nowNs) => this.#accepted(slot, listener, peer, nowNs),
      received: (slot, bytes, start, end) => {
        const link = this.#byFront[slot];
        if (!link) return;
        link.bytesToTarget += end - start;
        this.stats.bytesToTarget += end - start;
        if (!link.back.write(bytes, start, end)) link.front.pause(true);
      },
      ended: (slot) => this.#byFront[slot]?.back.finish(),
      drained: (slot) => {
        const link = this.#byFront[slot];
        if (link?.front.drained()) link.back.pause(false);
      },
      closed: (slot, code, nowNs) => {
        const link = this.#byFront[slot];
        this.#byFront[slot] = null;
        if (!link) return;
        link.front.closed();
        if (code !== null) {
          link.failure ??= { by: "client", code };
          link.back.reset();
        }
        this.#over(link, nowNs);
      },
    };
  }

  #backEvents(): TransportEvents {
    return {
      ...unused,
      opened: (slot) => {
        const link = this.#byBack[slot];
        if (!link) return;
        link.opened = true;
        this.stats.opened++;
        this.#events.opened(link);
        if (link.back.opened()) link.front.pause(false);
      },
      received: (slot, bytes, start, end) => {
        const link = this.#byBack[slot];
        if (!link) return;
        link.bytesToClient += end - start;
        this.stats.bytesToClient += end - start;
        if (!link.front.write(bytes, start, end)) link.back.pause(true);
      },
      ended: (slot) => this.#byBack[slot]?.front.finish(),
      drained: (slot) => {
        const link = this.#byBack[slot];
        if (link?.back.drained()) link.front.pause(false);
      },
      closed: (slot, code, nowNs) => this.#backClosed(slot, code, nowNs),
    };
  }

  #accepted(slot: number, listener: number, peer: Peer, nowNs: number): void {
    const index = this.#listeners.findIndex((known) => known.index === listener);
    const route = this.#routes[index] as Route;
    const client = { address: peer.address, port: peer.port };
    const back = this.stats.open < this.#mostLinks ? this.#freeBacks.pop() : undefined;
    if (back === undefined) {
      this.stats.failed++;
      this.#events.failed(route, client, "EFULL");
      this.#front.close(slot, "reset");
      return;
    }
    // A client that has already disconnected has no port.
    const source = {
      address: route.sources.next(),
      port: client.port === 0 ? route.sources.sparePort() : client.port,
    };
    const link = new TcpLink(
      ++this.#count,
      route,
      client,
      source,
      new LinkEnd(this.#front, slot, this.#staging, "open"),
      new LinkEnd(this.#back, back, this.#staging, "connecting"),
      nowNs,
    );
    this.stats.open++;
    this.#byFront[slot] = link;
    this.#byBack[back] = link;
    this.#back.open(back, link.flow);
  }

  #backClosed(slot: number, code: string | null, nowNs: number): void {
    const link = this.#byBack[slot];
    if (!link) return;
    if (link.back.isConnecting && wantsOtherPort(code) && ++link.attempts < mostAttempts) {
      link.source = { ...link.source, port: link.route.sources.sparePort() };
      this.#back.open(slot, link.flow);
      return;
    }
    this.#byBack[slot] = null;
    this.#freeBacks.push(slot);
    if (link.back.isConnecting && code !== null) {
      this.stats.failed++;
      this.#events.failed(link.route, link.client, code);
    }
    link.back.closed();
    if (code !== null) {
      link.failure ??= { by: "target", code };
      link.front.reset();
    }
    this.#over(link, nowNs);
  }

  /** Reports the end of a link when both its connections have closed. */
  #over(link: TcpLink, nowNs: number): void {
    if (!link.front.isClosed || !link.back.isClosed) return;
    this.stats.open--;
    if (!link.opened) return;
    const { by, code } = link.failure ?? { by: "client", code: null };
    this.#events.closed(link, by, code, nowNs);
  }
}

/** Events that a TCP transport does not send, or a relay does not use. */
const unused = {
  opened() {},
  accepted() {},
  receivedFrom() {},
  errored() {},
} satisfies Partial<TransportEvents>;
