import type { Endpoint } from "../address/flow.ts";
import type { ActivationSocket } from "./io.ts";

/** Why sockets cannot be held here, one line for the user, or null where they can. */
export function activationObstacle(platform: string): string | null {
  return platform === "linux"
    ? null
    : "sockets can be held and handed over on Linux alone, where systemd does so";
}

/**
 * Opens a socket to hand over. Node's own would be accepted from or read as soon as they exist.
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
