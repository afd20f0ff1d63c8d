import { fstatSync, openSync, statSync } from "node:fs";
import { fileError, UserError } from "../errors.ts";

/**
 * Opens a regular file that a user has named: nothing else, as opening a pipe may block forever.
 *
 * @throws UserError that does not repeat the path: missing, a directory, not readable
 */
export function openUserFile(path: string): {
  readonly descriptor: number;
  readonly bytes: number;
} {
  return describingErrors(() => {
    const status = statSync(path);
    if (status.isDirectory()) throw fileError("this is a directory, not a file");
    if (!status.isFile()) throw fileError("this is not a regular file");
    const descriptor = openSync(path, "r");
    return { descriptor, bytes: fstatSync(descriptor).size };
  });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file: part of the path is not a directory",
  EACCES: "no permission to read this file",
  EPERM: "no permission to read this file",
  ELOOP: "there is a circle of symbolic links",
  ENAMETOOLONG: "the path is too long",
  ERR_INVALID_ARG_VALUE: "the path has characters that are not allowed in paths",
};

/** The result, or a UserError in place of the system's; it does not repeat the path. */
export function describingErrors<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw fileError(reasons[code ?? ""] ?? `it cannot be read: ${message}`);
  }
}
