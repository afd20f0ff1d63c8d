import { createSecureContext } from "node:tls";
import type { Endpoint, Flow } from "../../src/address/flow.ts";
import type { CloseHow, Io, Listener, Transport, TransportOptions } from "../../src/io/io.ts";
import { createCertificate } from "../../src/io/tls/certificate.ts";
import { TlsTransport } from "../../src/io/tls/tls-transport.ts";

/** A certificate that is for every loopback address by the name "localhost". */
const localIdentity = createCertificate({ commonName: "localhost", names: ["localhost"] });

/** The same io, whose TCP connections are encrypted: those that are opened, and those that are accepted. */
export function encryptedIo(io: Io): Io {
  return Object.create(io, {
    transport: { value: (options: TransportOptions) => new EitherEnd(io, options) },
    turn: { value: (deadlineNs: number, slackNs: number) => io.turn(deadlineNs, slackNs) },
    end: { value: () => io.end() },
    needsLoop: { value: () => io.needsLoop() },
  });
}

/** Is a client where it opens first, and a server where it listens first. */
class EitherEnd implements Transport {
  readonly copiesUpTo = Number.POSITIVE_INFINITY;
  readonly #io: Io;
  readonly #options: TransportOptions;
  #transport: TlsTransport | null = null;

  constructor(io: Io, options: TransportOptions) {
    this.#io = io;
    this.#options = options;
  }

  open(slot: number, flow: Flow): void {
    this.#transport ??= new TlsTransport(this.#io, this.#options, {
      context: createSecureContext({ ca: localIdentity.certificate }),
      serverName: "localhost",
      alpn: [],
      resume: false,
      insecure: false,
    });
    this.#transport.open(slot, flow);
  }

  listen(endpoint: Endpoint, handed?: number): Promise<Listener> {
    this.#transport ??= new TlsTransport(this.#io, this.#options, {
      ...localIdentity,
      ticketKeys: Buffer.alloc(48, 1).toString("base64"),
      isOwn: true,
    });
    return this.#transport.listen(endpoint, handed);
  }

  send(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#transport?.send(slot, bytes, start, end) ?? true;
  }

  close(slot: number, how: CloseHow): void {
    this.#transport?.close(slot, how);
  }

  pause(slot: number): void {
    this.#transport?.pause(slot);
  }

  resume(slot: number): void {
    this.#transport?.resume(slot);
  }

  sendTo(): boolean {
    throw new Error("sendTo: a TCP slot has one peer");
  }

  bind(): Promise<Endpoint> {
    throw new Error("bind: TCP listens");
  }

  finish(): void {
    throw new Error("finish: TLS has no half-open state");
  }

  redirect(): void {
    throw new Error("redirect: a TCP slot has one peer");
  }
}
