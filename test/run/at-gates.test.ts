import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseGate } from "../../src/gates/parse.ts";
import { AtGates, type PlacedCommand } from "../../src/run/at-gates.ts";
import { measured, resultInput, startNs } from "../results/fixture.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const folder = makeTempDir();

function placed(expression: string, run: string, file: string | null): PlacedCommand {
  const position = { file: "s.yaml", line: 7, column: 3 };
  return {
    gate: parseGate(expression, { workloads: ["chat"], servers: ["echo"] }),
    at: {
      expression,
      position,
      run,
      runPosition: position,
      directory: folder,
      timeoutNs: 60e9,
      maxOutputBytes: 1 << 20,
      file: file === null ? null : join(folder, file),
    },
    server: "echo",
  };
}

function started(...commands: PlacedCommand[]) {
  const messages: string[] = [];
  const at = new AtGates(commands, {
    beside: join(folder, "nightly", "chat.json"),
    pidsOf: (server) => (server === "echo" ? [41, 42] : [43]),
    notify: (message) => messages.push(message),
    warn: (message) => messages.push(`warning: ${message}`),
  });
  /** The run as it is when steady state, from 2 s on, has lasted so long, or `later` than that; its fourth second is slow. */
  const look = (seconds: number, later = 0) => {
    const one = measured(0, { responseNs: (second) => (second === 3 ? 80e6 : 1e6) });
    const endNs = startNs + (2 + seconds) * 1e9;
    const workloads = [{ ...one, times: { ...one.times, endNs } }];
    at.look(endNs + later * 1e9, startNs, () => resultInput({ workloads }));
  };
  return { at, look, messages };
}

describe("a command at a gate", () => {
  test("is run once, when a window of it has failed, with the processes of the servers", async () => {
    const run = "echo {{server.pid}} {{servers.db.pid}}";
    const { at, look, messages } = started(
      placed("chat.responseTime.p99 < 50ms over 1s", run, "pids.txt"),
    );
    look(1);
    look(2);
    expect(messages).toEqual([]);
    look(3);
    look(4);
    const [command, ...others] = await at.finish();
    expect(others).toEqual([]);
    expect(command).toMatchObject({
      gate: "chat.responseTime.p99 < 50ms over 1s",
      line: 7,
      run: "echo 41,42 43",
      atMs: 5000,
      exit: { code: 0, signal: null },
      endedBy: null,
      file: join(folder, "pids.txt"),
      outputBytes: 9,
    });
    expect(command?.actual).toBeGreaterThanOrEqual(80e6);
    expect(readFileSync(join(folder, "pids.txt"), "utf8")).toBe("41,42 43\n");
    expect(messages).toEqual([expect.stringContaining("is broken in a window (it was 80.0 ms)")]);
  });

  test("has its output beside the result, wherever that goes", async () => {
    const { at, look } = started(placed("chat.responseTime.max < 1ns over 1s", "echo", null));
    look(3);
    const [command] = await at.finish();
    expect(command?.file).toBe(join(folder, "nightly", "chat.at-1.txt"));
    expect(readFileSync(command?.file ?? "", "utf8")).toBe("\n");
  });

  test("is not run where the gate holds in every window", async () => {
    const { at, look } = started(placed("chat.responseTime.p99 < 1s over 1s", "echo", "no.txt"));
    for (let seconds = 1; seconds <= 4; seconds++) look(seconds);
    expect(await at.finish()).toEqual([]);
  });

  test("is not looked for in seconds that may have been put together", async () => {
    const { at, look } = started(placed("chat.responseTime.p99 < 50ms over 2s", "echo", "no.txt"));
    expect(at.neededNs(900e9)).toBe(838e9);
    look(4, 62);
    expect(await at.finish()).toEqual([]);
  });

  test("that cannot be run is a warning", async () => {
    const { at, look, messages } = started(
      placed("chat.responseTime.max < 1ns over 1s", "echo", "pids.txt/below.txt"),
    );
    look(3);
    expect(await at.finish()).toEqual([]);
    expect(messages).toEqual([expect.stringMatching(/^warning: at: "echo" could not be run when/)]);
  });

  test("is ended with the run", async () => {
    const { at, look } = started(
      placed("chat.responseTime.max < 1ns over 1s", "sleep 600", "end.txt"),
    );
    look(3);
    expect(at.results).toMatchObject([{ exit: null, durationMs: null, endedBy: null }]);
    await at.close();
    expect(at.results).toMatchObject([{ endedBy: "run" }]);
  });
});
