import { exitStatus } from "../base/errors.ts";
import { describeFailure } from "./terminal/failure.ts";
import { printNotice, tolerateGoneReaders, write } from "./terminal/output.ts";

/**
 * Reads the command line, runs the command, and ends with its status.
 *
 * The commands are loaded here and not by an import above: loading opens files, and a full file table must
 * result in a message.
 */
export async function runProgram(): Promise<never> {
  tolerateGoneReaders();
  try {
    const { runCommandLine } = await import("./command-line.ts");
    const status = await runCommandLine(process.argv.slice(2));
    if (status !== null) process.exitCode = status;
    // What yargs printed (help, version, completion) may not have been written yet.
    await write(process.stdout, "");
  } catch (error) {
    const { text, status } = describeFailure(error);
    process.exitCode = status;
    await printNotice(text);
  }
  process.exit(process.exitCode ?? exitStatus.pass);
}
