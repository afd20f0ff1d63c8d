/**
 * Counts how often the user requested an end.
 *
 * SIGINT, SIGTERM and SIGHUP count equally. Under `npm run load` one Ctrl-C arrives twice: once from
 * the terminal, which signals the whole foreground group, and once more from npm, which passes it
 * on; so signals that follow within `sameNs` are one request.
 */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const sameNs = 300e6;

export interface Interrupts {
  /** Requests so far. */
  readonly count: number;
  /** Called with 1, 2, 3, ... for each request. */
  onRequest: (count: number) => void;
  stop(): void;
}

/**
 * Listens until `stop` is called; without a listener a signal ends the process, as usual.
 *
 * @param clock monotonic, ns
 */
export function listenForInterrupts(clock: () => number): Interrupts {
  let count = 0;
  let lastNs = Number.NEGATIVE_INFINITY;
  const listener = (): void => {
    const nowNs = clock();
    if (nowNs - lastNs < sameNs) return;
    lastNs = nowNs;
    interrupts.onRequest(++count);
  };
  const interrupts: Interrupts = {
    get count() {
      return count;
    },
    onRequest() {},
    stop() {
      for (const signal of signals) process.off(signal, listener);
    },
  };
  for (const signal of signals) process.on(signal, listener);
  return interrupts;
}
