import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import type { Endpoint } from "../../../../src/address/flow.ts";
import { monotonicNs } from "../../../../src/base/clock.ts";
import { freePort } from "../../../support/ports/free-port.ts";
import { RecordingEvents } from "../../../support/recording-events.ts";
import { type RunningCli, start } from "../../../support/run-cli.ts";
import { flowTo, useHarness } from "../harness.ts";
import { CheckedClient } from "../model/checked-client.ts";
import { EchoServer } from "../model/echo-server.ts";

const program = fileURLToPath(new URL("./ping-pong.js", import.meta.url));
const sourceAddress = "127.81.7.1";
/** As CheckedClient opens them. */
const firstPort = 20_000;
const slots = 40;

/** One end of echoes, at work, and how it is killed. */
interface Victim {
  readonly port: number;
  kill(): Promise<void>;
}

const left: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(left.splice(0).map((kill) => kill()));
});

type What = { role: "client" | "server"; protocol: "tcp" | "udp"; endpoint: Endpoint };

/** Starts one; `turn` is called until it says that all of its slots are at it. */
async function startVictim(kind: "process" | "thread", what: What, turn: () => Promise<void>) {
  // Several rings, the last of them small.
  const text = JSON.stringify({ ...what, sourceAddress, firstPort, slots, files: 16 });
  let port = -1;
  let failure: unknown = null;
  let kill: () => Promise<void>;
  if (kind === "process") {
    const child: RunningCli = start([program, text]);
    kill = async () => {
      child.kill("SIGKILL");
      expect((await child.finished).signal).toBe("SIGKILL");
    };
    child.printed(/^\{.*\}$/m).then(
      () => {
        port = JSON.parse(child.stdout()).port;
      },
      (error) => {
        failure = error;
      },
    );
  } else {
    const worker = new Worker(program, { workerData: text });
    kill = async () => void (await worker.terminate());
    worker.on("message", (message) => {
      port = message.port;
    });
    worker.on("error", (error) => {
      failure = error;
    });
  }
  let killed: Promise<void> | null = null;
  const victim: Victim = {
    get port() {
      return port;
    },
    kill() {
      killed ??= kill();
      return killed;
    },
  };
  left.push(() => victim.kill());
  const endNs = monotonicNs() + 20e9;
  while (port < 0) {
    if (failure !== null) throw failure;
    if (monotonicNs() > endNs) throw new Error("waited 20 s for the other end in vain");
    await turn();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return victim;
}

/** States of the sockets with a port on either side, without those in TIME-WAIT. */
function socketsOf(protocol: "tcp" | "udp", port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = readFileSync(`/proc/net/${protocol}`, "utf8").trim().split("\n").slice(1);
  return rows.flatMap((row) => {
    const [, local = "", remote = "", state = ""] = row.trim().split(/\s+/);
    const isOurs = local.endsWith(`:${hex}`) || remote.endsWith(`:${hex}`);
    return isOurs && state !== "06" ? [`${local} ${remote} ${state}`] : [];
  });
}

describe.each(["process", "thread"] as const)("a %s killed during the run", (kind) => {
  const { makeIo, until, turns } = useHarness();

  it("TCP client: the server sees each connection end, and the 4-tuples can be used again", async () => {
    const server = new EchoServer();
    server.transport = makeIo().transport({ protocol: "tcp", slots, events: server });
    const listener = await server.transport.listen({ address: "127.0.0.1", port: 0 });
    const { endpoint } = listener;
    const what = { role: "client", protocol: "tcp", endpoint } as const;
    const victim = await startVictim(kind, what, () => turns(1));
    expect(server.live.length).toBe(slots);
    await victim.kill();
    await until(() => server.closedCount === slots);
    expect(server.problems).toEqual([]);
    // The listener, in state 0A, is all that is left.
    await until(() => socketsOf("tcp", endpoint.port).length === 1);

    const events = new RecordingEvents();
    const client = makeIo().transport({ protocol: "tcp", slots, events });
    // Linux keeps a 4-tuple in TIME-WAIT for a second before it may be used again.
    for (const slot of Array(slots).keys()) {
      const open = () => client.open(slot, flowTo(endpoint, firstPort + slot, sourceAddress));
      const opened = events.openedCount;
      open();
      let tries = events.closedCount;
      await until(() => {
        if (events.closedCount > tries) {
          tries = events.closedCount;
          open();
        }
        return events.openedCount > opened;
      });
    }
    expect(server.live.length).toBe(slots);
    expect(events.log.filter((line) => /^closed/.test(line) && !/EADDR/.test(line))).toEqual([]);
  });

  it("TCP server: the client sees each connection end, and the port can be listened on", async () => {
    const endpoint = { address: "127.0.0.1", port: await freePort() };
    const what = { role: "server", protocol: "tcp", endpoint } as const;
    const victim = await startVictim(kind, what, () => turns(1));
    const client = new CheckedClient(slots, endpoint);
    client.transport = makeIo().transport({ protocol: "tcp", slots, events: client });
    for (let slot = 0; slot < slots; slot++) client.open(slot);
    client.react = (event, slot) => {
      if (event === "opened" || event === "received") client.send(slot, 64);
    };
    await until(() => client.echoed.every((bytes) => bytes > 0));
    await victim.kill();
    await until(() => client.closes === slots);
    expect(client.problems).toEqual([]);
    await until(() => socketsOf("tcp", endpoint.port).length === 0);

    const server = new EchoServer();
    server.transport = makeIo().transport({ protocol: "tcp", slots, events: server });
    await server.transport.listen(endpoint);
    client.react = () => {};
    for (let slot = 0; slot < slots; slot++) client.open(slot);
    await until(() => client.openCount === slots);
    for (let slot = 0; slot < slots; slot++) client.send(slot, 64);
    await until(() => client.owing === 0);
    expect(client.problems).toEqual([]);
  });

  it.each(["client", "server"] as const)(
    "UDP %s: its sockets are closed, and can be bound again",
    async (role) => {
      const server = new RecordingEvents();
      const serving = makeIo().transport({ protocol: "udp", slots: 1, events: server });
      server.receivedFrom = (_slot, bytes, start, end, peer) =>
        void serving.sendTo(0, peer, bytes, start, end);
      const bound = await serving.bind(0, { address: "127.0.0.1", port: 0 });
      const own = { address: "127.0.0.1", port: await freePort("udp") };
      const endpoint = role === "client" ? bound : own;
      const victim = await startVictim(kind, { role, protocol: "udp", endpoint }, () => turns(1));
      const expected = role === "client" ? slots + 1 : 1;
      expect(socketsOf("udp", endpoint.port).length).toBe(expected);
      await victim.kill();
      await until(
        () => socketsOf("udp", endpoint.port).length === expected - (role === "client" ? slots : 1),
      );

      if (role === "server") {
        const events = new RecordingEvents();
        const again = makeIo().transport({ protocol: "udp", slots: 1, events });
        expect(await again.bind(0, own)).toEqual(own);
        return;
      }
      const events = new RecordingEvents();
      const client = makeIo().transport({ protocol: "udp", slots, events, connected: true });
      for (let slot = 0; slot < slots; slot++) {
        client.open(slot, flowTo(endpoint, firstPort + slot, sourceAddress));
      }
      await until(() => events.openedCount === slots);
      for (let slot = 0; slot < slots; slot++) client.send(slot, Buffer.from("again"), 0, 5);
      // Answers to what the killed one sent last may come first: the ports are the same.
      const isAnswered = (slot: number) => events.text(slot).endsWith("again");
      await until(() => Array.from({ length: slots }, (_, slot) => slot).every(isAnswered));
      expect(events.log.filter((line) => !line.startsWith("opened"))).toEqual([]);
    },
  );
});
