import { expect, test } from "vitest";
import type { ServerExit } from "../../src/processes/exit.ts";
import { Drain } from "../../src/targets/drain.ts";
import type { Instance } from "../../src/targets/target.ts";

/** A fake instance that ends on request. */
function instance() {
  const calls: string[] = [];
  let exit: ServerExit | null = null;
  let finish: (exit: ServerExit) => void = () => {};
  const ended = new Promise<ServerExit>((resolve) => {
    finish = resolve;
  });
  const end = (how: ServerExit) => {
    exit = how;
    finish(how);
  };
  const one: Instance = {
    name: "echo",
    kind: "command",
    endpoints: [],
    pids: [],
    logFile: null,
    ended,
    exit: () => exit,
    stats: async () => null,
    drain: async () => void calls.push("drain"),
    stop: async () => void calls.push("stop"),
    kill: () => {
      calls.push("kill");
      end({ code: null, signal: "SIGKILL" });
    },
  };
  return { one, calls, end };
}

test("an instance that drains in time has ended by itself", async () => {
  const { one, calls, end } = instance();
  const drain = new Drain(one, 60e9, () => calls.push("told"));
  expect(drain.state).toBe("waiting");
  await Promise.all([drain.begin(), drain.begin()]);
  expect(drain.state).toBe("running");
  expect(drain.durationNs).toBeNull();
  end({ code: 0, signal: null });
  await drain.over;
  expect(drain.state).toBe("ended");
  expect(drain.exit()).toEqual({ code: 0, signal: null });
  expect(drain.durationNs).toBeGreaterThanOrEqual(0);
  drain.giveUp();
  expect(drain.state).toBe("ended");
  expect(calls).toEqual(["drain"]);
});

test("one that does not is killed, which is reported", async () => {
  const { one, calls } = instance();
  const drain = new Drain(one, 5e6, () => calls.push("told"));
  await drain.begin();
  await drain.over;
  expect(drain.state).toBe("killed");
  expect(drain.exit()).toEqual({ code: null, signal: "SIGKILL" });
  expect(calls).toEqual(["drain", "told", "kill"]);
});

test("one that drains when the run is over is ended with everything else", async () => {
  const { one, calls, end } = instance();
  const drain = new Drain(one, 5e6, () => calls.push("told"));
  await drain.begin();
  drain.giveUp();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(calls).toEqual(["drain"]);
  end({ code: 0, signal: null });
  await drain.over;
  expect(drain.state).toBe("running");
  expect(drain.exit()).toBeNull();
  expect(drain.durationNs).toBeNull();
});

test("one that is to end at once is stopped", async () => {
  const { one, calls, end } = instance();
  const drain = new Drain(one, 60e9, () => {});
  drain.end();
  end({ code: 0, signal: null });
  await drain.over;
  expect(calls).toEqual(["stop"]);
});
