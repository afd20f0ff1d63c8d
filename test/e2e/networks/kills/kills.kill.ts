/**
 * `npm run test:kills`: runs over three hosts, in each of which an agent, a host, the coordinator or the NATS server is
 * killed or stopped at a random moment. Every one has to end with a right verdict, with nothing left behind, and with hosts
 * that can be used again.
 *
 * SLASH8_KILLS: how many (default 60); SLASH8_KILLS_SEED: which (default 1); SLASH8_KILLS_FROM: the first one of
 * them, from 0; SLASH8_KILLS_LOG: a file that gets a line for each.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { monotonicNs } from "../../../../src/base/clock.ts";
import type { RunResult } from "../../../../src/results/result.ts";
import { isInstalled } from "../../../support/programs.ts";
import type { CliAnswer, RunningCli } from "../../../support/run-cli.ts";
import { makeTempDir } from "../../../support/temp-dir.ts";
import { resultOf } from "../../runs.ts";
import { type HostName, HostNetwork, hostNames, natsUrl, obstacle } from "../host-network.ts";
import { type Kill, killsOf, killText } from "./cases.ts";
import { openingMs, replyDelayMs, scenario, steadySeconds, warmUpSeconds } from "./scenario.ts";
import { judge } from "./verdict.ts";

const count = Number(process.env.SLASH8_KILLS ?? 60);
const seed = Number(process.env.SLASH8_KILLS_SEED ?? 1);
const from = Number(process.env.SLASH8_KILLS_FROM ?? 0);
const log = process.env.SLASH8_KILLS_LOG;

const without = isInstalled("nats-server") ? obstacle() : "nats-server is not installed";
if (without !== null) console.warn(`no kills: ${without}`);

/** Within that long after a run hosts are idle, and nothing is left behind. */
const idleWithinMs = 8_000;
/** All of them live for longer than a single test. */
const hoursMs = 12 * 3_600_000;

const agentPattern = /agent\/main/;
const hostPattern = /^\S*node .* agent --nats/;

describe.skipIf(without !== null)(`kills with SLASH8_KILLS_SEED=${seed}`, () => {
  let network: HostNetwork;
  let broker: RunningCli;

  beforeAll(async () => {
    network = new HostNetwork("s8-kills", hoursMs);
    broker = await network.startBroker();
    await Promise.all(hostNames.map((name) => network.startHost(name)));
  });
  afterAll(() => network?.remove());

  const kills = killsOf(seed, count).map((kill, index) => ({ index, kill, text: killText(kill) }));
  test.each(kills.slice(from))("$index: $text", async ({ index, kill, text }) => {
    const cwd = makeTempDir();
    writeFileSync(join(cwd, "kills.yaml"), scenario);
    const args = ["kills.yaml", "--nats", natsUrl, "--allow-remote", "--workers", "1"];
    const cli = network.startCli(["load", ...args], cwd, { SLASH8_DEBUG: "run" });
    const hit = await strike(kill, cli);
    const answer = await cli.finished;
    const endedMs = performance.now();
    const result = resultIn(cwd, answer);
    const judged = judge(kill, answer, result);
    const leftMs = await untilNothingIsLeft(endedMs);
    if (kill.victim === "host" && kill.isKill && hit) await network.startHost(kill.host);
    const idleMs = await untilIdle(endedMs);
    const notes = [
      ...(judged.problem === null ? [] : [judged.problem]),
      ...(leftMs === null ? [`left behind: ${network.commands().join("; ")}`] : []),
      ...(idleMs === null ? ["hosts are not idle"] : []),
      ...(hit ? [] : ["it had ended before"]),
    ];
    const after = `gone after ${leftMs?.toFixed(0)} ms, idle after ${idleMs?.toFixed(0)} ms`;
    const line = `${index} | ${text} | ${judged.ended} | ${after} | ${notes.join(", ")}`;
    console.log(line);
    if (log !== undefined) appendFileSync(log, `${line}\n`);
    expect(judged.problem, `${judged.ended}\n${answer.stderr}`).toBeNull();
    expect(leftMs, network.commands().join("\n")).not.toBeNull();
    expect(idleMs).not.toBeNull();
  });

  /** Waits for the moment, and does it. Returns whether there was something to do it to. */
  async function strike(kill: Kill, cli: RunningCli): Promise<boolean> {
    let ended = false;
    const end = () => {
      ended = true;
    };
    cli.finished.then(end, end);
    await untilMoment(kill, cli, () => ended);
    if (ended) return false;
    if (kill.victim === "broker") return await strikeBroker(kill);
    const pids = pidsOf(kill, cli);
    if (pids.length === 0) return false;
    signal(pids, kill.isKill ? "SIGKILL" : "SIGSTOP");
    if (kill.isKill) return true;
    await sleep(kill.forMs);
    signal(pids, "SIGCONT");
    return true;
  }

  function pidsOf({ victim, host }: Kill, cli: RunningCli): readonly number[] {
    if (victim === "coordinator") return [cli.pid];
    return network.pidsOf(host, victim === "agent" ? agentPattern : hostPattern);
  }

  async function strikeBroker({ isKill, forMs }: Kill): Promise<boolean> {
    broker.kill(isKill ? "SIGKILL" : "SIGSTOP");
    if (isKill) await broker.finished;
    await sleep(forMs);
    if (isKill) broker = await network.startBroker();
    else broker.kill("SIGCONT");
    return true;
  }

  /** Returns after how many milliseconds there are no processes but hosts and NATS server; null: there are others. */
  async function untilNothingIsLeft(sinceMs: number): Promise<number | null> {
    return await within(sinceMs, async () => network.commands().every(isOurs));
  }

  async function untilIdle(sinceMs: number): Promise<number | null> {
    return await within(sinceMs, async () => {
      const { stdout } = await network.startCli(["hosts", "--nats", natsUrl, "--json"], "/")
        .finished;
      const found = JSON.parse(stdout) as { name: HostName; busyWith: string | null }[];
      return found.length === hostNames.length && found.every(({ busyWith }) => busyWith === null);
    });
  }
});

