/**
 * How a program is started that finds its sockets open, from file descriptor 3 on.
 *
 * LISTEN_PID must be the program's own process, so that a child of it does not take the sockets for its
 * own: a shell knows that number and gives its place to the program.
 *
 * @param argv    of the program
 * @param sockets how many there are; 0: the program is started as it is
 * @param name    what LISTEN_FDNAMES calls each
 * @returns       argv, and what is added to the environment
 * @see           sd_listen_fds(3)
 */
export function activated(
  argv: readonly string[],
  sockets: number,
  name: string,
): { argv: readonly string[]; env: Readonly<Record<string, string>> } {
  if (sockets === 0) return { argv, env: {} };
  return {
    argv: ["/bin/sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", ...argv],
    env: {
      LISTEN_FDS: String(sockets),
      LISTEN_FDNAMES: Array.from({ length: sockets }, () => name).join(":"),
    },
  };
}
