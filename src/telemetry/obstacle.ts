import type { FlowSpaceSpec } from "../address/flow-space.ts";
import { TupleIds } from "../address/tuple-ids.ts";

/** The kernel answers, whether or not there is such a connection. */
const anyConnection: FlowSpaceSpec = {
  sources: [["127.0.0.1", "127.0.0.1"]],
  ports: [[1, 1]],
  destinations: [{ address: "127.0.0.1", port: 1 }],
  connectionsPerSource: null,
};

/**
 * Why the kernel's TCP_INFO of connections cannot be read here, for people; null: it can.
 *
 * @throws never
 * @cost   a walk over the kernel's table of connections: 1 to 2 ms on most machines
 */
export async function telemetryObstacle(): Promise<string | null> {
  if (process.platform !== "linux") return "only Linux has sock_diag";
  try {
    const [{ DiagSocket }, { look }, { ConnectionTable }] = await Promise.all([
      import("./diag-socket.ts"),
      import("./look.ts"),
      import("./connection-table.ts"),
    ]);
    const diag = new DiagSocket();
    try {
      await look(diag, new TupleIds(anyConnection), new ConnectionTable(1), 1, () => false);
    } finally {
      diag.release();
    }
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
