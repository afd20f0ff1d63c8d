import { closeSync, openSync } from "node:fs";
import { systemFailure } from "./errno-name.ts";
import { closeFile, copyFile } from "./syscalls.ts";

/**
 * Makes the thread the owner of a file: it is closed when the thread ends, also when it is terminated,
 * where none of its code runs any more. For files that would keep sockets open.
 *
 * Node closes what a worker has opened through `fs`, and identifies it by its number: the file takes
 * the number of one that was opened that way. The main thread ends with the process.
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
