/**
 * Where slash8's servers and relays on this machine listen.
 *
 * Who answers a datagram answers whoever sent it. Two of them that got to answer each other, by one datagram with a
 * forged source, would go on for ever. So each writes where it listens into a folder among the temporary files, and
 * drops what comes from where another does: no client can have that address and port. A loop that has begun ends
 * with the next look at the folder.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "../../address/flow.ts";
import { isWildcard, parseIp } from "../../address/ip.ts";
import type { Protocol } from "../../address/protocol.ts";
import { namesIn } from "../../base/files/names-in.ts";
import { isOwnerAlive, ownerText } from "../../base/process/owner.ts";
import { doubleZero } from "../../base/v8-double.ts";
import { peerKey } from "./peer-key.ts";

/** How often to look; a look at a folder that has not changed takes some 20 us. */
const lookEveryNs = 1e9;

/** After so many looks at an unchanged folder its files are read all the same. */
const mostUnread = 10;

/** Where a relay leads. */
export interface ListeningRoute {
  readonly protocol: Protocol;
  readonly listen: Endpoint;
  readonly target: Endpoint;
}

/** What one process has written. */
interface Listening {
  readonly owner: string;
  /** Answers datagrams there. */
  readonly udp: readonly Endpoint[];
  readonly routes: readonly ListeningRoute[];
}

let filesSoFar = 0;

export class Reflectors {
  readonly #folder = join(tmpdir(), `slash8-listening-${process.getuid?.() ?? 0}`);
  #file: string | null = null;
  #names = "";
  /** Looks at which nothing had changed. */
  #unread = 0;
  #others: readonly Listening[] = [];
  #lookAtNs = doubleZero;
  readonly #ports = new Set<number>();
  /** Ports at every address. */
  readonly #wildcardPorts = new Set<number>();
  readonly #endpoints = new Set<number | string>();

  /** Writes where this one listens; without a folder to write to, nobody knows. */
  register(listening: Omit<Listening, "owner">): void {
    const name = `${process.pid}-${++filesSoFar}.json`;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      this.#file = name;
      const entry: Listening = { owner: ownerText(), ...listening };
      // Others may look while it is written.
      const unfinished = join(this.#folder, `.${name}`);
      writeFileSync(unfinished, JSON.stringify(entry), { mode: 0o600 });
      renameSync(unfinished, join(this.#folder, name));
    } catch {
      this.#file = null;
    }
    this.look();
  }

  /** Takes it back. */
  end(): void {
    if (this.#file !== null) rmSync(join(this.#folder, this.#file), { force: true });
    this.#file = null;
  }

  /** To be called often: looks when it is time. */
  tick(nowNs: number): void {
    if (nowNs < this.#lookAtNs) return;
    this.#lookAtNs = nowNs + lookEveryNs;
    this.look();
  }

  /** Whether another server or relay listens there. @cost one look into a set of a few ports */
  has({ address, port }: Endpoint): boolean {
    if (!this.#ports.has(port)) return false;
    return this.#wildcardPorts.has(port) || this.#endpoints.has(peerKey(address, port));
  }

  /** The routes of other relays. */
  get routes(): readonly ListeningRoute[] {
    return this.#others.flatMap(({ routes }) => routes);
  }

  /** Looks who listens now. */
  look(): void {
    const names = namesIn(this.#folder)
      .filter((name) => name !== this.#file && !name.startsWith("."))
      .sort();
    const text = names.join("/");
    // Who was killed leaves a name behind.
    if (text === this.#names && ++this.#unread < mostUnread) return;
    this.#names = text;
    this.#unread = 0;
    this.#others = names.flatMap((name) => listeningIn(join(this.#folder, name)) ?? []);
    for (const set of [this.#ports, this.#wildcardPorts, this.#endpoints]) set.clear();
    for (const { address, port } of this.#others.flatMap(({ udp }) => udp)) {
      this.#ports.add(port);
      if (isWildcard(parseIp(address))) this.#wildcardPorts.add(port);
      else this.#endpoints.add(peerKey(address, port));
    }
  }
}

/**
 * Returns where a route leads back to itself through other relays: its target, or null.
 *
 * @param others routes of all other relays
 */
export function leadsBack(own: ListeningRoute, others: readonly ListeningRoute[]): Endpoint | null {
  let at = own.target;
  // A way through more relays than there are has come back to one of them.
  for (let step = 0; step <= others.length; step++) {
    const next = others.find((other) => leads(other, own.protocol, at));
    if (next === undefined) return null;
    at = next.target;
    if (leads(own, own.protocol, at)) return own.target;
  }
  return null;
}

function leads({ protocol, listen }: ListeningRoute, asked: Protocol, to: Endpoint): boolean {
  return (
    protocol === asked &&
    listen.port === to.port &&
    (listen.address === to.address || isWildcard(parseIp(listen.address)))
  );
}

/** What a live process has written; of one that was killed, the file is removed. One in another container is left alone. */
function listeningIn(path: string): Listening | null {
  try {
    const found = JSON.parse(readFileSync(path, "utf8")) as Listening;
    const isAlive = isOwnerAlive(found.owner);
    if (isAlive === true) return Array.isArray(found.udp) ? found : null;
    if (isAlive === false) rmSync(path, { force: true });
    return null;
  } catch {
    // Removed meanwhile, or not written yet: then its name is read again with the next change.
    return null;
  }
}
