import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type ExitStatus, UserError } from "../../src/base/errors.ts";
import { readProcesses } from "../../src/machine/usage/process-table.ts";
import type { Plan } from "../../src/plan/plan-types.ts";
import type { Command, Server, Workload } from "../../src/scenario/scenario.ts";
import { SkippedError } from "../../src/targets/command.ts";
import { resolvePorts } from "../../src/targets/listen-ports.ts";
import { holdPort } from "../../src/targets/listen-trial.ts";
import {
  type RunningServers,
  type StartServersOptions,
  startServers,
} from "../../src/targets/start-targets.ts";
import { plan, server, workload } from "../preflight/fakes.ts";
import { alive, command, node, pidsIn, shell, until, untilGone } from "../processes/commands.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const free = { address: "127.0.0.1", port: 0 };

/** A plan of these servers on free ports. */
async function planOf(servers: readonly Server[], workloads?: readonly Workload[]): Promise<Plan> {
  const { scenario } = plan({ servers });
  const resolved = await resolvePorts(scenario);
  return plan({ servers: resolved.servers, ...(workloads === undefined ? {} : { workloads }) });
}

function builtin(changes: Partial<Server> = {}): Server {
  return server({ listen: [free], ...changes });
}

function commanded(given: Command, changes: Partial<Server> = {}): Server {
  return server({
    name: "mine",
    kind: "command",
    builtin: null,
    options: null,
    listen: [free],
    command: given,
    ...changes,
  });
}

/** Starts, and stops when the test is over. */
async function start(given: Plan, options: StartServersOptions = {}): Promise<RunningServers> {
  const running = await startServers(given, { logFolder: makeTempDir(), ...options });
  onTestFinished(() => running.stop());
  return running;
}

/** Returns how a start fails, and checks that it leaves no child process behind. */
async function failure(
  given: Plan,
  status: ExitStatus,
  options: StartServersOptions = {},
): Promise<UserError> {
  const error = await start(given, options).then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(error.status).toBe(status);
  expect(await children()).toEqual([]);
  return error;
}

async function children(): Promise<number[]> {
  const rows = await readProcesses();
  // Where processes are listed by ps, ps is in the list.
  const mine = rows.filter((row) => row.parent === process.pid && !row.zombie);
  return (await alive(mine.map(({ pid }) => pid))).filter((pid) => pid !== process.pid);
}

/** A server of Node's that listens on the port of the plan. */
function listener(port: number, protocol: "tcp" | "udp" = "tcp"): string {
  return protocol === "tcp"
    ? `require("net").createServer((s) => s.end("hello")).listen(${port}, "127.0.0.1");`
    : `require("dgram").createSocket("udp4").bind(${port}, "127.0.0.1");`;
}

/** A free port, and a server's plan on it. */
async function onPort(make: (port: number) => Server): Promise<Plan> {
  const held = await holdPort("tcp", free);
  await held.close();
  return plan({ servers: [make(held.port)] });
}

test("a built-in server serves, counts and ends", async () => {
  const given = await planOf([builtin()]);
  const folder = makeTempDir();
  const running = await start(given, { logFolder: folder });
  const [echo] = running.servers;
  expect(echo).toMatchObject({ name: "echo", kind: "builtin" });
  expect(echo?.endpoints).toEqual(given.servers[0]?.listen);
  expect(await alive(echo?.pids ?? [])).toHaveLength(1);

  const client = createConnection(echo?.endpoints[0] as { port: number });
  client.write("hello");
  const [reply] = await once(client, "data");
  expect(String(reply)).toBe("hello");
  expect((await running.stats()).get("echo")).toMatchObject({ open: 1, bytesReceived: 5 });
  client.destroy();

  expect(echo?.exit()).toBeNull();
  await Promise.all([running.stop(), running.stop()]);
  await running.stop();
  expect(echo?.exit()).toEqual({ code: 0, signal: null });
  expect((await running.stats()).get("echo")).toMatchObject({ accepted: 1, bytesSent: 5 });
  expect(await alive(echo?.pids ?? [])).toEqual([]);
  // It printed nothing, so nothing is kept.
  expect(existsSync(folder)).toBe(false);
});

test("a port in use is reported with its holder, before anything starts", async () => {
  const held = await holdPort("tcp", free);
  onTestFinished(() => held.close());
  const listen = [{ address: "127.0.0.1", port: held.port }];
  for (const each of [builtin({ listen }), commanded(shell("exit 0"), { listen })]) {
    const { message } = await failure(plan({ servers: [each] }), 2);
    expect(message).toContain(`127.0.0.1:${held.port}`);
    expect(message).toContain(`pid ${process.pid}`);
  }
});

