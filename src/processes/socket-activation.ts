/**
 * Returns how to start a program with activation sockets, from file descriptor 3 on.
 *
 * LISTEN_PID must be the program's own pid, so that a child process does not take the sockets for its
 * own. A shell knows its pid and replaces itself by the program.
 *
 * @param argv    of the program
 * @param sockets how many there are; 0: the program is started unchanged
 * @param name    name of each socket in LISTEN_FDNAMES
 * @returns       argv, and additions to the environment
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
