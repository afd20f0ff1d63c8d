import { type ExitStatus, exitStatus, UserError } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";

export interface Failure {
  readonly text: string;
  readonly status: ExitStatus;
}

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
 * Returns what to print for an exception, and the status to exit with.
 *
 * A UserError is printed as its message only, after the program's name unless each line already names a
 * place in a file. A full file table and a lack of memory are the machine's problem, and can occur anywhere,
 * even while Node loads our modules. Anything else is a defect of ours and is printed with its stack.
 */
export function describeFailure(error: unknown): Failure {
  if (error instanceof UserError) {
    const placed = /^[^\s:][^:\n]*:\d+:\d+: /.test(error.message);
    const text = placed ? error.message : `slash8: ${error.message}`;
    return { text: printable(text), status: error.status };
  }
  const exhausted = filesExhausted[codeOf(error)];
  if (exhausted !== undefined) {
    return { text: `slash8: ${exhausted}`, status: exitStatus.cannotHold };
  }
  const found = outOfMemory.exec(error instanceof Error ? error.message : "")?.[0];
  if (found !== undefined) {
    return {
      text: printable(
        `slash8: there is no memory left for this (${(error as Error).message}): end other programs, raise the limit ` +
          "(ulimit -v unlimited, the container's), or use fewer connections",
      ),
      status: exitStatus.cannotHold,
    };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: printable(`slash8: internal failure, please report it with the scenario:\n${stack}`),
    status: exitStatus.internal,
  };
}
