import { getSystemErrorName } from "node:util";

const names = new Map<number, string>();

/**
 * The name of an error, "ECONNRESET" for 104.
 *
 * @param result a negative errno, as system calls and completions give it
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
 * An Error with the errno's name as its `code`, as Node's own carry it.
 *
 * @param where what the call was about, "127.0.0.1:80"
 */
export function systemFailure(
  call: string,
  result: number,
  where: string | null = null,
): NodeJS.ErrnoException {
  const code = errnoName(result);
  return Object.assign(new Error(`${call} ${code}${where === null ? "" : ` ${where}`}`), { code });
}
