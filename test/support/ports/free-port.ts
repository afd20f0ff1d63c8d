import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port that nothing uses on an address at this moment, for a server that a test starts next.
 *
 * Between this call and that server another test may take it, if chance gives it the same of 12,000: they are
 * ports that no system hands out by itself. Where a server can be given port 0 and asked for what it got, do that.
 */
export async function freePort(
  protocol: "tcp" | "udp" = "tcp",
  address = "127.0.0.1",
): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    try {
      if (protocol === "udp") {
        const socket = createSocket(address.includes(":") ? "udp6" : "udp4").bind(port, address);
        await once(socket, "listening");
        await new Promise<void>((resolve) => socket.close(resolve));
      } else {
        const server = createServer().listen(port, address);
        await once(server, "listening");
        await new Promise((resolve) => server.close(resolve));
      }
      return port;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EADDRINUSE")) throw error;
    }
  }
}
