type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Whether a terminal shows block elements and the like.
 *
 * The first of LC_ALL, LC_CTYPE and LANG that is set and not empty names the encoding. Where none is, as in most
 * containers, terminals are UTF-8 all the same. Linux' own console has few such characters in its font.
 *
 * @see locale(7)
 */
export function wantsUnicode(env: Environment): boolean {
  if (env.TERM === "linux" || env.TERM === "dumb") return false;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "";
  return locale === "" || /utf-?8/i.test(locale);
}
