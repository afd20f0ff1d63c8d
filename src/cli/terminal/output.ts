/**
 * Standard output and standard error, as far as the command line needs them.
 *
 * Results go to standard output, everything else to standard error. A reader that closes its end
 * (`slash8 plan x.yaml | head -1`, a terminal that is closed) is not a failure of the run: the rest of
 * the text is dropped and the exit status stays what it would have been.
 */

import { relative } from "node:path";
import { exitStatus, UserError } from "../../base/errors.ts";

/** Errors that mean that nothing reads the stream any more. */
const readerGone = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

/** Keeps a failed write from ending the process: `write` reports it. To be called once, at the start. */
export function tolerateGoneReaders(): void {
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
}

/**
 * Writes text and waits until the operating system has it: pipes are asynchronous on some
 * platforms, and `process.exit` would cut a long result short.
 *
 * @throws UserError (exit 1) when the write fails for a reason other than a closed reader, such as a full disk
 */
export function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (!error || readerGone.has((error as NodeJS.ErrnoException).code ?? "")) resolve();
      else
        reject(
          new UserError(`the output cannot be written: ${error.message}`, exitStatus.internal),
        );
    });
  });
}

/** Writes a line to standard output; for results. */
export function printResult(text: string): Promise<void> {
  return write(process.stdout, `${text}\n`);
}

/** Writes a line to standard error; for notices and errors. */
export function printNotice(text: string): Promise<void> {
  return write(process.stderr, `${text}\n`);
}

/** Returns a path for people: relative to the working directory if it is below it. */
export function pathForUser(path: string): string {
  const below = relative(process.cwd(), path);
  return below === "" || below.startsWith("..") ? path : below;
}
