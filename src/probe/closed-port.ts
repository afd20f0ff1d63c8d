import { createSocket } from "node:dgram";
import type { Endpoint } from "../address/flow.ts";

/** A UDP port of an address where nothing listens at this moment: one that was free and is again. */
export function closedPortOf(address: string): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.once("error", reject);
    socket.bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => resolve({ address, port }));
    });
  });
}
