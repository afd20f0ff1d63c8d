import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FlowSpaceSpec } from "../../src/address/flow-space.ts";
import { TupleIds } from "../../src/address/tuple-ids.ts";
import { tcpField, tcpFields } from "../../src/metrics/tcp/fields.ts";
import { ConnectionTable } from "../../src/telemetry/connection-table.ts";
import { telemetryObstacle } from "../../src/telemetry/obstacle.ts";

const obstacle = await telemetryObstacle();
if (obstacle !== null) console.warn(`no looks at the kernel's connections: ${obstacle}`);

const server = "127.32.250.1";
const clients = 300;
const spec = (port: number): FlowSpaceSpec => ({
  sources: [["127.32.251.0", "127.32.251.255"]],
  ports: [[32_100, 32_110]],
  destinations: [{ address: server, port }],
  connectionsPerSource: null,
});

describe.skipIf(obstacle !== null)("the connections of this process", () => {
  const open: Socket[] = [];
  const accepted: Socket[] = [];
  const listener = createServer((socket) => {
    accepted.push(socket);
    socket.on("error", () => {}).on("data", (bytes) => socket.write(bytes));
  });
  let ids: TupleIds;

  beforeAll(async () => {
    listener.listen({ host: server, port: 0, backlog: 511 });
    await once(listener, "listening");
    const { port } = listener.address() as { port: number };
    ids = new TupleIds(spec(port));
    for (let n = 0; n < clients; n++) {
      const socket = connect({
        host: server,
        port,
        localAddress: `127.32.251.${n % 256}`,
        localPort: 32_100 + Math.floor(n / 256),
      });
      open.push(socket);
      await once(socket, "connect");
    }
    await Promise.all(
      open.map(async (socket) => {
        socket.write("x".repeat(100));
        await once(socket, "data");
      }),
    );
  });

  afterAll(() => {
    for (const socket of [...open, ...accepted]) socket.destroy();
    listener.close();
  });

  async function looked(most: number, stop = () => false) {
    const { DiagSocket } = await import("../../src/telemetry/diag-socket.ts");
    const { look } = await import("../../src/telemetry/look.ts");
    const diag = new DiagSocket();
    const table = new ConnectionTable(most);
    const { complete, costNs } = await look(diag, ids, table, most, stop);
    const again = async () => look(diag, ids, table, most, stop);
    return { diag, complete, costNs, table, again };
  }

  test("are all found, and no end of the server's is", async () => {
    const { diag, complete, costNs, table, again } = await looked(20_000);
    const seen = table.take();
    expect(complete).toBe(true);
    expect(costNs).toBeGreaterThanOrEqual(0);
    expect(seen.connections).toBe(clients);
    expect(seen.rtt.count).toBe(clients);
    expect(seen.rtt.min).toBeGreaterThan(0);
    // SYN, ACK and one message at least.
    expect(seen.added.segmentsSent).toBeGreaterThanOrEqual(2 * clients);
    const { figures } = table.last();
    const windows = Array.from(
      { length: clients },
      (_, row) => figures[row * tcpFields.length + tcpField.congestionWindow] as number,
    );
    expect(Math.min(...windows)).toBeGreaterThanOrEqual(1);
    await again();
    expect(table.take().connections).toBe(clients);
    diag.release();
  });

  test("are a sample where there are more than may be looked at, and nearly the same one again", async () => {
    const { diag, complete, table, again } = await looked(100);
    expect(complete).toBe(false);
    expect(table.take().connections).toBe(100);
    const first = [...table.last().ids].sort();
    expect((await again()).complete).toBe(false);
    expect(table.take().connections).toBe(100);
    expect([...table.last().ids].sort()).toEqual(first);
    diag.release();
  });

  test("are not looked at any further when it is to stop", async () => {
    const { diag, complete, table } = await looked(20_000, () => true);
    expect(complete).toBe(false);
    expect(table.take().connections).toBe(0);
    diag.release();
  });
});
