import dgram from "node:dgram";
import net from "node:net";
import type { Endpoint } from "../../src/address/flow.ts";

/** A server of the tests' own making: what it does with each connection or datagram is given. */
export interface RawServer extends AsyncDisposable {
  readonly endpoint: Endpoint;
}

export async function tcpServer(serve: (socket: net.Socket) => void): Promise<RawServer> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    serve(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, resolve);
  });
  return {
    endpoint: { address: "127.0.0.1", port: (server.address() as net.AddressInfo).port },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export async function udpServer(
  serve: (bytes: Buffer, from: dgram.RemoteInfo, socket: dgram.Socket) => void,
  address = "127.0.0.1",
): Promise<RawServer> {
  const socket = dgram.createSocket("udp4");
  socket.on("message", (bytes, from) => serve(bytes, from, socket));
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  return {
    endpoint: {
      address: address === "0.0.0.0" ? "127.0.0.1" : address,
      port: socket.address().port,
    },
    async [Symbol.asyncDispose]() {
      await new Promise<void>((resolve) => socket.close(() => resolve()));
    },
  };
}

/** An endpoint of 127.0.0.1 where nothing listens. */
export async function deadEndpoint(): Promise<Endpoint> {
  const server = await tcpServer(() => {});
  await server[Symbol.asyncDispose]();
  return server.endpoint;
}

/** Sends later than the test may last: to a closed socket nothing is sent. */
export function sendIfOpen(socket: dgram.Socket, bytes: Buffer, port: number, address: string) {
  try {
    socket.send(bytes, port, address);
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_SOCKET_DGRAM_NOT_RUNNING") throw error;
  }
}
