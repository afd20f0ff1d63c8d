/** The built-in servers over real sockets, in this process. */

import { afterEach, describe, expect, test } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import { monotonicNs } from "../../../src/base/clock.ts";
import { ioKinds } from "../../../src/base/io-kind.ts";
import { backends } from "../../../src/io/backends.ts";
import { writeStamp } from "../../../src/messages/stamp.ts";
import type { BuiltinName, BuiltinOptions } from "../../../src/scenario/scenario.ts";
import { openFilesVariable, startLocalServer } from "../../../src/servers/process/local-server.ts";
import { openFilesUsed } from "../../../src/servers/process/open-files.ts";
import type { RunningServer } from "../../../src/servers/process/running-server.ts";
import { Client, durationNs, request, udpClient, until } from "../clients.ts";

const running: RunningServer[] = [];

afterEach(async () => {
  delete process.env[openFilesVariable];
  for (const server of running.splice(0)) await server.stop();
});

const obstacles = await Promise.all(ioKinds.map((kind) => backends[kind].obstacle()));
const kinds = ioKinds.filter((_, index) => obstacles[index] === null);

describe.each(kinds)("over io %s", (io) => {
  async function start(builtin: BuiltinName, faults: Partial<BuiltinOptions> = {}) {
    const startNs = monotonicNs();
    const server = await startLocalServer(request(builtin, faults, 1, io), startNs);
    running.push(server);
    return { server, startNs, endpoint: server.endpoints[0] as Endpoint };
  }

  describe("tcp-echo", () => {
    test("echoes on every endpoint and counts", async () => {
      const { server } = await start("tcp-echo");
      expect(server.pids).toEqual([process.pid]);
      for (const endpoint of server.endpoints) {
        expect(endpoint.port).toBeGreaterThan(0);
        const client = await Client.connect(endpoint);
        client.socket.write("hello");
        expect(String(await client.read(5))).toBe("hello");
        client.socket.destroy();
      }
      await until(async () => (await server.stats()).open === 0);
      expect(await server.stats()).toMatchObject({
        accepted: 2,
        received: 2,
        replied: 2,
        bytesReceived: 10,
        bytesSent: 10,
      });
    });

    test("a client that ends its side first gets the whole echo, however slowly it reads", async () => {
      const { endpoint } = await start("tcp-echo");
      const client = await Client.connect(endpoint);
      const sent = Buffer.alloc(8 * 1024 * 1024, "0123456789");
      client.socket.pause();
      client.socket.end(sent);
      await new Promise((resolve) => setTimeout(resolve, 50));
      client.socket.resume();
      expect((await client.readToEnd()).equals(sent)).toBe(true);
    });

    test("a reset ends only that connection", async () => {
      const { server, endpoint } = await start("tcp-echo", { delayNs: 300e6 });
      const [lost, kept] = [await Client.connect(endpoint), await Client.connect(endpoint)];
      lost.socket.write("x");
      kept.socket.write("y");
      await until(async () => (await server.stats()).received === 2);
      lost.socket.resetAndDestroy();
      expect(String(await kept.read(1))).toBe("y");
      expect(await server.stats()).toMatchObject({ open: 1, replied: 1 });
      kept.socket.destroy();
    });

    test("delay: no reply leaves early, and all keep their order", async () => {
      const delayNs = 15e6;
      const { endpoint } = await start("tcp-echo", { delayNs });
      const client = await Client.connect(endpoint);
      for (let message = 0; message < 5; message++) {
        const tookNs = await durationNs(async () => {
          client.socket.write(`${message}`);
          await client.read(message + 1);
        });
        expect(tookNs).toBeGreaterThanOrEqual(delayNs);
      }
      expect(String(client.bytes)).toBe("01234");
      client.socket.destroy();
    });

    test("pause: what arrives during it is answered after it, in order", async () => {
      const { startNs, endpoint } = await start("tcp-echo", {
        pause: { everyNs: 300e6, forNs: 200e6 },
      });
      const client = await Client.connect(endpoint);
      const untilNs = async (timeNs: number) => {
        await until(() => monotonicNs() >= timeNs);
        return monotonicNs();
      };
      // Into the next pause that has not started yet, whenever that is.
      const k = Math.ceil((monotonicNs() - startNs) / 300e6);
      await untilNs(startNs + k * 300e6 + 110e6);
      const endNs = startNs + (k + 1) * 300e6;
      for (const text of ["a", "b", "c"]) {
        client.socket.write(text);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const sentInTime = monotonicNs() < endNs;
      expect(String(await client.read(3))).toBe("abc");
      if (sentInTime) expect(monotonicNs()).toBeGreaterThanOrEqual(endNs);
      client.socket.destroy();
    });

    test("loss: every request is counted, and the lost ones get no reply", async () => {
      const { server, endpoint } = await start("tcp-echo", { loss: 0.3 });
      const client = await Client.connect(endpoint);
      for (let message = 1; message <= 60; message++) {
        client.socket.write("x");
        await until(async () => (await server.stats()).bytesReceived === message);
      }
      const { received, replied } = await server.stats();
      expect(received).toBe(60);
      expect(replied).toBeGreaterThan(20);
      expect(replied).toBeLessThan(60);
      client.socket.end();
      expect((await client.readToEnd()).length).toBe(replied);
    });

    test("closeAfter: that many replies, then the connection is closed", async () => {
      const { server, endpoint } = await start("tcp-echo", { closeAfter: 2 });
      const client = await Client.connect(endpoint);
      client.socket.write("a");
      await client.read(1);
      client.socket.write("b");
      expect(String(await client.readToEnd())).toBe("ab");
      await until(async () => (await server.stats()).open === 0);
    });

    test.skipIf(io === "uring")(
      "with its open files used up it refuses connections, and serves again when there is room",
      async () => {
        process.env[openFilesVariable] = String(openFilesUsed() + 128 + 3);
        const { server, endpoint } = await start("tcp-echo");
        const clients = [];
        for (let index = 0; index < 3; index++) clients.push(await Client.connect(endpoint));
        await until(async () => (await server.stats()).open === 3);
        await expect(Client.connect(endpoint)).rejects.toMatchObject({ code: "ECONNREFUSED" });
        for (const client of clients) {
          client.socket.write("still served");
          await client.read(12);
        }
        clients[0]?.socket.destroy();
        let again: Client | null = null;
        await until(async () => {
          again = await Client.connect(endpoint).catch(() => null);
          return again !== null;
        });
        (again as Client | null)?.socket.destroy();
        for (const client of clients) client.socket.destroy();
      },
    );

    test("reports which port is taken", async () => {
      const { endpoint } = await start("tcp-echo");
      const failure = startLocalServer(
        { ...request("tcp-echo", {}, 1, io), listen: [endpoint] },
        0,
      );
      await expect(failure).rejects.toMatchObject({
        code: "EADDRINUSE",
        message: expect.stringContaining(`${endpoint.address}:${endpoint.port}`),
      });
    });
  });

  describe("tcp-sink", () => {
    test("reads everything and sends nothing", async () => {
      const { server, endpoint } = await start("tcp-sink");
      const client = await Client.connect(endpoint);
      const bytes = Buffer.alloc(3_000_000);
      writeStamp(bytes, 0, 4, 0, 0, 0);
      client.socket.end(bytes);
      expect((await client.readToEnd()).length).toBe(0);
      expect(await server.stats()).toMatchObject({
        bytesReceived: 3_000_000,
        replied: 0,
        byWorkload: [{ workload: 4, bytesReceived: 3_000_000 }],
      });
    });
  });

  describe("UDP", () => {
    test("udp-echo answers datagrams of every size, from the address that the client sent to", async () => {
      const { server } = await start("udp-echo");
      for (const endpoint of server.endpoints) {
        // A connected socket: a reply from another address would not reach it.
        const { socket, datagrams } = await udpClient(endpoint);
        for (const size of [0, 1, 65_507]) {
          const before = datagrams.length;
          socket.send(Buffer.alloc(size, 7));
          await until(() => datagrams.length > before);
          expect(datagrams.at(-1)?.equals(Buffer.alloc(size, 7))).toBe(true);
        }
        socket.close();
      }
      expect((await server.stats()).replied).toBe(6);
    });

    test("udp-echo with a delay answers each client, not early", async () => {
      const { endpoint } = await start("udp-echo", { delayNs: 15e6 });
      const clients = [await udpClient(endpoint), await udpClient(endpoint)];
      const tookNs = await durationNs(async () => {
        for (const [index, { socket }] of clients.entries()) socket.send(`${index}`);
        await until(() => clients.every(({ datagrams }) => datagrams.length === 1));
      });
      expect(tookNs).toBeGreaterThanOrEqual(15e6);
      expect(clients.map(({ datagrams }) => String(datagrams[0]))).toEqual(["0", "1"]);
      for (const { socket } of clients) socket.close();
    });

    test("udp-sink has counted at `stats` what was sent before it", async () => {
      const { server, endpoint } = await start("udp-sink");
      const { socket, datagrams } = await udpClient(endpoint);
      const bytes = Buffer.alloc(32);
      for (const sequence of [0, 1, 1, 3, 2]) {
        writeStamp(bytes, 0, 1, 0, sequence, 0);
        await new Promise((resolve) => socket.send(bytes, resolve));
      }
      expect(await server.stats()).toMatchObject({
        received: 5,
        byWorkload: [
          { workload: 1, received: 4, duplicated: 1, reordered: 1, bytesReceived: 5 * 32 },
        ],
      });
      expect(datagrams).toEqual([]);
      socket.close();
    });
  });
});
