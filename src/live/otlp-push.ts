import { setTimeout as sleep } from "node:timers/promises";
import { familiesOf } from "./families.ts";
import { otlpRequest } from "./otlp.ts";
import { type Answer, bodyOf, sendOnce } from "./otlp-send.ts";
import type { OtlpSettings } from "./otlp-settings.ts";
import type { RunWatcher, WatchedRun } from "./watcher.ts";

export interface OtlpPace {
  readonly intervalMs: number;
  /** How long the end of a run waits for a collector, at most. */
  readonly lastMs: number;
  /** The first pause before something is tried again, and the longest. */
  readonly firstRetryMs: number;
  readonly mostRetryMs: number;
}

const defaultPace: OtlpPace = {
  intervalMs: 5_000,
  lastMs: 5_000,
  firstRetryMs: 500,
  mostRetryMs: 5_000,
};

/**
 * Pushes a run's metrics by OTLP/HTTP every few seconds, and at its end.
 *
 *     | answer                                  | then                                                      |
 *     | --------------------------------------- | --------------------------------------------------------- |
 *     | accepted                                | the next push at its time                                 |
 *     | 429, 502, 503, 504, or no connection    | the same again: after Retry-After, else twice as long as  |
 *     |                                         | before, with jitter, until the time-out; then dropped     |
 *     | anything else, or none in time          | dropped                                                   |
 *
 * Values count from the run's start, so the next push makes up for one that was dropped, and nothing is kept. The first
 * failure is reported, and at the end what was dropped; the run continues.
 *
 * @see "OTLP/HTTP Response", "Failures" of OTLP
 */
export class OtlpPush implements RunWatcher {
  readonly #settings: OtlpSettings;
  readonly #pace: OtlpPace;
  #run: WatchedRun | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** The push in progress, if any: pushes do not overtake each other. */
  #pushing: Promise<void> | null = null;
  /** Ends pauses before something is tried again: at a run's end only what is newest matters. */
  #retries = new AbortController();
  /** Ends what is being sent. */
  #sending = new AbortController();
  /** As the collector has asked for; ms, by performance.now(). */
  #pausedUntilMs = 0;
  #pushes = 0;
  #dropped = 0;
  #wasLastDropped = false;
  #isReported = false;

  constructor(settings: OtlpSettings, pace: Partial<OtlpPace> = {}) {
    this.#settings = settings;
    this.#pace = { ...defaultPace, ...pace };
  }

  begin(run: WatchedRun): void {
    this.#run = run;
    this.#pushes = 0;
    this.#dropped = 0;
    this.#isReported = false;
    this.#retries = new AbortController();
    this.#timer = setInterval(() => {
      if (performance.now() >= this.#pausedUntilMs) void this.#push(this.#settings.timeoutMs);
    }, this.#pace.intervalMs);
    this.#timer.unref();
  }

  async end(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    const mostMs = Math.min(this.#settings.timeoutMs, this.#pace.lastMs);
    const endMs = performance.now() + mostMs;
    this.#retries.abort();
    const limit = setTimeout(() => this.#sending.abort(), mostMs / 2);
    await this.#pushing;
    clearTimeout(limit);
    // The last one may be tried again, too.
    this.#retries = new AbortController();
    await this.#push(endMs - performance.now());
    this.#reportDropped();
    this.#run = null;
  }

  async close(): Promise<void> {}

  #push(mostMs: number): Promise<void> {
    this.#pushing ??= this.#pushNow(mostMs).finally(() => {
      this.#pushing = null;
    });
    return this.#pushing;
  }

  async #pushNow(mostMs: number): Promise<void> {
    const run = this.#run;
    if (run === null) return;
    const endMs = performance.now() + mostMs;
    const { histograms, resource, gzip } = this.#settings;
    const view = run.view();
    const request = otlpRequest(familiesOf(view), view, new Date(), { histograms, resource });
    const body = await bodyOf(request, gzip);
    this.#pushes++;
    this.#wasLastDropped = !(await this.#deliver(run, body, endMs));
    if (this.#wasLastDropped) this.#dropped++;
  }

  /** @returns whether all of it was accepted in the end */
  async #deliver(run: WatchedRun, body: Uint8Array<ArrayBuffer>, endMs: number): Promise<boolean> {
    // What the collector has asked for before holds for the last push of a run as well.
    let pauseMs = this.#pausedUntilMs - performance.now();
    for (let attempt = 0; ; attempt++) {
      if (pauseMs > 0) {
        if (performance.now() + pauseMs >= endMs) return false;
        if (!(await paused(pauseMs, this.#retries.signal))) return false;
      }
      this.#sending = new AbortController();
      const inTime = AbortSignal.timeout(Math.max(1, Math.ceil(endMs - performance.now())));
      const signal = AbortSignal.any([this.#sending.signal, inTime]);
      const answer = await sendOnce(this.#settings, body, signal);
      if (answer.problem === null) return true;
      this.#reportFirst(run, answer);
      if (!answer.isTransient) return false;
      const { firstRetryMs, mostRetryMs } = this.#pace;
      pauseMs =
        answer.retryAfterMs ?? retryPauseMs(attempt, firstRetryMs, mostRetryMs, Math.random());
      if (answer.retryAfterMs !== null) this.#pausedUntilMs = performance.now() + pauseMs;
    }
  }

  #reportFirst(run: WatchedRun, { problem, isTransient }: Answer): void {
    if (this.#isReported) return;
    this.#isReported = true;
    const then = isTransient ? "it is tried again, and the run continues" : "the run continues";
    run.report(`--otlp: ${this.#settings.url} did not accept the metrics: ${problem}; ${then}`);
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return;
    const then = this.#wasLastDropped
      ? "the last one, too, so the collector does not have the end of this run"
      : "the last one was accepted and has all totals, as values count from the run's start";
    this.#run?.report(`--otlp: ${this.#dropped} of ${this.#pushes} pushes were dropped; ${then}`);
  }
}

/**
 * How long to wait before something is tried again, without a word of the collector: twice as long each time, less up
 * to a half by chance, so that many clients do not come back at once.
 *
 * @param attempt from 0
 * @param random  0 <= random < 1
 */
export function retryPauseMs(
  attempt: number,
  firstMs: number,
  mostMs: number,
  random: number,
): number {
  return Math.min(mostMs, firstMs * 2 ** attempt) * (1 - random / 2);
}

/** @returns false where it was ended early */
async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal, ref: true });
    return true;
  } catch {
    return false;
  }
}
