import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { atEndOfFile } from "../at-end.ts";

/** A server of the test's own: it tells that traffic flows. */
export interface Beacon {
  readonly port: number;
  /** Resolves once that many chunks have come in. */
  readonly received: (chunks: number) => Promise<void>;
}

/**
 * Listens on a free port of 127.0.0.1 until the tests of the file are over.
 *
 * @param isSilent takes everything in and never answers; else an echo
 */
export async function startBeacon({ isSilent = false } = {}): Promise<Beacon> {
  let chunks = 0;
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (bytes) => {
      chunks++;
      if (!isSilent) socket.write(bytes);
      for (const look of waiting) look();
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  atEndOfFile(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const received = (wanted: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (chunks < wanted) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { port: (server.address() as { port: number }).port, received };
}

/** A workload of one connection to a beacon, to stand under `workloads:`. */
export function beaconWorkload({ port }: Beacon, timeout = "1s"): string {
  return `  beacon:
    target: tcp://127.0.0.1:${port}
    pattern: request
    sources: 127.92.0.1
    connections: 1
    message: { size: 16 }
    framing: echo
    think: 5ms
    timeout: ${timeout}
    duration: 60s
`;
}
