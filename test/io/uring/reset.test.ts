import { describe, expect, it } from "vitest";
import { RecordingEvents } from "../../support/recording-events.ts";
import { flowTo, useHarness } from "./harness.ts";

describe("a reset that a send failed with", () => {
  const { makeIo, until, turns } = useHarness();

  it.each([0, 1, 100_000])(
    "is reported to the reader, after the %d bytes before it",
    async (size) => {
      const server = new RecordingEvents();
      const serving = makeIo().transport({ protocol: "tcp", slots: 1, events: server });
      const { endpoint } = await serving.listen({ address: "127.0.0.1", port: 0 });
      const client = new RecordingEvents();
      const transport = makeIo().transport({ protocol: "tcp", slots: 1, events: client });
      transport.open(0, flowTo(endpoint, 22_100));
      await until(() => client.openedCount === 1 && server.peers.length === 1);
      transport.pause(0);
      await turns(3);
      serving.send(0, Buffer.alloc(size, 7), 0, size);
      await turns(3);
      serving.close(0, "reset");
      // The reset comes with the next turn of the server, and before the client's own.
      transport.resume(0);
      transport.send(0, Buffer.from("x"), 0, 1);
      await until(() => client.closedCount === 1);
      expect(client.log.at(-1)).toBe("closed 0 ECONNRESET");
      expect(client.receivedBytes).toBe(size);
    },
  );
});

describe("a reset that comes before what was sent is read", () => {
  const { makeIo, until, turns } = useHarness();

  it.each([
    [0, "pausing"],
    [1, "pausing"],
    [100_000, "pausing"],
    [0, "reading"],
    [1, "reading"],
    [100_000, "reading"],
    [1_000_000, "reading"],
  ])("%d bytes, while %s: they are read, and the reset is told", async (size, how) => {
    const server = new RecordingEvents();
    const servingIo = makeIo();
    const serving = servingIo.transport({ protocol: "tcp", slots: 1, events: server });
    const { endpoint } = await serving.listen({ address: "127.0.0.1", port: 0 });
    const client = new RecordingEvents();
    const transport = makeIo().transport({ protocol: "tcp", slots: 1, events: client });
    transport.open(0, flowTo(endpoint, 22_101));
    await until(() => client.openedCount === 1 && server.peers.length === 1);
    if (how === "pausing") transport.pause(0);
    await turns(3);
    serving.send(0, Buffer.alloc(size, 7), 0, size);
    await servingIo.turn(0, 0);
    serving.close(0, "reset");
    for (let turn = 0; turn < 3; turn++) await servingIo.turn(0, 0);
    if (how === "pausing") await turns(3);
    transport.resume(0);
    await until(() => client.closedCount === 1);
    expect(client.log.at(-1)).toBe("closed 0 ECONNRESET");
    if (size <= 100_000) expect(client.receivedBytes).toBe(size);
  });
});
