import type { Peer } from "../io/io.ts";
import type { UdpLink } from "./udp-link.ts";

/** The flows of a relay: by client, by slot, and by the time of their last datagram. */
export class UdpLinks {
  /** By endpoint of the relay, then address, then port, so that a look-up does not allocate. */
  readonly #byClient: Map<string, Map<number, UdpLink>>[];
  readonly #bySlot: (UdpLink | null)[];
  #oldest: UdpLink | null = null;
  #newest: UdpLink | null = null;

  constructor(fronts: number, slots: number) {
    this.#byClient = Array.from({ length: fronts }, () => new Map());
    this.#bySlot = new Array<UdpLink | null>(slots).fill(null);
  }

  /** The link that has been silent longest, or null. */
  get oldest(): UdpLink | null {
    return this.#oldest;
  }

  /** The link with the most recent datagram, or null. */
  get newest(): UdpLink | null {
    return this.#newest;
  }

  of(front: number, client: Peer): UdpLink | undefined {
    return this.#byClient[front]?.get(client.address)?.get(client.port);
  }

  at(slot: number): UdpLink | null {
    return this.#bySlot[slot] ?? null;
  }

  add(link: UdpLink): void {
    const { address, port } = link.client;
    const byAddress = this.#byClient[link.front] as Map<string, Map<number, UdpLink>>;
    const byPort = byAddress.get(address);
    if (byPort === undefined) byAddress.set(address, new Map([[port, link]]));
    else byPort.set(port, link);
    this.#bySlot[link.slot] = link;
    this.#append(link);
  }

  /** Records a datagram of the link, in either direction. */
  touch(link: UdpLink, nowNs: number): void {
    link.lastNs = nowNs;
    if (link === this.#newest) return;
    this.#unchain(link);
    this.#append(link);
  }

  delete(link: UdpLink): void {
    const { address, port } = link.client;
    const byAddress = this.#byClient[link.front];
    const byPort = byAddress?.get(address);
    byPort?.delete(port);
    if (byPort?.size === 0) byAddress?.delete(address);
    this.#bySlot[link.slot] = null;
    this.#unchain(link);
  }

  #append(link: UdpLink): void {
    link.older = this.#newest;
    if (this.#newest === null) this.#oldest = link;
    else this.#newest.newer = link;
    this.#newest = link;
  }

  #unchain(link: UdpLink): void {
    if (link.older === null) this.#oldest = link.newer;
    else link.older.newer = link.newer;
    if (link.newer === null) this.#newest = link.older;
    else link.newer.older = link.older;
    link.older = null;
    link.newer = null;
  }
}
