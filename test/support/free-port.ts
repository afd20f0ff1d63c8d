import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port that nothing uses on an address at this moment, for a server that a test starts next.
 *
 * Between this call and that server anybody may take it; where a server can be given port 0 and
 * asked for what it got, do that.
 */
export async function freePort(protocol: "tcp" | "udp" = "tcp", address = "127.0.0.1") {
  if (protocol === "udp") {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4").bind(0, address);
    await once(socket, "listening");
    const { port } = socket.address();
    socket.close();
    await once(socket, "close");
    return port;
  }
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
