/** Stands for a lone dash, standard input, while yargs parses, which would lose it among several files. */
export const dash = "\0-";

/**
 * Puts lone dashes back into a positional argument.
 *
 * @param args as yargs has parsed them
 * @param name of the positional argument; left out: there is none
 */
export function withDashes(
  args: Readonly<Record<string, unknown>>,
  name: string | undefined,
): Readonly<Record<string, unknown>> {
  if (name === undefined) return args;
  const restored = (value: unknown) => (value === dash ? "-" : value);
  const given = args[name];
  return { ...args, [name]: Array.isArray(given) ? given.map(restored) : restored(given) };
}
