import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { entryFile } from "../../src/processes/child.ts";
import type { FromSupervisor, ToSupervisor } from "../../src/processes/supervisor-protocol.ts";
import type { Command } from "../../src/scenario/scenario.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { alive, command, node, pidsIn, shell, until, untilGone } from "./commands.ts";

/** A server that forks a child and a grandchild whose parent exits; all print their pids. */
const family = `
  echo "pid $$"
  sleep 1000 &
  echo "pid $!"
  (sleep 1000 & echo "pid $!")
  echo ready
  wait
`;

interface Supervised {
  readonly supervisor: ReturnType<typeof fork>;
  /** Resolves when the supervisor exits, with the arguments of `exit`: [code, signal]. */
  readonly ended: Promise<unknown[]>;
  readonly messages: FromSupervisor[];
  log(): string;
  pids(count: number): Promise<number[]>;
  send(message: ToSupervisor): void;
}

function supervisor(given: Command, unfinished?: string): Supervised {
  const logFile = join(makeTempDir(), "server.log");
  writeFileSync(logFile, "");
  const child = fork(entryFile("processes/supervisor"), [], {
    serialization: "advanced",
    execArgv: [],
  });
  const ended = once(child, "exit");
  const messages: FromSupervisor[] = [];
  child.on("message", (message) => messages.push(message as FromSupervisor));
  onTestFinished(async () => {
    if (child.connected) child.disconnect();
    await ended;
  });
  const log = (): string => readFileSync(logFile, "utf8");
  const send = (message: ToSupervisor): void => {
    child.send(message);
  };
  const mark = `test-${child.pid}`;
  const request = {
    ...{ command: given, logFile, mark },
    ...(unfinished === undefined ? {} : { unfinished }),
  };
  send({ type: "spawn", request });
  return {
    supervisor: child,
    ended,
    messages,
    log,
    send,
    pids: (count) => until(() => pidsIn(log()).length === count && pidsIn(log())),
  };
}

test("stop ends the command, its child and its grandchild, and reports how it ended", async () => {
  const { ended, messages, pids, send } = supervisor(shell(family));
  const all = await pids(3);
  expect(await alive(all)).toEqual(all);
  send({ type: "stop" });
  expect(await ended).toEqual([0, null]);
  expect(await alive(all)).toEqual([]);
  expect(messages).toEqual([
    { type: "spawned", pid: all[0] },
    { type: "exited", code: null, signal: "SIGTERM" },
  ]);
});

test("processes that ignore the signal are killed after the timeout, including grandchildren", async () => {
  // An ignored signal stays ignored in processes started afterwards.
  const deaf = shell(`trap "" TERM\n${family}`, { stopTimeoutNs: 100e6 });
  const { ended, messages, pids, send } = supervisor(deaf);
  const all = await pids(3);
  send({ type: "stop" });
  expect(await ended).toEqual([0, null]);
  expect(await alive(all)).toEqual([]);
  expect(messages.at(-1)).toEqual({ type: "exited", code: null, signal: "SIGKILL" });
});

test("the requested signal is sent, and a command has time to exit by itself", async () => {
  const polite = shell(
    'trap "sleep 0.2; echo goodbye; exit 7" INT\necho ready\nwhile :; do sleep 0.05; done',
    {
      stopSignal: "SIGINT",
    },
  );
  const { ended, messages, log, send } = supervisor(polite);
  await until(() => log().includes("ready"));
  send({ type: "stop" });
  await ended;
  expect(log()).toContain("goodbye");
  expect(messages.at(-1)).toEqual({ type: "exited", code: 7, signal: null });
});

test("a signal reaches only the command, a kill its whole group", async () => {
  const { ended, messages, pids, log, send } = supervisor(
    shell(`trap "echo heard" USR1\n${family}\nwhile :; do sleep 0.05; done`),
  );
  const all = await pids(3);
  send({ type: "signal", signal: "SIGUSR1" });
  await until(() => log().includes("heard"));
  expect(await alive(all)).toEqual(all);
  send({ type: "kill" });
  expect(await ended).toEqual([0, null]);
  expect(messages.at(-1)).toEqual({ type: "exited", code: null, signal: "SIGKILL" });
  expect(await alive(all)).toEqual([]);
});

