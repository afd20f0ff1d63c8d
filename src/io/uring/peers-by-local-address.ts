import type { Peer } from "../io.ts";
import { socket } from "./kernel/abi.ts";
import { findControl } from "./kernel/control.ts";
import { ipv4Word, readSockaddr } from "./kernel/sockaddr.ts";
import { type KnownPeer, Peers } from "./peers.ts";

/** Peers by the local address that they sent to: one that sent to two addresses counts as two. */
export class PeersByLocalAddress {
  readonly #unknown = new Peers();
  /** By local address: its word for IPv4, its text for IPv6. */
  readonly #byLocal = new Map<number | string, Peers>();
  readonly #sockaddr = new Int32Array(7);

  /**
   * Reads the sender of a datagram.
   *
   * @param at           where its sender's sockaddr starts
   * @param control      where its options start
   * @param controlBytes how many bytes of options it has
   */
  read(words: Int32Array, at: number, control: number, controlBytes: number): KnownPeer {
    const { levelIp, packetInfo, levelIpv6, packetInfo6 } = socket;
    const v4 = findControl(words, control, controlBytes, levelIp, packetInfo);
    if (v4 >= 0) return this.#peersOfV4(words[v4 + 1] as number).read(words, at);
    const v6 = findControl(words, control, controlBytes, levelIpv6, packetInfo6);
    return (v6 < 0 ? this.#unknown : this.#peersOfV6(words, v6)).read(words, at);
  }

  /** The peer with that address and port; replies leave from its `local`. */
  of(peer: Peer): KnownPeer {
    const { local } = peer;
    if (local === undefined) return this.#unknown.of(peer);
    return this.#peersOf(local.includes(":") ? local : ipv4Word(local), local).of(peer);
  }

  #peersOfV4(word: number): Peers {
    return this.#byLocal.get(word) ?? this.#peersOf(word, this.#text(socket.inet, [word], 1));
  }

  #peersOfV6(words: Int32Array, at: number): Peers {
    const local = this.#text(socket.inet6, words.subarray(at, at + 4), 2);
    return this.#peersOf(local, local);
  }

  #peersOf(key: number | string, local: string): Peers {
    let peers = this.#byLocal.get(key);
    if (peers === undefined) {
      peers = new Peers(local);
      this.#byLocal.set(key, peers);
    }
    return peers;
  }

  #text(family: number, address: ArrayLike<number>, at: number): string {
    this.#sockaddr[0] = family;
    this.#sockaddr.set(address, at);
    return readSockaddr(this.#sockaddr, 0).address;
  }
}
