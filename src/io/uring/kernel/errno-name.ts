import { getSystemErrorName } from "node:util";

const names = new Map<number, string>();

/**
 * The name of an error, "ECONNRESET" for 104.
 *
 * @param result a negative errno, as system calls and completions return it
 * @see   errno(3)
 */
export function errnoName(result: number): string {
  let name = names.get(result);
  if (name === undefined) {
    const known = getSystemErrorName(result);
    name = known.startsWith("E") ? known : "EUNKNOWN";
    names.set(result, name);
  }
  return name;
}

/**
 * An Error with the errno's name as its `code`, like Node's own.
 *
 * @param where what the call applied to, "127.0.0.1:80"
 */
export function systemFailure(
  call: string,
  result: number,
  where: string | null = null,
): NodeJS.ErrnoException {
  const code = errnoName(result);
  return Object.assign(new Error(`${call} ${code}${where === null ? "" : ` ${where}`}`), { code });
}
