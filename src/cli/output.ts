/**
 * Standard output and standard error, as far as the command line needs them.
 *
 * Results go to standard output, everything else to standard error. A reader that goes away
 * (`slash8 plan x.yaml | head -1`, a terminal that is closed) is no failure of the run: the rest of
 * the text is dropped and the exit status stays what it would have been.
 */

/** Errors that mean "nobody reads this any more". */
const readerGone = new Set(["EPIPE", "EIO", "ERR_STREAM_DESTROYED"]);

function ignoreGoneReader(error: NodeJS.ErrnoException): void {
  if (!readerGone.has(error.code ?? "")) throw error;
}

/** Makes writes to a closed pipe harmless; to be called once, before anything is written. */
export function tolerateGoneReaders(): void {
  process.stdout.on("error", ignoreGoneReader);
  process.stderr.on("error", ignoreGoneReader);
}

/**
 * Writes text and waits until the operating system has it: pipes are asynchronous on some
 * platforms, and `process.exit` would cut a long result short.
 *
 * @throws when the write fails for another reason than a reader that went away (a full disk)
 */
export function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error && !readerGone.has((error as NodeJS.ErrnoException).code ?? "")) reject(error);
      else resolve();
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
