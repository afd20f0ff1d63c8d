import type { Backend } from "../backend.ts";
import { tlsUserBytes } from "../tls/user-bytes.ts";
import { clientRings, lockedBytes, ringSizes, serverRings } from "./ring-sizes.ts";

/** Most slots of a transport: connections of one worker, or of one server process. */
const mostSlots = 1 << 20;

/**
 * Linux: io_uring.
 *
 * The system calls are loaded only when needed: koffi is not available for every platform.
 */
export const uringBackend: Backend = {
  kind: "uring",
  name: "io_uring",
  platforms: ["linux"],
  async obstacle() {
    if (process.platform !== "linux")
      return `io_uring is only available on Linux, and this is ${process.platform}`;
    const obstacle = await import("./availability.ts").catch(
      (error: Error) => `koffi, which calls the kernel, cannot be loaded: ${error.message}`,
    );
    return typeof obstacle === "string" ? obstacle : obstacle.uringObstacle();
  },
  async create(options = {}) {
    const { createUringIo } = await import("./io.ts");
    return createUringIo(options);
  },
  capabilities: {
    sharesListeners: false,
    reusePortObstacle: () => null,
    packetInfoObstacle: null,
    receiveErrorsObstacle: null,
    receiveBufferObstacle: null,
    kernelTimesObstacle: null,
  },
  mostSlots,
  // Connections are in the tables of rings, each a file with room for as many as the process might have open files.
  takesFilePerConnection: false,
  connectionFiles: (connections, transports, openFilesLimit) =>
    transports + Math.ceil(connections / Math.max(1, openFilesLimit)),
  connectionsPerProcess: (files, openFilesLimit) => Math.min(mostSlots, files * openFilesLimit),
  // A connection is its place in typed arrays: the client's, and the server's.
  userBytes: { tcpClient: 250, tcpServer: 150, udpClient: 250, ...tlsUserBytes },
  lockedMemory: {
    ringBytes: (pageBytes) => lockedBytes(ringSizes.ofMany, pageBytes),
    ofTransport({ slots, served }, openFilesLimit, pageBytes) {
      const most = clientRings(slots, openFilesLimit);
      const rings = served === null ? most : serverRings(slots, openFilesLimit, served);
      const size = most > 1 ? ringSizes.ofMany : ringSizes.only;
      return { rings, bytes: rings * lockedBytes(size, pageBytes) };
    },
  },
};
