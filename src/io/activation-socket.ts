import type { Endpoint } from "../address/flow.ts";
import type { ActivationSocket } from "./io.ts";

/** Why sockets cannot be passed to other processes here, one line for the user, or null where they can. */
export function activationObstacle(platform: string): string | null {
  return platform === "linux"
    ? null
    : "sockets can only be passed to a server on Linux, as systemd does";
}

/**
 * Opens a socket to pass on. Node would accept from its own sockets, or read them, as soon as they exist.
 *
 * @throws (rejects with) an Error whose `code` is the errno name
 */
export async function createActivationSocket(
  protocol: "tcp" | "udp",
  endpoint: Endpoint,
): Promise<ActivationSocket> {
  const { openActivationSocket } = await import("./uring/kernel/activation-socket.ts");
  return openActivationSocket(protocol, endpoint);
}