test("a built-in server that dies during the run is reported, once and not when it was stopped", async () => {
  const exits: unknown[][] = [];
  const running = await start(await planOf([builtin()]), {
    onExit: (...exit) => exits.push(exit),
  });
  process.kill(running.servers[0]?.pids[0] as number, "SIGKILL");
  await until(() => exits.length > 0);
  await running.stop();
  expect(exits).toEqual([["echo", null, "SIGKILL", ""]]);
  const other = await start(await planOf([builtin()]), { onExit: (...exit) => exits.push(exit) });
  await other.stop();
  expect(exits).toHaveLength(1);
});

test("a command is ready when its port answers; its log is kept", async () => {
  const folder = makeTempDir();
  const given = await onPort((port) =>
    commanded(
      node(`console.log("late"); setTimeout(() => { ${listener(port)} }, 200)`, {
        ready: { by: "port" },
      }),
      {
        listen: [{ address: "127.0.0.1", port }],
      },
    ),
  );
  const running = await start(given, { logFolder: folder });
  const [mine] = running.servers;
  const client = createConnection(mine?.endpoints[0] as { port: number });
  expect(String((await once(client, "data"))[0])).toBe("hello");
  client.destroy();
  expect(await alive(mine?.pids ?? [])).toHaveLength(1);
  expect((await running.stats()).size).toBe(0);
  await running.stop();
  expect(await alive(mine?.pids ?? [])).toEqual([]);
  expect(mine?.exit()).toEqual({ code: null, signal: "SIGTERM" });
  expect(readFileSync(join(folder, "mine.log"), "utf8")).toBe("late\n");
});

test("a UDP command is ready when its port is bound", async () => {
  const given = await onPort((port) =>
    commanded(
      node(`setTimeout(() => { ${listener(port, "udp")} }, 200)`, { ready: { by: "port" } }),
      {
        protocol: "udp",
        listen: [{ address: "127.0.0.1", port }],
      },
    ),
  );
  const running = await start(given);
  expect(await alive(running.servers[0]?.pids ?? [])).toHaveLength(1);
});

test("a command is ready when a line matches, or after a delay", async () => {
  const lines = shell('echo starting; sleep 0.1; echo "ready to serve" >&2; sleep 1000');
  const ready = { by: "delay", delayNs: 100e6 } as const;
  const running = await start(
    await planOf([
      commanded(lines, { name: "first" }),
      commanded(shell("sleep 1000", { ready }), { name: "second" }),
    ]),
  );
  expect(running.servers.map(({ name }) => name)).toEqual(["first", "second"]);
});

test("environment and folder are the command's own", async () => {
  const cwd = makeTempDir();
  const given = shell('echo "$GREETING $PWD"; echo ready; sleep 1000', {
    cwd,
    env: { GREETING: "good day" },
  });
  const running = await start(await planOf([commanded(given)]));
  expect(readFileSync(running.servers[0]?.logFile as string, "utf8")).toBe(
    `good day ${cwd}\nready\n`,
  );
});

test("not ready in time: the reason, the last lines, and no process left", async () => {
  const slow = shell('sleep 1000 & echo "pid $!"; echo "pid $$"; wait', { readyTimeoutNs: 2e9 });
  const { message } = await failure(await planOf([commanded(slow)]), 2);
  expect(message).toContain("server mine was not ready within 2.00 s: no line matched ^ready");
  const pids = pidsIn(message.replaceAll("  | ", ""));
  expect(pids).toHaveLength(2);
  await untilGone(pids);
});

test("a command that exits before it is ready", async () => {
  const broken = shell('for i in 1 2 3; do echo "line $i"; done; exit 3');
  const { message } = await failure(await planOf([commanded(broken)]), 2);
  expect(message).toContain("exited before it was ready (exit code 3)");
  expect(message).toMatch(/\| line 1\n {2}\| line 2\n {2}\| line 3$/);
  const daemon = await failure(await planOf([commanded(shell("exit 0"))]), 2);
  expect(daemon.message).toContain("must stay in the foreground");
  expect(daemon.message).toContain("It printed nothing.");
});

