import picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

/**
 * Whether to colour what goes to a stream.
 *
 * FORCE_COLOR comes first (CI systems show colours without a terminal), then NO_COLOR, then whether
 * the stream is a terminal that can.
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
  // Node leaves isTTY undefined on pipes; handed on, picocolors would look at the environment itself.
  return isTerminal === true && env.TERM !== "dumb";
}

/** Colour functions, or functions that return the text as it is. */
export function createColors(color: boolean): Colors {
  return picocolors.createColors(color);
}
