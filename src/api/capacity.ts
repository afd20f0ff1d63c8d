import { CapacityError } from "../base/errors.ts";

/** Error codes of a full file table, wherever a file or socket is opened. */
const filesExhausted: Readonly<Record<string, string>> = {
  EMFILE: "the limit on open files per process is too low for this: raise it (ulimit -n 20000)",
  ENFILE: "this machine has no open files left: end other programs, or raise fs.file-max",
};

/** What loading this program takes: with fewer open files Node does not find packages that are there. */
const filesToLoad = 256;

/** Code of a failure; that of a full file table where Node reports something else for it. */
function codeOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException)?.code ?? "";
  return code === "ERR_MODULE_NOT_FOUND" && openFilesLimit() < filesToLoad ? "EMFILE" : code;
}

/** From Node itself, as /proc would be another file to open. */
function openFilesLimit(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits?: { open_files?: { soft?: number | "unlimited" } };
  };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : Number.POSITIVE_INFINITY;
}

/** What V8, WebAssembly and the system say where memory is not to be had. */
const outOfMemory = /out of memory|Cannot allocate memory|Array buffer allocation failed|ENOMEM/i;

/**
 * Returns an exception as the lack of files or memory that it is; both can occur anywhere, even while Node loads modules.
 *
 * @returns null for any other exception
 */
export function capacityErrorOf(error: unknown): CapacityError | null {
  const exhausted = filesExhausted[codeOf(error)];
  if (exhausted !== undefined) return new CapacityError(exhausted);
  const message = error instanceof Error ? error.message : "";
  if (!outOfMemory.test(message)) return null;
  return new CapacityError(
    `there is no memory left for this (${message}): end other programs, raise the limit ` +
      "(ulimit -v unlimited, the container's), or use fewer connections",
  );
}
