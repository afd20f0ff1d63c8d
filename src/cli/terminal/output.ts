/**
 * Standard output and standard error, as far as the command line needs them.
 *
 * Results go to standard output, everything else to standard error. A reader that goes away
 * (`slash8 plan x.yaml | head -1`, a terminal that is closed) is no failure of the run: the rest of
 * the text is dropped and the exit status stays what it would have been.
 */

import { relative } from "node:path";
import { exitStatus, UserError } from "../../base/errors.ts";

/** Errors that mean "nobody reads this any more". */
const readerGone = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

/** Keeps a failed write from ending the process: `write` tells of it. To be called once, at first. */
export function tolerateGoneReaders(): void {
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
}

/**
 * Writes text and waits until the operating system has it: pipes are asynchronous on some
 * platforms, and `process.exit` would cut a long result short.
 *
 * @throws UserError (exit 1) when the write fails otherwise than for a reader that went away: a full disk
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

/** Writes text and a line end to standard output; for results. */
export function printResult(text: string): Promise<void> {
  return write(process.stdout, `${text}\n`);
}

/** Writes text and a line end to standard error; for notices and errors. */
export function printNotice(text: string): Promise<void> {
  return write(process.stderr, `${text}\n`);
}

/** A path for people: relative to the working directory where it lies below. */
export function pathForUser(path: string): string {
  const below = relative(process.cwd(), path);
  return below === "" || below.startsWith("..") ? path : below;
}
