import { connect } from "node:net";
import type { Endpoint } from "../address/flow.ts";

/** A wildcard is where a server listens; a client asks it at home. */
export function reachable({ address, port }: Endpoint): Endpoint {
  if (address === "0.0.0.0") return { address: "127.0.0.1", port };
  return address === "::" ? { address: "::1", port } : { address, port };
}

/**
 * Whether a TCP server answers.
 *
 * @returns null when it does; else the errno name, "ETIMEDOUT" after `timeoutMs`
 * @throws  never
 */
export function tryConnect(endpoint: Endpoint, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const { address, port } = reachable(endpoint);
    const socket = connect({ host: address, port });
    socket.setTimeout(timeoutMs, () => {
      socket.destroy();
      resolve("ETIMEDOUT");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once("connect", () => {
      // To a port of the ephemeral range on which nobody listens, the kernel may connect a socket
      // with itself (a simultaneous open, RFC 9293, section 3.5).
      const itself = socket.localPort === port && socket.localAddress === socket.remoteAddress;
      socket.destroy();
      resolve(itself ? "ECONNREFUSED" : null);
    });
  });
}
