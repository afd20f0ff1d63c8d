import { readFileSync } from "node:fs";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { ownPort } from "../../support/ports/own-ports.ts";
import { RecordingEvents } from "../../support/recording-events.ts";
import { flowTo, useHarness } from "./harness.ts";

const source = "127.67.0.9";
/** As the kernel writes it: the bytes of the address in the order of a little-endian machine, and the port. */
const sourceHex = "0900437F";
const established = "01";

/** Bytes that a TCP connection from the source has received and nobody has read. */
function unreadBytes(port: number): number {
  const name = `${sourceHex}:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const queues = rows.flatMap((line) => {
    const [, own, , state, unread = ""] = line.trim().split(/\s+/);
    return own === name && state === established ? [unread.split(":")[1] ?? ""] : [];
  });
  return Number.parseInt(queues[0] ?? "0", 16);
}

describe("the receive buffer of a TCP client", () => {
  const { makeIo, until } = useHarness();

  it("is as small as it was asked for: what is not read stays with the server", async () => {
    const server = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.write(Buffer.alloc(4e6));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { address, port } = server.address() as net.AddressInfo;
    const [small, large] = [ownPort(1), ownPort(2)];
    const io = makeIo();
    const opened = (sourcePort: number, receiveBufferBytes?: number) => {
      const events = new (class extends RecordingEvents {
        override opened(slot: number): void {
          super.opened(slot);
          transport.pause(slot);
        }
      })();
      const transport = io.transport({
        protocol: "tcp",
        slots: 1,
        events,
        mostReadBytes: 1,
        ...(receiveBufferBytes === undefined ? {} : { receiveBufferBytes }),
      });
      transport.open(0, flowTo({ address, port }, sourcePort, source));
      return events;
    };
    const all = [opened(small, 4096), opened(large)];
    await until(() => all.every(({ openedCount }) => openedCount === 1));
    await until(() => unreadBytes(large) >= 32_768 && unreadBytes(small) > 0);
    expect(unreadBytes(small)).toBeLessThan(16_384);
    server.close();
  });
});
