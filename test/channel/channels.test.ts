/** The same contract for each carrier: the other end is a process that sends back what it receives. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Channel } from "../../src/channel/channel.ts";
import { channelToChild } from "../../src/channel/ipc-channel.ts";
import { natsChannel, natsReconnects } from "../../src/channel/nats-channel.ts";
import { freePort } from "../support/ports/free-port.ts";
import { isInstalled } from "../support/programs.ts";

/** Long enough for a busy machine; a process that was killed is found by it all the same. */
const limits = { silenceNs: 3e9, interruptionNs: 60e9 };

interface Pair {
  readonly channel: Channel<unknown, unknown>;
  readonly peer: ChildProcess;
}

function peer(...args: string[]): ChildProcess {
  const child = fork(join(import.meta.dirname, "echo-peer.js"), args, {
    serialization: "advanced",
    execArgv: [],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  return child;
}

async function overIpc(): Promise<Pair> {
  const child = peer("ipc");
  return { channel: channelToChild(child), peer: child };
}

/** A server; it takes packets of up to 1 MB. */
async function broker(port: number): Promise<ChildProcess> {
  const server = spawn("nats-server", ["-a", "127.0.0.1", "-p", `${port}`], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  onTestFinished(() => {
    server.kill("SIGKILL");
  });
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on("data", (text) => {
      if (/Server is ready/.test(String(text))) resolve();
    });
    server.once("exit", () => reject(new Error("nats-server ended")));
  });
  return server;
}

async function overNats(port: number): Promise<Pair> {
  const url = `nats://127.0.0.1:${port}`;
  const connection = await connect({ servers: url, ...natsReconnects });
  onTestFinished(() => connection.close());
  const child = peer("nats", url);
  const channel = natsChannel<unknown, unknown>(
    connection,
    { send: "slash8.test.to", receive: "slash8.test.from" },
    limits,
  );
  return { channel, peer: child };
}

/** Sends messages and returns what came back. */
async function echoed({ channel }: Pair, messages: readonly unknown[]): Promise<unknown[]> {
  const received: unknown[] = [];
  const all = new Promise<void>((resolve) => {
    channel.onMessage((message) => {
      received.push(message);
      if (received.length === messages.length) resolve();
    });
  });
  for (const message of messages) channel.send(message);
  await all;
  return received;
}

const carriers = [
  { name: "IPC", pair: overIpc, isHere: true },
  {
    name: "NATS",
    pair: async () => {
      const port = await freePort();
      await broker(port);
      return await overNats(port);
    },
    isHere: isInstalled("nats-server"),
  },
];

describe.each(carriers)("a channel over $name", { timeout: 120_000 }, ({ pair, isHere }) => {
  it.runIf(isHere)(
    "carries messages in order, small and large, until the other end is killed",
    async () => {
      const both = await pair();
      const messages = [
        ...Array.from({ length: 500 }, (_, n) => ({ n, at: Number.POSITIVE_INFINITY })),
        { counts: new Float64Array(25_000).fill(2.5) },
        { text: "7".repeat(3_000_000) },
        { text: "last" },
      ];
      expect(await echoed(both, messages)).toStrictEqual(messages);
      both.peer.kill("SIGKILL");
      expect(await both.channel.closed).toMatch(
        /its process ended|the other end was silent for 3 s/,
      );
      both.channel.send("nobody receives this");
    },
  );
});

describe.runIf(isInstalled("nats-server"))("a NATS server", { timeout: 120_000 }, () => {
  it("that is killed and started again loses nothing", async () => {
    const port = await freePort();
    const first = await broker(port);
    const both = await overNats(port);
    expect(await echoed(both, ["before"])).toEqual(["before"]);
    first.removeAllListeners("exit");
    first.kill("SIGKILL");
    await once(first, "exit");
    const meanwhile = Array.from({ length: 100 }, (_, n) => `meanwhile ${n}`);
    const back = echoed(both, meanwhile);
    await broker(port);
    expect(await back).toEqual(meanwhile);
  });
});
