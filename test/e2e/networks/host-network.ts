/** Machines in namespaces of their own: networks on one bridge, and monotonic clocks that have nothing in common. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type RunningCli, startProgram } from "../../support/run-cli.ts";

const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** The one that all of them reach. */
export const hub = "10.77.0.1";
export const natsUrl = `nats://${hub}:4222`;

/** By how many seconds each host's monotonic clock is ahead of this machine's. */
export const clocksAhead = { a: 0, b: 100_000, c: 5_000 } as const;
export type HostName = keyof typeof clocksAhead;
export const hostNames = Object.keys(clocksAhead) as readonly HostName[];

/** Why such machines cannot be made here; null: they can. */
export function obstacle(): string | null {
  if (process.getuid?.() !== 0) return "namespaces of networks and times are made by root only";
  const tried = spawnSync("unshare", ["--net", "--time", "--monotonic", "1", "--fork", "true"]);
  return tried.status === 0 ? null : `unshare: ${tried.error?.message ?? String(tried.stderr)}`;
}

/** Several machines and a hub; `remove` takes all of it away again, with what still runs there. */
export class HostNetwork {
  readonly #prefix: string;
  readonly #timeoutMs: number | undefined;
  readonly #running: RunningCli[] = [];

  /**
   * @param prefix    of the namespaces' names
   * @param timeoutMs how long its programs may run; default: as those of other tests
   */
  constructor(prefix = "slash8-test", timeoutMs?: number) {
    this.#prefix = `${prefix}-${process.pid}`;
    this.#timeoutMs = timeoutMs;
    const hubName = this.#space("hub");
    const lines = [
      `ip netns add ${hubName}`,
      `ip -n ${hubName} link set lo up`,
      `ip -n ${hubName} link add br0 type bridge`,
      `ip -n ${hubName} addr add ${hub}/24 dev br0`,
      `ip -n ${hubName} link set br0 up`,
      ...hostNames.flatMap((name, index) => {
        const space = this.#space(name);
        return [
          `ip netns add ${space}`,
          `ip -n ${space} link set lo up`,
          `ip -n ${hubName} link add v${name} type veth peer name eth0 netns ${space}`,
          `ip -n ${hubName} link set v${name} master br0 up`,
          `ip -n ${space} addr add 10.77.0.${index + 2}/24 dev eth0`,
          `ip -n ${space} link set eth0 up`,
        ];
      }),
    ];
    const { status, stderr } = spawnSync("sh", ["-ec", lines.join("\n")], { encoding: "utf8" });
    if (status !== 0) throw new Error(`no namespaces: ${stderr}`);
  }

  /** Starts a program in the hub. */
  start(
    program: string,
    args: readonly string[],
    cwd?: string,
    env?: NodeJS.ProcessEnv,
  ): RunningCli {
    return this.#start(["netns", "exec", this.#space("hub"), program, ...args], cwd, env);
  }

  /** Starts `slash8 <args>` in the hub. */
  startCli(args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): RunningCli {
    return this.start(process.execPath, [main, ...args], cwd, env);
  }

  async startBroker(): Promise<RunningCli> {
    const broker = this.start("nats-server", ["-a", hub, "-p", "4222"]);
    await broker.printed(/Server is ready/);
    return broker;
  }

  /** Starts the agent of a host, and waits until it is ready. */
  async startHost(name: HostName, ...args: readonly string[]): Promise<RunningCli> {
    const clock = ["--time", "--monotonic", `${clocksAhead[name]}`, "--fork", "--kill-child"];
    const given = ["--nats", natsUrl, "--name", name, "--allow-target", "10.77.0.0/24", ...args];
    const command = [process.execPath, main, "agent", ...given];
    const space = this.#space(name);
    const host = this.#start(["netns", "exec", space, "unshare", ...clock, ...command]);
    await host.printed(/is ready/);
    return host;
  }

  /** Processes of a host, or of the hub, whose command lines match. */
  pidsOf(where: HostName | "hub", pattern: RegExp): readonly number[] {
    return this.#processesOf(where)
      .filter(({ command }) => pattern.test(command))
      .map(({ pid }) => pid);
  }

  /** Command lines of all processes of all hosts, and of the hub. */
  commands(): readonly string[] {
    return (["hub", ...hostNames] as const).flatMap((where) =>
      this.#processesOf(where).map(({ command }) => command),
    );
  }

  /** Waits until so many agents of runs are processes of a host. */
  async agentsOf(name: HostName, count: number): Promise<readonly number[]> {
    const endMs = performance.now() + 60_000;
    for (;;) {
      const pids = this.pidsOf(name, /agent\/main/);
      if (pids.length === count) return pids;
      if (performance.now() > endMs) throw new Error(`host ${name} has ${pids.length} agents`);
      await sleep(50);
    }
  }

  async remove(): Promise<void> {
    for (const name of ["hub", ...hostNames] as const) {
      for (const pid of this.pidsOf(name, /./)) kill(pid);
    }
    await Promise.allSettled(this.#running.map(({ finished }) => finished));
    for (const name of ["hub", ...hostNames]) spawnSync("ip", ["netns", "del", this.#space(name)]);
  }

  #processesOf(where: HostName | "hub") {
    const { stdout } = spawnSync("ip", ["netns", "pids", this.#space(where)], { encoding: "utf8" });
    return stdout.split("\n").flatMap((pid) => {
      const command = pid === "" ? "" : commandOf(pid);
      return command === "" ? [] : [{ pid: Number(pid), command }];
    });
  }

  #space(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  #start(args: readonly string[], cwd?: string, env: NodeJS.ProcessEnv = {}): RunningCli {
    const running = startProgram("ip", args, {
      env,
      ...(cwd === undefined ? {} : { cwd }),
      ...(this.#timeoutMs === undefined ? {} : { timeoutMs: this.#timeoutMs }),
    });
    running.finished.catch(() => {});
    this.#running.push(running);
    return running;
  }
}

/** "" where it has ended. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ").trim();
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
