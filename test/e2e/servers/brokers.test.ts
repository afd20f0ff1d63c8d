/** Shipped protocols against the servers that speak them: what they have counted is what is counted here. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RunResult } from "../../../src/results/result.ts";
import { freePort } from "../../support/ports/free-port.ts";
import { isInstalled } from "../../support/programs.ts";
import { runCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";

const root = join(import.meta.dirname, "../../..");
const scenarios = join(root, "scenarios");

type Workloads = RunResult["workloads"];

/** A server that lives on after the run, so that it can be asked what it has counted. */
interface Server {
  readonly process: ChildProcess;
  /** All that it has printed. */
  readonly printed: () => string;
}

async function started(command: string, args: readonly string[], ready: RegExp): Promise<Server> {
  const process = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: unknown) => {
      text += chunk;
      if (ready.test(text)) resolve();
    };
    process.stdout.on("data", take);
    process.stderr.on("data", take);
    process.once("exit", () => reject(new Error(`${command} ended: ${text}`)));
  });
  return { process, printed: () => text };
}

async function ended({ process }: Server): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  process.kill();
  await once(process, "exit");
}

/** A shipped scenario, shortened, against a server that runs already at another port. */
async function runShipped(name: string, shippedPort: number, port: number): Promise<Workloads> {
  const folder = makeTempDir();
  const file = join(folder, `${name}.yaml`);
  const shipped = readFileSync(join(scenarios, `${name}.yaml`), "utf8");
  const patience = `timeout: 60s${shipped.includes("udp") ? "" : "\n    connectTimeout: 60s"}`;
  const text = shipped
    .replace(/ {4}command: .*\n/, "")
    .replace(/ {4}missing: skip\n/, "")
    .replaceAll(`${shippedPort}`, `${port}`)
    .replaceAll("duration: 5s", `duration: 1s\n    ${patience}`)
    .replaceAll(/ {4}warmUp: 1s\n/g, "")
    .replaceAll(/(?<limit>\d)00ms/g, "$<limit>00s");
  writeFileSync(file, text);
  const answer = await runCli(
    ["load", file, "--json", "--quiet", "--io", testIo, "--out", folder],
    { timeoutMs: 120_000 },
  );
  // A machine that is busy with other things makes a run invalid, but no count wrong.
  expect([0, 4], answer.stderr).toContain(answer.status);
  const { run, workloads } = JSON.parse(answer.stdout) as RunResult;
  expect(run.outcome).not.toBe("fail");
  for (const { connections, errors } of Object.values(workloads)) {
    expect(errors).toEqual([]);
    expect(connections).toMatchObject({ failed: 0, openFailed: 0 });
  }
  return workloads;
}

/** Requests of a workload in all phases. */
function sentBy(workloads: Workloads, name: string): number {
  const phases = Object.values(workloads[name]?.phases ?? {});
  const sent = phases.reduce((sum, phase) => sum + (phase?.sent ?? 0), 0);
  expect(sent).toBeGreaterThan(0);
  return sent;
}

/** A count reaches what was sent, and does not pass it; the last of it may still be on its way. */
async function reaches(sent: number, count: () => Promise<number | undefined>): Promise<void> {
  for (let tries = 0; tries < 200 && ((await count()) ?? 0) < sent; tries++) await setTimeout(50);
  expect(await count()).toBe(sent);
}

describe.concurrent("protocols", () => {
  it.skipIf(!isInstalled("mosquitto"))("mqtt, as mosquitto counts", async () => {
    const port = await freePort();
    const config = join(makeTempDir(), "mosquitto.conf");
    const shipped = readFileSync(join(scenarios, "real-mosquitto.conf"), "utf8");
    writeFileSync(config, shipped.replace("17883", `${port}`));
    const server = await started("mosquitto", ["-v", "-c", config], / running\n/);
    try {
      const workloads = await runShipped("real-mosquitto", 17883, port);
      const sent = sentBy(workloads, "sensors");
      const said = (what: string) => server.printed().split(what).length - 1;
      await reaches(sent, async () => said("Sending PUBACK"));
      const published = sentBy(workloads, "writer");
      expect(said("Received PUBLISH")).toBe(sent + published);
      expect(said("New client connected")).toBe(200 + 200 + 1);
      expect(workloads.sensors?.openTime.count).toBe(200);
      expect(said("Sending PUBLISH")).toBe(200 * published);
      expect(workloads.readers?.exchanges).toMatchObject({ lost: 0, duplicated: 0 });
      expect(workloads.readers?.subscription).toMatchObject({
        received: 200 * published,
        complete: 200,
      });
    } finally {
      await ended(server);
    }
  });

  it.skipIf(!isInstalled("nats-server"))("nats, as nats-server counts", async () => {
    const port = await freePort();
    const monitor = await freePort();
    const args = ["-a", "127.0.0.1", "-p", `${port}`, "-m", `${monitor}`];
    const user = ["--user", "slash8", "--pass", "secret"];
    const server = await started("nats-server", [...args, ...user], /Server is ready/);
    try {
      const workloads = await runShipped("real-nats", 17422, port);
      const sent = sentBy(workloads, "orders") + sentBy(workloads, "events");
      const counts = async () => {
        const answer = await fetch(`http://127.0.0.1:${monitor}/varz`);
        return (await answer.json()) as Record<string, number>;
      };
      await reaches(sent, async () => (await counts()).in_msgs);
      // One looked whether the server is there, before the run.
      expect((await counts()).total_connections).toBe(1 + 60);
    } finally {
      await ended(server);
    }
  });

  it.skipIf(!isInstalled("unbound"))("dns, as unbound counts", async () => {
    const port = await freePort("udp");
    const config = join(makeTempDir(), "unbound.conf");
    const shipped = readFileSync(join(scenarios, "real-dns.conf"), "utf8");
    const logging = shipped
      .replace("17353", `${port}`)
      .replace(/^server:$/m, "$&\n  log-queries: yes");
    writeFileSync(config, logging);
    const server = await started("unbound", ["-d", "-c", config], /start of service/);
    try {
      const workloads = await runShipped("real-dns", 17353, port);
      const said = (what: string) => server.printed().split(what).length - 1;
      await reaches(sentBy(workloads, "resolvers"), async () => said(" localhost. A IN"));
      await reaches(sentBy(workloads, "browsers"), async () => said(".localhost. A IN"));
      for (const { exchanges } of Object.values(workloads)) {
        expect(exchanges).toMatchObject({
          received: exchanges.sent,
          duplicated: 0,
          unsolicited: 0,
        });
      }
      const { status, received } = workloads.browsers?.exchanges ?? {};
      expect(Object.keys(status ?? {})).toEqual(["NXDOMAIN"]);
      expect(status?.NXDOMAIN).toBeLessThanOrEqual(received ?? 0);
    } finally {
      await ended(server);
    }
  });

  it.skipIf(!existsSync(join(root, "node_modules/ws")))("websocket, as ws counts", async () => {
    const port = await freePort();
    const script = join(scenarios, "real-websocket.js");
    const server = await started(process.execPath, [script, `${port}`], /listening/);
    try {
      const workloads = await runShipped("real-websocket", 17808, port);
      const sent = sentBy(workloads, "talkers");
      expect(workloads.talkers?.exchanges.corrupted).toBe(0);
      const counts = async () => (await fetch(`http://127.0.0.1:${port}/counts`)).json();
      expect(await counts()).toMatchObject({ upgrades: 550, messages: sent });
    } finally {
      await ended(server);
    }
  });
});
