import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  defineScenario,
  readResult,
  run,
  ScenarioError,
  type Snapshot,
  start,
  UserError,
} from "../../src/api/index.ts";
import { takeTurn } from "../../src/api/turn.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { testIo as io } from "../support/test-io.ts";

function echoServer(): Server {
  return createServer((socket: Socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
}

function chatWith(target: Server, duration: string) {
  return defineScenario({
    version: 1,
    name: "api",
    servers: { echo: target },
    workloads: {
      chat: {
        target: "echo",
        pattern: "request",
        sources: "127.25.0.0/24",
        connections: 4,
        message: "hello\n",
        framing: { delimiter: "\n" },
        rate: "100/s",
        duration,
      },
    },
    gates: (run) => [run.chat.exchanges.received.above(0), run.total.errors.equals(0)],
  });
}

async function failureOf(running: Promise<unknown>): Promise<UserError> {
  const error = await running.then(
    () => null,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe("run", () => {
  test("runs against a server object, which listens meanwhile, and resolves to a result", async () => {
    const server = echoServer();
    const out = join(makeTempDir(), "api.json");
    const snapshots: Snapshot<"chat", "echo">[] = [];
    const result = await run(chatWith(server, "1s"), {
      io,
      exclusive: true,
      retries: 1,
      out,
      onSnapshot: (snapshot) => snapshots.push(snapshot),
    });
    expect(result.gates.map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
    expect(result.workloads.chat.exchanges.received).toBeGreaterThan(0);
    const { responseTime } = result.workloads.chat;
    expect(responseTime.p99).toBe(responseTime.percentiles["99"]);
    expect(result.servers.echo.kind).toBe("external");
    expect(server.listening).toBe(false);
    const { sharedEventLoop, findings } = result.run;
    expect(sharedEventLoop?.servers).toEqual(["echo"]);
    expect(sharedEventLoop?.busyRatio).toBeGreaterThan(0);
    expect(sharedEventLoop?.coordinatorRatio).toBeGreaterThan(0);
    expect(findings.map(({ code }) => code)).toContain("server.sharesThread");
    expect(snapshots.at(-1)?.workloads.chat?.received).toBeGreaterThan(0);
    expect(result.file).toBe(out);
    const read = await readResult(out);
    expect(read.file).toBe(out);
    expect(read.workloads.chat?.responseTime.p99).toBe(responseTime.p99);
    expect(JSON.parse(JSON.stringify(result))).toEqual(JSON.parse(JSON.stringify(read)));
  });

  test("rejects with every problem where the scenario is wrong, and what was given is left as it was", async () => {
    const server = echoServer();
    const scenario = chatWith(server, "1");
    const error = await failureOf(run({ ...scenario, gates: ["chat.errors < 5ms"] }));
    expect(error).toBeInstanceOf(ScenarioError);
    expect(error.code).toBe("scenario");
    expect((error as ScenarioError).problems).toMatchObject([
      {
        file: "scenario",
        path: "workloads.chat.duration",
        message: '"1" has no unit: write "1s" or "1ms"',
      },
      { file: "scenario", path: "gates.0" },
    ]);
    expect(error.message).toContain("scenario: workloads.chat.duration: ");
    expect(server.listening).toBe(false);
  });

  test("rejects where no server answers, and where there is no such file", async () => {
    const scenario = chatWith(echoServer(), "1s");
    const closed = { ...scenario, servers: { echo: { port: 1 } } };
    expect((await failureOf(run(closed, { io }))).code).toBe("target");
    const missing = await failureOf(run("gone.yaml"));
    expect(missing.code).toBe("file");
    expect(missing.message).toBe("gone.yaml: there is no such file");
  });
});

test("a run that is exclusive waits for its turn, and can be stopped meanwhile", async () => {
  const turn = await takeTurn(() => {});
  const load = start(chatWith(echoServer(), "1s"), { io, exclusive: true });
  await load.stop();
  await turn.release();
  const { code, message } = await failureOf(load.result);
  expect([code, message]).toEqual([
    "interrupted",
    "the run was stopped before it began: nothing was measured",
  ]);
});

test("a number of retries is refused that is not one", async () => {
  const { message } = await failureOf(run("chat.yaml", { retries: 1.5 }));
  expect(message).toBe("retries: 1.5 is not a number of runs: give an integer from 0, such as 2");
});

describe("start", () => {
  test("gives a handle that is iterated and stopped", async () => {
    const load = start(chatWith(echoServer(), "1h"), { io });
    expect(load.view()).toMatchObject({ state: "planning", workloads: {} });
    for await (const { workloads } of load) {
      if ((workloads.chat?.received ?? 0) === 0) continue;
      // Once: the second call would not await what is under way.
      load.stop();
      break;
    }
    const { run, workloads } = await load.result;
    expect(run.outcome).toBe("interrupted");
    expect(workloads.chat.exchanges.received).toBeGreaterThan(0);
    expect(load.view()).toMatchObject({ state: "writing", workloads: { chat: { state: "done" } } });
    await load.stop();
  });

  test("ends with its block", async () => {
    const server = echoServer();
    let result: Promise<unknown>;
    {
      await using load = start(chatWith(server, "1h"), { io });
      result = load.result;
      for await (const { state } of load) if (state === "steady") break;
      expect(server.listening).toBe(true);
    }
    expect(server.listening).toBe(false);
    await expect(result).resolves.toMatchObject({ run: { outcome: "interrupted" } });
  });

  test("stopped before it began has no result, and says so", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const error = await failureOf(start(chatWith(echoServer(), "1h"), { signal }).result);
    expect(error.code).toBe("interrupted");
    expect(error.cause).toBe(reason);
  });

  test("with a callback that throws ends, and rejects with that", async () => {
    const onSnapshot = () => {
      throw new TypeError("mine");
    };
    const load = start(chatWith(echoServer(), "1h"), { io, onSnapshot });
    await expect(load.result).rejects.toThrow(new TypeError("mine"));
  });
});
