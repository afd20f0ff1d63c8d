import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BoundedCommand, type BoundedRequest } from "../../src/processes/bounded-command.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const cwd = makeTempDir();
let number = 0;

function start(text: string, changes: Partial<BoundedRequest> = {}) {
  const file = join(cwd, "made", `${number++}.txt`);
  const command = new BoundedCommand({
    text,
    cwd,
    file,
    timeoutMs: 60_000,
    maxOutputBytes: 1 << 20,
    ...changes,
  });
  return { command, printed: () => readFileSync(file, "utf8") };
}

describe("a command beside a run", () => {
  test("ends by itself, with all that it printed", async () => {
    const { command, printed } = start("pwd; echo wrong >&2; exit 3");
    const end = await command.ended;
    expect(end).toMatchObject({ exit: { code: 3, signal: null }, endedBy: null });
    expect(printed()).toBe(`${cwd}\nwrong\n`);
    expect(end.outputBytes).toBe(printed().length);
    await command.stop();
  });

  test("is ended when its time is over", async () => {
    const { command } = start("sleep 600", { timeoutMs: 200 });
    expect(await command.ended).toMatchObject({ endedBy: "time" });
  });

  test("is ended when it has printed enough, and the rest is cut", async () => {
    const { command, printed } = start("yes", { maxOutputBytes: 4096 });
    expect(await command.ended).toMatchObject({ endedBy: "output", outputBytes: 4096 });
    expect(printed()).toHaveLength(4096);
  });

  test("is ended with the run", async () => {
    const { command } = start("sleep 600 & sleep 600");
    await command.stop();
    expect(await command.ended).toMatchObject({ endedBy: "run" });
  });

  test("that cannot be started has no exit", async () => {
    const { command } = start("true", { cwd: join(cwd, "nowhere") });
    expect(await command.ended).toMatchObject({ exit: null, endedBy: null });
  });
});