test("when a command exits by itself, its remaining processes are ended", async () => {
  const { ended, messages, pids } = supervisor(
    shell('sleep 1000 &\necho "pid $!"\necho "pid $$"\nexit 3'),
  );
  const all = await pids(2);
  expect(await ended).toEqual([0, null]);
  expect(messages.at(-1)).toEqual({ type: "exited", code: 3, signal: null });
  expect(await alive(all)).toEqual([]);
});

test("a program that does not exist", async () => {
  const { ended, messages } = supervisor(command(["/no/such/program"]));
  expect(await ended).toEqual([0, null]);
  expect(messages).toEqual([{ type: "failed", code: "ENOENT", message: expect.any(String) }]);
});

test("arguments that are too long", async () => {
  const { ended, messages } = supervisor(command(["/bin/echo", "x".repeat(4 << 20)]));
  expect(await ended).toEqual([0, null]);
  expect(messages).toEqual([{ type: "failed", code: "E2BIG", message: expect.any(String) }]);
});

test("signals from the terminal end neither supervisor nor command", async () => {
  const { supervisor: child, ended, messages, pids, send } = supervisor(shell(family));
  const all = await pids(3);
  for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) child.kill(signal);
  // The answer to a message sent after the signals proves that they have been handled.
  send({ type: "stop" });
  expect(await ended).toEqual([0, null]);
  expect(messages.at(-1)).toEqual({ type: "exited", code: null, signal: "SIGTERM" });
  await untilGone(all);
});

test("kill -9 of the parent ends everything", async () => {
  const folder = makeTempDir();
  const logFile = join(folder, "server.log");
  const script = join(folder, "parent.mjs");
  writeFileSync(logFile, "");
  const mark = `test-${process.pid}-killed`;
  const request = { command: shell(family), logFile, mark };
  writeFileSync(
    script,
    `import { fork } from "node:child_process";
     const supervisor = fork(${JSON.stringify(entryFile("processes/supervisor"))}, { serialization: "advanced" });
     supervisor.send({ type: "spawn", request: ${JSON.stringify(request)} });
     console.log("pid " + supervisor.pid);`,
  );
  const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  parent.stdout.on("data", (data) => {
    said += data;
  });
  const family3 = await until(() => {
    const pids = pidsIn(readFileSync(logFile, "utf8"));
    return pids.length === 3 && pids;
  });
  const all = [...family3, ...(await until(() => pidsIn(said).length === 1 && pidsIn(said)))];
  expect(await alive(all)).toEqual(all);
  parent.kill("SIGKILL");
  await once(parent, "exit");
  await untilGone(all);
});

test("an unfinished file is removed if the coordinator has exited, and kept otherwise", async () => {
  const file = join(makeTempDir(), "half");
  const writer = shell(`echo half >"${file}"\n${family}`);
  const first = supervisor(writer, file);
  await first.pids(3);
  first.send({ type: "stop" });
  await first.ended;
  expect(readFileSync(file, "utf8")).toBe("half\n");
  const second = supervisor(writer, file);
  await second.pids(3);
  second.supervisor.disconnect();
  await second.ended;
  expect(existsSync(file)).toBe(false);
});

test("a parent that is killed at once leaves nothing behind", async () => {
  const { supervisor: child, ended, messages } = supervisor(shell(family));
  // The channel may close before the supervisor has read its first message: it must not start then, or
  // end what it started.
  child.disconnect();
  expect(await ended).toEqual([0, null]);
  const started = messages.flatMap((message) => (message.type === "spawned" ? [message.pid] : []));
  await untilGone(started);
});

// Other systems do not allow reading environments: there, run a server in the foreground.
test.skipIf(process.platform !== "linux")(
  "a daemon that left the group is found by its mark",
  async () => {
    const daemon = node(`
      const { spawn } = require("node:child_process");
      const child = spawn("sleep", ["1000"], { detached: true, stdio: "ignore" });
      console.log("pid " + child.pid + "\\npid " + process.pid + "\\nready");
      setInterval(() => {}, 1000);
    `);
    const { ended, pids, send } = supervisor(daemon);
    const all = await pids(2);
    expect(await alive(all)).toEqual(all);
    send({ type: "stop" });
    expect(await ended).toEqual([0, null]);
    expect(await alive(all)).toEqual([]);
  },
);
