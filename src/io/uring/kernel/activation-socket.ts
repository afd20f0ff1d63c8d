import { type Endpoint, formatEndpoint } from "../../../address/flow.ts";
import type { ActivationSocket } from "../../io.ts";
import { listenBacklog } from "../listening.ts";
import { socket } from "./abi.ts";
import { systemFailure } from "./errno-name.ts";
import { bindPlain, switchOn } from "./plain-socket.ts";
import { closeFile, listenSocket } from "./syscalls.ts";

/** See io/activation-socket.ts. @throws Error whose `code` is the errno name */
export function openActivationSocket(
  protocol: "tcp" | "udp",
  endpoint: Endpoint,
): ActivationSocket {
  const isTcp = protocol === "tcp";
  const bound = bindPlain(endpoint, isTcp ? socket.stream : socket.datagram, (fd) => {
    if (isTcp) switchOn(fd, socket.levelSocket, socket.reuseAddress);
  });
  const { fd } = bound;
  if (isTcp) {
    const result = listenSocket(fd, listenBacklog);
    if (result < 0) {
      closeFile(fd);
      throw systemFailure("listen", result, formatEndpoint(endpoint));
    }
  }
  let closed = false;
  return {
    fd,
    endpoint: bound.endpoint,
    close() {
      if (!closed) closeFile(fd);
      closed = true;
    },
  };
}
