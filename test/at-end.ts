const works: (() => unknown)[] = [];

/**
 * Has something done when the tests of the file have finished, whatever their outcome. Which test is running is not known
 * behind an `await`, where several run at once.
 */
export function atEndOfFile(work: () => unknown): void {
  works.push(work);
}

/** Does all of it; clean-up.ts calls it. */
export async function endOfFile(): Promise<void> {
  await Promise.all(works.splice(0).map((work) => work()));
}
