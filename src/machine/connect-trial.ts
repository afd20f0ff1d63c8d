import { connect, type Socket } from "node:net";
import type { Endpoint } from "../address/flow.ts";

/** Returns an address that a client can connect to: loopback for a server that listens on a wildcard. */
export function reachable({ address, port }: Endpoint): Endpoint {
  if (address === "0.0.0.0") return { address: "127.0.0.1", port };
  return address === "::" ? { address: "::1", port } : { address, port };
}

/** How long a server may continue to send on a connection that we have ended. */
const farewellMs = 1_000;

/**
 * Tests whether a TCP server accepts connections.
 *
 * The connection is ended in order and the server's data is read: a reset, as an unread greeting would
 * cause, has crashed simple servers.
 *
 * @returns null if it does; else the errno name, "ETIMEDOUT" after `timeoutMs`
 * @throws  never
 */
export function tryConnect(endpoint: Endpoint, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const { address, port } = reachable(endpoint);
    const socket = connect({ host: address, port });
    const late = setTimeout(() => {
      socket.destroy();
      resolve("ETIMEDOUT");
    }, timeoutMs);
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("close", () => clearTimeout(late));
    socket.once("connect", () => {
      clearTimeout(late);
      // If the port is in the ephemeral range and nothing listens on it, the kernel may connect a socket
      // to itself (a simultaneous open, RFC 9293, section 3.5).
      const itself = socket.localPort === port && socket.localAddress === socket.remoteAddress;
      if (itself) socket.destroy();
      else sayGoodbye(socket);
      resolve(itself ? "ECONNREFUSED" : null);
    });
  });
}

function sayGoodbye(socket: Socket): void {
  socket.resume();
  socket.end();
  const timer = setTimeout(() => socket.destroy(), farewellMs);
  socket.once("close", () => clearTimeout(timer));
  // Nothing waits for it: the process may exit first.
  timer.unref();
  socket.unref();
}
