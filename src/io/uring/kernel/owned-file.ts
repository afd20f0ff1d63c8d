import { closeSync, openSync } from "node:fs";
import { systemFailure } from "./errno-name.ts";
import { closeFile, copyFile } from "./syscalls.ts";

/**
 * Makes a file this thread's own: it is closed when the thread ends, also when it is terminated, where
 * no line of ours runs any more. For files that would keep sockets alive.
 *
 * Node closes what a worker has opened through `fs`, and knows it by its number: the file takes the
 * number of one that was opened so. The main thread's end is that of the process.
 *
 * @param fd is closed
 * @returns  its new number, for `closeOwned`
 * @throws   Error with `code`, EMFILE for example
 * @see      trackUnmanagedFds of Node's Worker; dup3(2)
 */
export function own(fd: number): number {
  try {
    const owned = openSync("/", "r");
    const result = copyFile(fd, owned);
    if (result < 0) {
      closeSync(owned);
      throw systemFailure("dup3", result);
    }
    return owned;
  } finally {
    closeFile(fd);
  }
}

export function closeOwned(fd: number): void {
  closeSync(fd);
}
