/** Runs the command in this process, from its source: a tenth of what a process of its own takes. */
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import type { CliAnswer } from "../support/run-cli.ts";

class Exited extends Error {}

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
let runs = 0;

/**
 * `slash8 <args>` up to its exit, for what starts no processes and reads no standard input; one at a time, as
 * it takes this process' arguments, folder and output.
 */
export async function runHere(
  args: readonly string[],
  { cwd = process.cwd(), env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<CliAnswer> {
  const written = { stdout: "", stderr: "" };
  let status: number | null = null;
  const before = { argv: process.argv, cwd: process.cwd(), exitCode: process.exitCode };
  const saved = Object.keys(env).map((name) => [name, process.env[name]] as const);
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  const spies = [
    ...(["stdout", "stderr"] as const).map((name) =>
      vi.spyOn(process[name], "write").mockImplementation((text, ...rest) => {
        written[name] += text;
        const done = rest.at(-1);
        if (typeof done === "function") done();
        return true;
      }),
    ),
    // What yargs prints by itself.
    vi.spyOn(console, "log").mockImplementation((text) => {
      written.stdout += `${text}\n`;
    }),
    vi.spyOn(process, "exit").mockImplementation((code) => {
      status = Number(code);
      throw new Exited();
    }),
  ];
  const streams = [process.stdout, process.stderr];
  const listeners = streams.map((stream) => stream.listeners("error"));
  process.argv = [process.execPath, "slash8", ...args];
  process.exitCode = undefined;
  process.chdir(cwd);
  for (const [name, value] of Object.entries(env)) set(name, value);
  try {
    // The query makes it another module, which runs anew; what it imports is there already.
    await import(/* @vite-ignore */ `${main}?run=${runs++}`);
  } catch (error) {
    if (!(error instanceof Exited)) throw error;
  } finally {
    for (const spy of spies) spy.mockRestore();
    for (const [i, stream] of streams.entries()) {
      for (const listener of stream.listeners("error")) {
        if (!listeners[i]?.includes(listener)) stream.off("error", listener as () => void);
      }
    }
    for (const [name, value] of saved) set(name, value);
    process.chdir(before.cwd);
    process.argv = before.argv;
    process.exitCode = before.exitCode;
  }
  return { status, signal: null, ...written };
}
