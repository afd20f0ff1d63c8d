import type { Backend } from "../backend.ts";
import { tlsUserBytes } from "../tls/user-bytes.ts";
import { nodeCapabilities } from "./capabilities.ts";

/** The portable path: Node's own `net` and `dgram`. */
export const nodeBackend: Backend = {
  kind: "node",
  name: "Node's sockets",
  platforms: null,
  obstacle: async () => null,
  async create() {
    const { createNodeIo } = await import("./io.ts");
    return createNodeIo();
  },
  capabilities: nodeCapabilities,
  mostSlots: Number.POSITIVE_INFINITY,
  takesFilePerConnection: true,
  connectionFiles: (connections) => connections,
  connectionsPerProcess: (files) => files,
  // A net.Socket takes 3.4 to 4.4 KB (Linux 6.18, Node 20).
  userBytes: { tcpClient: 4_400, tcpServer: 4_400, udpClient: 4_000, ...tlsUserBytes },
  lockedMemory: null,
};
