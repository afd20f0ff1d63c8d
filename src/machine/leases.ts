/**
 * What only one run on this machine may use at a time: source addresses that no user has named, listen
 * ports that no user has chosen, and files.
 *
 * A lease is a listening abstract unix socket. The kernel lets one process bind a name and takes the name away
 * with the process, so no lease is left behind; names belong to the network namespace, as addresses and ports
 * do; no file, folder or privilege is needed. @see unix(7)
 *
 * Other platforms have no such names. There a run leases nothing but its turn: its default source is the only loopback
 * address that exists, source ports that another run has taken are passed over, and of two runs that write the same
 * file at once the last one has it.
 */
import { createHash, randomBytes } from "node:crypto";
import { unlinkSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Protocol } from "../address/protocol.ts";
import { type AddressRanges, parseRanges, rangeTexts } from "../address/ranges.ts";
import { UserError } from "../base/errors.ts";
import { readText } from "./read-text.ts";

/** Bytes of sun_path: an abstract name is at most as long, its leading NUL included. */
const pathBytes = 108;

/** Ranges of a list that are announced; more are hardly ever given. */
const mostAnnounced = 64;

/** @see proc_net(5): the path is the last column, "@" for a NUL. */
const named = /@slash8\/(?:leased|named)\/([0-9a-f.:/]+(?:-[0-9a-f.:]+)?)(?:\/[0-9a-f]+)?@*$/gm;

/** Whether a lease was taken; "unavailable" where this platform has none. */
export type LeaseAnswer = "taken" | "held" | "unavailable";

/** The leases of one run. */
export class Leases {
  readonly #sockets = new Map<string, Server>();

  /**
   * Takes a block of source addresses.
   *
   * @param block CIDR, one of `blocksOf`
   * @returns     "held" where another run, or this one, has it
   * @throws      never
   */
  takeBlock(block: string): Promise<LeaseAnswer> {
    return this.#take(`slash8/leased/${block}`);
  }

  /** As `takeBlock`: takes a listen port, whatever its address. */
  takePort(protocol: Protocol, port: number): Promise<LeaseAnswer> {
    return this.#take(`slash8/port/${protocol}/${port}`);
  }

  /** As `takeBlock`: takes a file that is to be written, or what the names of several begin with. */
  takeFile(path: string): Promise<LeaseAnswer> {
    const name = createHash("sha256").update(path).digest("hex").slice(0, 32);
    return this.#take(`slash8/file/${name}`);
  }

  /**
   * As `takeBlock`: takes the one turn that runs have that are not to disturb each other. Platforms without abstract names
   * have a socket in the folder for temporary files instead.
   *
   * @param file left out: none on Linux
   */
  takeTurn(file = process.platform === "linux" ? null : turnFile()): Promise<LeaseAnswer> {
    return file === null ? this.#take("slash8/turn") : this.#takeSocketFile(file);
  }

  /** Tells other runs of addresses that the user has named; several runs may name the same ones. @throws never */
  async announce(sources: AddressRanges): Promise<void> {
    const ranges = rangeTexts(sources).slice(0, mostAnnounced);
    await Promise.all(
      ranges.map(([from, to]) =>
        this.#take(`slash8/named/${from}-${to}/${randomBytes(4).toString("hex")}`),
      ),
    );
  }

  /** Gives a block back. */
  async returnBlock(block: string): Promise<void> {
    await this.#return(`slash8/leased/${block}`);
  }

  /** Gives everything back. Idempotent, never rejects. */
  async release(): Promise<void> {
    await Promise.all([...this.#sockets.keys()].map((name) => this.#return(name)));
  }

  async #take(name: string): Promise<LeaseAnswer> {
    if (process.platform !== "linux" || name.length >= pathBytes) return "unavailable";
    // Node 20 pads a name with NULs, and later ones do not: padded by us it is the same name for all.
    return this.#listen(name, `\0${name}`.padEnd(pathBytes, "\0"));
  }

  /** A file outlives its process: nobody listens to one that is left over. */
  async #takeSocketFile(path: string): Promise<LeaseAnswer> {
    const answer = await this.#listen(path, path);
    if (answer !== "held" || (await isHeard(path))) return answer;
    try {
      unlinkSync(path);
    } catch {
      // Another one was faster, or may do so: the next attempt says.
    }
    return this.#listen(path, path);
  }

  async #listen(name: string, path: string): Promise<LeaseAnswer> {
    // Nobody has to say anything to it.
    const socket = createServer((peer) => peer.destroy());
    const code = await new Promise<string | null>((resolve) => {
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.listen({ path, backlog: 1 }, () => resolve(null));
    });
    if (code !== null) return code === "EADDRINUSE" ? "held" : "unavailable";
    socket.unref();
    this.#sockets.set(name, socket);
    return "taken";
  }

  #return(name: string): Promise<void> {
    const socket = this.#sockets.get(name);
    this.#sockets.delete(name);
    return new Promise((done) => {
      if (socket === undefined) done();
      else socket.close(() => done());
    });
  }
}

/** Of this user: nobody else may remove it. */
function turnFile(): string {
  return join(tmpdir(), `slash8-turn-${process.getuid?.() ?? ""}.sock`);
}

/** Whether somebody listens to a socket. */
function isHeard(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      resolve(code !== "ECONNREFUSED" && code !== "ENOENT");
    });
  });
}

/** Returns the source addresses that runs of this machine have leased or named now. @throws never */
export function readLeased(): readonly AddressRanges[] {
  return parseLeased(readText("/proc/net/unix") ?? "");
}

/** Parses /proc/net/unix; what is no address is left out, as any program can bind such a name. */
export function parseLeased(text: string): readonly AddressRanges[] {
  return [...text.matchAll(named)].flatMap(([, range = ""]) => {
    try {
      return [parseRanges([range])];
    } catch (error) {
      if (error instanceof UserError) return [];
      throw error;
    }
  });
}
