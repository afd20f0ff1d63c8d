import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isInstalled } from "../../support/programs.ts";
import type { RunningCli } from "../../support/run-cli.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { testIo } from "../../support/test-io.ts";
import { resultOf } from "../runs.ts";
import { clocksAhead, HostNetwork, hostNames, hub, natsUrl, obstacle } from "./host-network.ts";

const without = isInstalled("nats-server") ? obstacle() : "nats-server is not installed";
if (without !== null) console.warn(`no runs over several hosts: ${without}`);

function scenario(seconds: number): string {
  return `version: 1
name: hosts
servers:
  echo: { builtin: tcp-echo, listen: "${hub}:7000" }
  datagrams: { builtin: udp-echo, listen: "${hub}:7001" }
workloads:
  chat:
    target: echo
    pattern: request
    connections: 30
    rate: 300/s
    message: { size: 64 }
    framing: echo
    expect: echo
    timeout: 30s
    duration: ${seconds}s
  asks:
    target: datagrams
    pattern: request
    connections: 15
    rate: 150/s
    message: { size: 64 }
    expect: echo
    timeout: 30s
    duration: ${seconds}s
  comes:
    target: echo
    pattern: churn
    hosts: [b, c]
    connections: 8
    totalConnections: 100
    message: { size: 64 }
    framing: echo
    timeout: 30s
hosts: { a: {}, b: {}, c: {} }
gates: [total.errors == 0]
`;
}

describe.skipIf(without !== null)("a run over three hosts", { timeout: 180_000 }, () => {
  let network: HostNetwork;
  let broker: RunningCli;
  const hosts = new Map<string, RunningCli>();

  beforeAll(async () => {
    network = new HostNetwork();
    broker = await network.startBroker();
    await Promise.all(
      hostNames.map(async (name) => hosts.set(name, await network.startHost(name))),
    );
  }, 180_000);
  afterAll(() => network?.remove());

  function startLoad(seconds: number) {
    const cwd = makeTempDir();
    writeFileSync(join(cwd, "run.yaml"), scenario(seconds));
    const args = ["--nats", natsUrl, "--allow-remote", "--workers", "1", "--io", testIo];
    return { cwd, cli: network.startCli(["load", "run.yaml", ...args], cwd) };
  }

  async function load(seconds: number) {
    const { cwd, cli } = startLoad(seconds);
    const answer = await cli.finished;
    return { answer, result: resultOf(cwd, answer) };
  }

  /** Names of the hosts that are there, each with what it does. */
  async function there(): Promise<string[]> {
    const { stdout } = await network.startCli(["hosts", "--nats", natsUrl, "--json"], "/").finished;
    const found = JSON.parse(stdout) as { name: string; busyWith: string | null }[];
    return found.map(({ name, busyWith }) => `${name}: ${busyWith ?? "idle"}`);
  }

  test("counts what the servers count, on clocks that have nothing in common", async () => {
    const { answer, result } = await load(2);
    expect(answer.status, answer.stderr).toBe(0);
    const { chat, asks, comes } = result.workloads;
    expect(chat?.exchanges).toMatchObject({ sent: 600, received: 600 });
    expect(asks?.exchanges).toMatchObject({ sent: 300, received: 300 });
    expect(comes?.exchanges).toMatchObject({ sent: 100, received: 100 });
    expect(result.servers.echo?.counts).toMatchObject({ received: 700, accepted: 130 });
    expect(result.servers.datagrams?.counts).toMatchObject({ received: 300 });
    expect(result.run).toMatchObject({ workers: 3, agents: 3 });
    expect(chat?.sources.addressesUsed).toBe(3);
    expect(await there()).toEqual(["a: idle", "b: idle", "c: idle"]);
  });

  test("is invalid, by name, when an agent is killed", async () => {
    const { cwd, cli } = startLoad(3);
    const [pid] = await network.agentsOf("b", 1);
    process.kill(pid as number, "SIGKILL");
    const answer = await cli.finished;
    expect(answer.status, answer.stderr).toBe(4);
    const { run } = resultOf(cwd, answer);
    expect(run.outcome).toBe("invalid");
    expect(run.reasons.join("\n")).toMatch(/agent 1 exited: signal SIGKILL \(on host b\)/);
    expect(await there()).toEqual(["a: idle", "b: idle", "c: idle"]);
  });

  test("ends everywhere when its coordinator is killed, and the hosts can be used again while the NATS server starts anew", async () => {
    const { cli } = startLoad(60);
    await Promise.all(hostNames.map((name) => network.agentsOf(name, 1)));
    cli.kill("SIGKILL");
    await Promise.all(hostNames.map((name) => network.agentsOf(name, 0)));
    expect(await there()).toEqual(["a: idle", "b: idle", "c: idle"]);

    const next = load(4);
    await Promise.all(hostNames.map((name) => network.agentsOf(name, 1)));
    // The agents' threads start, connections open, load begins: it may happen in any of these.
    await sleep(500);
    broker.kill("SIGKILL");
    await broker.finished;
    broker = await network.startBroker();
    const { answer, result } = await next;
    expect(answer.status, answer.stderr).toBe(0);
    expect(result.workloads.chat?.exchanges).toMatchObject({ sent: 1200, received: 1200 });
    expect(result.servers.echo?.counts?.received).toBe(1300);
  });

  test("is invalid, by name, when a host is gone, and refused when it is not there", async () => {
    const { cwd, cli } = startLoad(3);
    await network.agentsOf("c", 1);
    for (const pid of network.pidsOf("c", / agent --nats/)) process.kill(pid, "SIGKILL");
    const answer = await cli.finished;
    expect(answer.status, answer.stderr).toBe(4);
    expect(resultOf(cwd, answer).run.reasons.join("\n")).toContain("host c is gone");
    expect(await there()).toEqual(["a: idle", "b: idle"]);
    const refused = await startLoad(1).cli.finished;
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain(
      "host c is not there (there: a, b); start slash8 agent --name c on it",
    );
    expect(clocksAhead.c).toBe(5_000);
  });
});
