import { type Endpoint, formatEndpoint } from "../../address/flow.ts";
import type { Peer } from "../io.ts";
import { opcode, socket, sqeFlag } from "./kernel/abi.ts";
import { systemFailure } from "./kernel/errno-name.ts";
import { Memory } from "./kernel/memory.ts";
import { closeOwned, own } from "./kernel/owned-file.ts";
import { bindPlain, switchOn } from "./kernel/plain-socket.ts";
import { mostSockaddrBytes, readSockaddr } from "./kernel/sockaddr.ts";
import { closeFile, listenSocket, peerName, shutDown } from "./kernel/syscalls.ts";
import type { Ring } from "./ring.ts";
import { queueCancel } from "./slots.ts";
import { operation } from "./user-data.ts";

/** The kernel caps it at net.core.somaxconn; a short queue drops SYNs under a fast connector. */
export const listenBacklog = 65_535;

/** A listening socket; connections it accepts go to the ring that `ring` names. */
export class Listening {
  readonly fd: number;
  readonly endpoint: Endpoint;
  /** The ring of its multishot accept, if it has one. */
  ring: Ring | null = null;
  closed = false;
  /** Whether other processes listen on the same socket. */
  readonly #shared: boolean;

  /**
   * @param noDelay TCP_NODELAY of the connections, which inherit it
   * @param handed  a socket that already listens there
   * @throws Error whose `code` is the errno name
   */
  constructor(endpoint: Endpoint, noDelay: boolean, handed?: number) {
    this.#shared = handed !== undefined;
    if (handed !== undefined) {
      if (noDelay) switchOn(handed, socket.levelTcp, socket.noDelay);
      this.fd = own(handed);
      this.endpoint = endpoint;
      return;
    }
    const bound = bindPlain(endpoint, socket.stream, (fd) => {
      switchOn(fd, socket.levelSocket, socket.reuseAddress);
      if (noDelay) switchOn(fd, socket.levelTcp, socket.noDelay);
    });
    this.fd = own(bound.fd);
    this.endpoint = bound.endpoint;
    const result = listenSocket(this.fd, listenBacklog);
    if (result < 0) {
      closeOwned(this.fd);
      throw systemFailure("listen", result, formatEndpoint(endpoint));
    }
  }

  /**
   * Stops, and ends the accept in progress. Waiting connections are reset at once, or are left to other
   * processes that listen on the same socket.
   */
  close(listener: number): void {
    if (this.closed) return;
    this.closed = true;
    if (this.#shared) this.leave(listener);
    else shutDown(this.fd);
    closeOwned(this.fd);
  }

  /** Ends the accept in its present ring, so that it goes on in another. */
  leave(listener: number): void {
    if (this.ring === null) return;
    queueCancel(this.ring, listener, operation.accept, operation.ignored);
  }

  /** The peer of a connection; requested from the kernel only when it is used. */
  peerOf(ring: Ring, file: number): Peer {
    return new AcceptedPeer(ring, file);
  }
}

class AcceptedPeer implements Peer {
  readonly #ring: Ring;
  readonly #file: number;
  #endpoint: Endpoint | null = null;

  constructor(ring: Ring, file: number) {
    this.#ring = ring;
    this.#file = file;
  }

  get address(): string {
    return this.#queryPeer().address;
  }

  get port(): number {
    return this.#queryPeer().port;
  }

  /** A direct descriptor has no file descriptor for getpeername(2): it temporarily gets one. */
  #queryPeer(): Endpoint {
    if (this.#endpoint !== null) return this.#endpoint;
    const install = opcode.fixedFdInstall | (sqeFlag.fixedFile << 8);
    this.#ring.entry(install, this.#file, 0, 0, 0, 0, 0, operation.install, 0);
    const fd = this.#ring.resultOf(operation.install);
    if (fd < 0) throw systemFailure("getpeername", fd);
    const memory = new Memory(64);
    memory.words[8] = mostSockaddrBytes;
    const result = peerName(fd, memory.address, memory.address + 32);
    closeFile(fd);
    this.#endpoint = result < 0 ? { address: "", port: 0 } : readSockaddr(memory.words, 0);
    memory.free();
    return this.#endpoint;
  }
}
