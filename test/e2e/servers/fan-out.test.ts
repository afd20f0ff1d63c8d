/** What one workload publishes through a real broker arrives at every subscriber: the broker's own counts are ours. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { RunResult, WorkloadResult } from "../../../src/results/result.ts";
import { freePort } from "../../support/ports/free-port.ts";
import { isInstalled } from "../../support/programs.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";

const subscribers = 200;
const [redisServer, natsServer] = ["redis-server", "nats-server"];

/** Runs a shipped scenario for a second against a server that lives on. */
async function runShipped(name: string, shippedPort: string, port: number): Promise<RunResult> {
  const shipped = join(import.meta.dirname, `../../../scenarios/${name}.yaml`);
  const folder = makeTempDir();
  const file = join(folder, `${name}.yaml`);
  const text = readFileSync(shipped, "utf8")
    .replace(/ {4}command: .*\n/, "")
    .replace(/ {4}missing: skip\n/, "")
    .replaceAll(shippedPort, `${port}`)
    .replaceAll("duration: 5s", "duration: 1s")
    .replaceAll("warmUp: 1s", "warmUp: 500ms")
    .replaceAll("100ms", "10s");
  writeFileSync(file, text);
  const answer = await runCli(
    ["load", file, "--json", "--quiet", "--io", testIo, "--workers", "2", "--out", folder],
    { timeoutMs: 90_000 },
  );
  // A machine that is busy with other things makes a run invalid, but no count wrong.
  expect([0, 4], answer.stderr).toContain(answer.status);
  return JSON.parse(answer.stdout) as RunResult;
}

/** @returns what was published, over all phases */
function expectEveryDelivery({ run, workloads }: RunResult): number {
  expect(run.outcome).not.toBe("fail");
  const { readers, writer } = workloads as Record<"readers" | "writer", WorkloadResult>;
  const published = Object.values(writer.phases).reduce((sum, { sent = 0 }) => sum + sent, 0);
  expect(readers.connections).toMatchObject({ opened: subscribers, openAtEnd: subscribers });
  expect(readers.subscription).toEqual({
    publishers: ["writer"],
    published,
    due: published * subscribers,
    received: published * subscribers,
    subscribers,
    throughout: subscribers,
    complete: subscribers,
    foreign: 0,
    incomplete: [],
  });
  const { sent } = writer.exchanges;
  expect(readers.exchanges).toMatchObject({
    received: sent * subscribers,
    lost: 0,
    duplicated: 0,
    reordered: 0,
  });
  expect(readers.deliveryLatency?.count).toBe(sent * subscribers);
  expect(readers.transitTime?.count).toBe(sent * subscribers);
  expect(readers.transitTime?.mean).toBeLessThanOrEqual(readers.deliveryLatency?.mean ?? 0);
  expect(readers.responseTime.count).toBe(0);
  return published;
}

async function stop(server: ChildProcess): Promise<void> {
  server.kill();
  await once(server, "exit");
}

it.skipIf(!isInstalled(redisServer))("Redis: PUBLISH to 200 subscribers", async () => {
  const port = await freePort();
  const options = ["--bind", "127.0.0.1", "--protected-mode", "no", "--appendonly", "no"];
  const redis = spawn(redisServer, ["--port", `${port}`, ...options, "--save", ""], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    for await (const chunk of redis.stdout) if (`${chunk}`.includes("Ready to accept")) break;
    const result = await runShipped("real-redis-fanout", "17381", port);
    const published = expectEveryDelivery(result);
    // Redis answers with how many it has passed a message on to, which the scenario expects to be 200.
    expect(result.workloads.writer?.exchanges.corrupted).toBe(0);
    const asking = net.connect(port, "127.0.0.1");
    asking.setEncoding("latin1");
    asking.write("INFO commandstats\r\nECHO END\r\n");
    let stats = "";
    for await (const chunk of asking) {
      stats += chunk;
      if (stats.includes("END")) break;
    }
    expect(Number(/cmdstat_publish:calls=(\d+)/.exec(stats)?.[1])).toBe(published);
    expect(Number(/cmdstat_subscribe:calls=(\d+)/.exec(stats)?.[1])).toBe(subscribers);
  } finally {
    await stop(redis);
  }
});

it.skipIf(!isInstalled(natsServer))(
  "NATS: PUB to 200 subscribers, which answer its pings",
  async () => {
    const [port, httpPort] = [await freePort(), await freePort()];
    const ports = ["--addr", "127.0.0.1", "--port", `${port}`, "--http_port", `${httpPort}`];
    const nats = spawn(natsServer, ports, { stdio: ["ignore", "inherit", "pipe"] });
    try {
      let said = "";
      for await (const chunk of nats.stderr) {
        said += chunk;
        if (said.includes("Server is ready")) break;
      }
      nats.stderr.resume();
      const result = await runShipped("real-nats-fanout", "17422", port);
      const published = expectEveryDelivery(result);
      const answer = await fetch(`http://127.0.0.1:${httpPort}/varz`);
      const counts = (await answer.json()) as Record<string, number>;
      expect(counts.in_msgs).toBe(published);
      expect(counts.out_msgs).toBe(published * subscribers);
      expect(counts.slow_consumers).toBe(0);
    } finally {
      await stop(nats);
    }
  },
);
