import { familiesOf } from "./families.ts";
import { otlpRequest } from "./otlp.ts";
import type { RunWatcher, WatchedRun } from "./watcher.ts";

export interface OtlpPushOptions {
  readonly url: URL;
  readonly intervalMs?: number;
  /** How long a collector may take to answer; the end of a run does not wait longer than that. */
  readonly timeoutMs?: number;
}

/**
 * Pushes a run's metrics by OTLP/HTTP every few seconds, and at its end.
 *
 * Values count from the run's start, so the next push makes up for a failed one and nothing is buffered.
 * The first failure is reported, and at the end the number of failures; the run continues.
 */
export class OtlpPush implements RunWatcher {
  readonly #url: URL;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  #run: WatchedRun | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** The push in progress, if any: pushes do not overtake each other. */
  #pushing: Promise<void> | null = null;
  #pushes = 0;
  #failures = 0;

  constructor({ url, intervalMs = 5_000, timeoutMs = 3_000 }: OtlpPushOptions) {
    this.#url = url;
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
  }

  begin(run: WatchedRun): void {
    this.#run = run;
    this.#pushes = 0;
    this.#failures = 0;
    this.#timer = setInterval(() => void this.#push(), this.#intervalMs);
    this.#timer.unref();
  }

  async end(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#pushing;
    await this.#push();
    if (this.#failures > 1) {
      this.#run?.report(`--otlp: ${this.#failures} of ${this.#pushes} pushes failed`);
    }
    this.#run = null;
  }

  async close(): Promise<void> {}

  #push(): Promise<void> {
    this.#pushing ??= this.#pushNow().finally(() => {
      this.#pushing = null;
    });
    return this.#pushing;
  }

  async #pushNow(): Promise<void> {
    const run = this.#run;
    if (run === null) return;
    const view = run.view();
    this.#pushes++;
    const problem = await this.#send(otlpRequest(familiesOf(view), view, new Date()));
    if (problem === null) return;
    this.#failures++;
    if (this.#failures === 1) {
      run.report(`--otlp: ${this.#url} did not accept the metrics: ${problem}; the run continues`);
    }
  }

  /** @returns why it failed; null if everything was accepted */
  async #send(request: unknown): Promise<string | null> {
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
        // The user has chosen where the metrics go; no redirect may send them elsewhere.
        redirect: "manual",
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      const answer = await response.text();
      if (!response.ok) return `status ${response.status}${excerpt(answer)}`;
      return rejected(answer);
    } catch (error) {
      const { name, message, cause } = error as Error & { cause?: Error & { code?: string } };
      if (name === "TimeoutError") return `no answer within ${this.#timeoutMs / 1000} s`;
      return cause?.code ?? cause?.message ?? message;
    }
  }
}

/** Returns what a collector rejected in part; null: nothing. @see "Partial Success" of OTLP */
function rejected(answer: string): string | null {
  try {
    const { partialSuccess } = JSON.parse(answer) as {
      partialSuccess?: { rejectedDataPoints?: string | number; errorMessage?: string };
    };
    const count = Number(partialSuccess?.rejectedDataPoints ?? 0);
    if (!(count > 0)) return null;
    return `${count} values were rejected${excerpt(partialSuccess?.errorMessage ?? "")}`;
  } catch {
    return null; // An answer that is not JSON reports no partial success.
  }
}

const mostQuoted = 200;

/** Returns the start of a foreign text, as one line of plain text. */
function excerpt(text: string): string {
  const plain = text
    .slice(0, mostQuoted)
    .replaceAll(/[^\x20-\x7e]+/g, " ")
    .trim();
  return plain === "" ? "" : `: ${plain}`;
}
