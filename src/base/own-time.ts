/** How long this thread was at work for slash8: a server of a test may share it. */

let totalNs = 0n;

/** Counts the time that a piece of synchronous work takes. Pieces do not contain each other. */
export function timed(work: () => void): void {
  const began = process.hrtime.bigint();
  try {
    work();
  } finally {
    totalNs += process.hrtime.bigint() - began;
  }
}

/** All of it so far, s. */
export function ownSeconds(): number {
  return Number(totalNs) / 1e9;
}