function isOurs(command: string): boolean {
  return /^(\S*nats-server |unshare |ip netns exec )/.test(command) || hostPattern.test(command);
}

/** How a run's coordinator says by itself how far it is. */
async function untilMoment(
  { moment, at }: Kill,
  cli: RunningCli,
  ended: () => boolean,
): Promise<void> {
  const line = async (pattern: RegExp) => {
    for (;;) {
      const found = pattern.exec(cli.stderr());
      if (found !== null || ended()) return found;
      await sleep(5);
    }
  };
  const begin = async () => Number((await line(/"beginAtNs":(\d+)/))?.[1] ?? 0);
  const until = async (ns: number) => await sleep(Math.max(0, (ns - monotonicNs()) / 1e6));
  switch (moment) {
    case "before agents":
      // From its start to the start of its agents.
      await sleep(at * 1_500);
      break;
    case "opening":
      await line(/"openAtNs":/);
      await sleep(at * openingMs);
      break;
    case "warm-up":
      await until((await begin()) + at * warmUpSeconds * 1e9);
      break;
    case "steady":
      await until((await begin()) + (warmUpSeconds + at * steadySeconds) * 1e9);
      break;
    case "draining":
      await until(
        (await begin()) + (warmUpSeconds + steadySeconds) * 1e9 + at * replyDelayMs * 1e6,
      );
      break;
    case "writing":
      await line(/state: writing/);
      await sleep(at * 100);
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended by itself.
    }
  }
}

function resultIn(cwd: string, answer: CliAnswer): RunResult | null {
  return /^result: /m.test(answer.stdout + answer.stderr) ? resultOf(cwd, answer) : null;
}

/** Returns after how many milliseconds something is so; null: not in time. It is looked at once in any case. */
async function within(sinceMs: number, isSo: () => Promise<boolean>): Promise<number | null> {
  for (;;) {
    const passedMs = performance.now() - sinceMs;
    if (await isSo()) return passedMs;
    if (passedMs > idleWithinMs) return null;
    await sleep(100);
  }
}
