/** Runs the built command as a user does. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

export interface CliOptions {
  /** Written to standard input, which ends after it; nothing by default. */
  readonly input?: string;
  /** Variables over those of this process; undefined takes one away. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What it may use, as arguments of the shell's `ulimit`: "-n 1000". */
  readonly limit?: string;
  /** After that long the process is killed; default 110 s. */
  readonly timeoutMs?: number;
}

export interface CliAnswer {
  /** Exit status, or null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves once standard output and standard error together match; rejects when it ends before. */
  readonly printed: (pattern: RegExp) => Promise<void>;
  /** Rejects when it was killed for its time. */
  readonly finished: Promise<CliAnswer>;
}

/** `slash8 <args>` from start to end. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliAnswer> {
  return startCli(args, options).finished;
}

/** Starts `slash8 <args>`, to be looked at and signalled while it runs. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  if (!existsSync(main)) throw new Error("there is no dist/cli/main.js: npm run build first");
  return start([main, ...args], options);
}

/** Starts node with these arguments; what `startCli` is made of. */
export function start(args: readonly string[], options: CliOptions = {}): RunningCli {
  const { limit } = options;
  return limit === undefined
    ? startProgram(process.execPath, args, options)
    : startProgram(
        "sh",
        ["-c", `ulimit ${limit} && exec "$0" "$@"`, process.execPath, ...args],
        options,
      );
}

/** Starts any program; `limit` has no effect. */
export function startProgram(
  program: string,
  args: readonly string[],
  options: CliOptions = {},
): RunningCli {
  const { input = "", env, cwd, timeoutMs = 110_000 } = options;
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  // A process that does not read its input may have ended before all of it was written.
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  child.stdin.end(input);
  const output = () => `\nstdout: ${stdout}\nstderr: ${stderr}`;

  const finished = new Promise<CliAnswer>((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.on("error", reject);
    child.on("close", (status, signal) => {
      clearTimeout(timer);
      if (isLate) reject(new Error(`killed after ${timeoutMs} ms: ${args.join(" ")}${output()}`));
      else resolve({ status, signal, stdout, stderr });
    });
  });
  // A caller that waits for `printed` first must not meet an unhandled rejection meanwhile.
  finished.catch(() => undefined);

  const printed = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(stdout + stderr)) resolve();
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      look();
      finished.then(
        () => reject(new Error(`ended without printing ${pattern}${output()}`)),
        reject,
      );
    });

  return {
    pid: child.pid ?? -1,
    stdout: () => stdout,
    stderr: () => stderr,
    kill: (signal) => child.kill(signal),
    printed,
    finished,
  };
}