test("a program that is not installed: fail or skip, given as a list or as one string", async () => {
  for (const argv of [["no-such-program-x"], ["/bin/sh", "-c", "exec no-such-program-x"]]) {
    const fail = await failure(await planOf([commanded(command(argv))]), 2);
    expect(fail.message).toContain("no-such-program-x");
    expect(fail.message).toContain("install it");
    const skip = await failure(await planOf([commanded(command(argv, { missing: "skip" }))]), 0);
    expect(skip).toBeInstanceOf(SkippedError);
    expect(skip.message).toContain("skipped: server mine");
  }
});

test("a missing folder is not taken for a missing program", async () => {
  const given = command(["/bin/echo"], { cwd: "/no/such/folder", missing: "skip" });
  const { message } = await failure(await planOf([commanded(given)]), 2);
  expect(message).toContain('/no/such/folder, which is not a folder; correct "cwd"');
});

test("a program that may not be run", async () => {
  const program = join(makeTempDir(), "program");
  writeFileSync(program, "#!/bin/sh\n", { mode: 0o644 });
  const { message } = await failure(await planOf([commanded(command([program]))]), 2);
  expect(message).toContain("server mine did not start");
  expect(message).toContain("EACCES");
});

test("when one server fails, those before it are stopped", async () => {
  const folder = makeTempDir();
  await failure(await planOf([builtin(), commanded(shell("exit 1"))]), 2, { logFolder: folder });
  expect(existsSync(folder)).toBe(false);
});

test("a command that dies during the run is reported with its last lines", async () => {
  const exits: unknown[][] = [];
  const mortal = shell("echo ready; sleep 0.3; echo 'out of luck'; exit 9");
  const running = await start(await planOf([commanded(mortal)]), {
    onExit: (...exit) => exits.push(exit),
  });
  await until(() => exits.length > 0);
  expect(exits).toEqual([["mine", 9, null, "ready\nout of luck"]]);
  expect(running.servers[0]?.exit()).toEqual({ code: 9, signal: null });
});

test("a supervisor that is killed does not leave its server behind", async () => {
  const exits: unknown[][] = [];
  const running = await start(await planOf([commanded(shell("echo ready; sleep 1000"))]), {
    onExit: (...exit) => exits.push(exit),
  });
  const pids = running.servers[0]?.pids ?? [];
  const rows = await readProcesses();
  const supervisor = rows.find(({ pid }) => pid === pids[0])?.parent as number;
  expect(rows.find(({ pid }) => pid === supervisor)?.parent).toBe(process.pid);
  process.kill(supervisor, "SIGKILL");
  await untilGone(pids);
  await until(() => exits.length > 0);
  expect(exits).toEqual([["mine", null, "SIGKILL", "ready"]]);
});

test("an interrupt while servers start stops what has started", async () => {
  const abort = new AbortController();
  const never = commanded(shell("sleep 1000"));
  const given = await planOf([builtin(), never]);
  setTimeout(() => abort.abort(), 500);
  await failure(given, 130, { signal: abort.signal });
  await failure(given, 130, { signal: abort.signal });
});

test("a server that runs already is queried, and its process found", async () => {
  const listening = createServer().listen(0, "127.0.0.1");
  await once(listening, "listening");
  const address = listening.address() as { port: number };
  const listen = [{ address: "127.0.0.1", port: address.port }];
  const external = server({ kind: "external", builtin: null, options: null, listen });
  const folder = join(makeTempDir(), "logs");
  const running = await start(plan({ servers: [external] }), { logFolder: folder });
  expect(running.servers[0]?.pids).toEqual([process.pid]);
  await running.stop();
  expect(listening.listening).toBe(true);
  expect(existsSync(folder)).toBe(false);
  listening.close();
  await once(listening, "close");

  const { message } = await failure(plan({ servers: [external] }), 2);
  expect(message).toContain(`server echo: nothing listens on 127.0.0.1:${address.port}`);
  const target = workload({ server: null, endpoints: listen });
  const direct = await failure(plan({ servers: [], workloads: [target] }), 2);
  expect(direct.message).toContain("target of workload chatter: nothing listens");
  const udp = workload({ server: null, endpoints: listen, protocol: "udp" });
  await start(plan({ servers: [], workloads: [udp] }));
});

test("a temporary folder is created where none is given, and removed when nothing was printed", async () => {
  const running = await startServers(await planOf([builtin()]));
  const log = running.servers[0]?.logFile as string;
  expect(readdirSync(join(log, ".."))).toEqual([".owner", "echo.log"]);
  await running.stop();
  expect(existsSync(join(log, ".."))).toBe(false);
});
