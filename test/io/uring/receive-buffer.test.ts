import { readFileSync } from "node:fs";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { RecordingEvents } from "../../support/recording-events.ts";
import { flowTo, useHarness } from "./harness.ts";

/** Bytes that a TCP connection has received and nobody has read, by its own port. */
function unreadBytes(port: number): number {
  const name = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const row = rows.map((line) => line.trim().split(/\s+/)).find(([, own]) => own?.endsWith(name));
  return Number.parseInt(row?.[4]?.split(":")[1] ?? "0", 16);
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
      transport.open(0, flowTo({ address, port }, sourcePort, "127.67.0.9"));
      return events;
    };
    const all = [opened(24_001, 4096), opened(24_002)];
    await until(() => all.every(({ openedCount }) => openedCount === 1));
    await until(() => unreadBytes(24_002) >= 32_768 && unreadBytes(24_001) > 0);
    expect(unreadBytes(24_001)).toBeLessThan(16_384);
    server.close();
  });
});
