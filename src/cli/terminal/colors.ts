import picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

/**
 * Whether to colour what is written to a stream.
 *
 * FORCE_COLOR takes precedence (CI systems show colours without a terminal), then NO_COLOR, then whether
 * the stream is a terminal with colours.
 *
 * @see https://no-color.org: set and not empty
 */
export function wantsColor(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean | undefined,
): boolean {
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== "0" && force !== "false";
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  // Node leaves isTTY undefined on pipes; if it were passed on, picocolors would check the environment itself.
  return isTerminal === true && env.TERM !== "dumb";
}

/** Returns colour functions, or functions that return the text as it is. */
export function createColors(color: boolean): Colors {
  return picocolors.createColors(color);
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether a terminal shows block elements and the like.
 *
 * The first of LC_ALL, LC_CTYPE and LANG that is set and not empty names the encoding. Where none is, as in most
 * containers, terminals are UTF-8 nevertheless. Linux' own console has few such characters in its font.
 *
 * @see locale(7)
 */
export function wantsUnicode(env: Environment): boolean {
  if (env.TERM === "linux" || env.TERM === "dumb") return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return locale === "" || /utf-?8/i.test(locale);
}
