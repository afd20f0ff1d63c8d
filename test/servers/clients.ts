/** Plain clients for tests of servers: only Node's sockets, nothing of slash8. */
import { createSocket, type Socket as Datagram } from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import type { Endpoint } from "../../src/address/flow.ts";
import { monotonicNs } from "../../src/base/clock.ts";
import type { IoKind } from "../../src/base/io-kind.ts";
import type { BuiltinName, BuiltinOptions, UdpOptions } from "../../src/scenario/scenario.ts";
import type { ServeRequest } from "../../src/servers/protocol.ts";

const perAddress: UdpOptions = {
  mode: "per-address",
  idleTimeoutNs: 30e9,
  newPeersPerSecond: null,
  remote: false,
};

/** A request for one free port of 127.0.0.1 and one of 127.0.0.2, with only the given faults. */
export function request(
  builtin: BuiltinName,
  faults: Partial<BuiltinOptions> = {},
  processes = 1,
  io: IoKind = "node",
): ServeRequest {
  return {
    builtin,
    listen: [
      { address: "127.0.0.1", port: 0 },
      { address: "127.0.0.2", port: 0 },
    ],
    options: {
      delayNs: 0,
      loss: 0,
      pause: null,
      closeAfter: null,
      bodyBytes: 5,
      udp: builtin.startsWith("udp") ? perAddress : null,
      ...faults,
    },
    processes,
    io,
  };
}

/** A TCP client that keeps everything it reads. */
export class Client {
  readonly socket: net.Socket;
  #bytes = Buffer.alloc(0);
  #ended = false;
  #closed = false;

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    });
    socket.on("end", () => {
      this.#ended = true;
    });
    // A reset shows as "close" as well.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#closed = true;
    });
  }

  static async connect({ address, port }: Endpoint): Promise<Client> {
    const socket = net.connect({ host: address, port, noDelay: true, allowHalfOpen: true });
    await once(socket, "connect");
    return new Client(socket);
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** @returns everything that was read, once it is that long */
  async read(length: number): Promise<Buffer> {
    await until(() => this.#bytes.length >= length);
    return this.#bytes;
  }

  /** @returns everything that was read, once the server has ended the connection */
  async readToEnd(): Promise<Buffer> {
    await until(() => this.#ended || this.#closed);
    this.socket.destroy();
    return this.#bytes;
  }
}

/** A UDP client that keeps all datagrams that it receives. */
export async function udpClient({ address, port }: Endpoint) {
  const socket: Datagram = createSocket("udp4");
  socket.connect(port, address);
  await once(socket, "connect");
  const datagrams: Buffer[] = [];
  socket.on("message", (bytes) => datagrams.push(bytes));
  return { socket, datagrams };
}

/** Waits until a condition holds; the test's own timeout is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** @returns ns that `action` took */
export async function durationNs(action: () => Promise<unknown>): Promise<number> {
  const beginNs = monotonicNs();
  await action();
  return monotonicNs() - beginNs;
}
