import { formatEndpoint } from "../../address/flow.ts";
import type { Peer } from "../io.ts";
import { socket } from "./kernel/abi.ts";
import { sourceControl } from "./kernel/control.ts";
import { mostSockaddrBytes, readSockaddr, writeSockaddr } from "./kernel/sockaddr.ts";

/** A peer with its socket address in the kernel's format. */
export interface KnownPeer extends Peer {
  /** A sockaddr: seven words, of which `bytes` are used. */
  readonly words: Int32Array;
  readonly bytes: number;
  /** Options for messages to it; null for none. */
  readonly control: Int32Array | null;
}

/** More than any test has; forgotten peers are read again. */
const mostKnown = 1 << 20;

/**
 * All senders of datagrams: the same peer is the same object, which costs nothing to pass on and may be
 * kept.
 */
export class Peers {
  /** Properties that all of them share. */
  readonly #shared: { readonly local?: string; readonly control: Int32Array | null };
  /** By address and port: one number for IPv4. */
  readonly #v4 = new Map<number, KnownPeer>();
  readonly #v6 = new Map<string, KnownPeer>();
  #last: KnownPeer | null = null;

  /** @param local the address that these peers sent to, and that replies leave from; null: not known */
  constructor(local: string | null = null) {
    this.#shared = local === null ? { control: null } : { local, control: sourceControl(local) };
  }

  /** @param at where a sockaddr starts */
  read(words: Int32Array, at: number): KnownPeer {
    const first = words[at] as number;
    const second = words[at + 1] as number;
    const last = this.#last;
    const inet = (first & 0xffff) === socket.inet;
    if (inet && last !== null && last.words[0] === first && last.words[1] === second) return last;
    const peer = inet ? this.#readV4(words, at) : this.of(readSockaddr(words, at));
    this.#last = peer;
    return peer;
  }

  /** The peer with that address and port. */
  of({ address, port }: Peer): KnownPeer {
    const words = new Int32Array(mostSockaddrBytes / 4);
    const bytes = writeSockaddr(words, 0, address, port);
    if (bytes < mostSockaddrBytes) return this.#readV4(words, 0);
    const key = formatEndpoint({ address, port });
    let peer = this.#v6.get(key);
    if (peer === undefined) {
      if (this.#v6.size >= mostKnown) this.#v6.clear();
      peer = { address, port, words, bytes, ...this.#shared };
      this.#v6.set(key, peer);
    }
    return peer;
  }

  #readV4(words: Int32Array, at: number): KnownPeer {
    const key = ((words[at + 1] as number) >>> 0) * 65536 + ((words[at] as number) >>> 16);
    let peer = this.#v4.get(key);
    if (peer === undefined) {
      if (this.#v4.size >= mostKnown) this.#v4.clear();
      const own = new Int32Array(mostSockaddrBytes / 4);
      own.set(words.subarray(at, at + 4));
      peer = { ...readSockaddr(own, 0), words: own, bytes: 16, ...this.#shared };
      this.#v4.set(key, peer);
    }
    return peer;
  }
}
