import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { OtlpSettings } from "./otlp-settings.ts";

/** What a collector made of a push. */
export interface Answer {
  /** Null: everything was accepted. */
  readonly problem: string | null;
  /** Whether the same may be tried again. */
  readonly isTransient: boolean;
  /** How long the collector wants to be left alone before that; null: it does not say. */
  readonly retryAfterMs: number | null;
}

/** All other errors must not be tried again. @see "Retryable Response Codes" of OTLP */
const transient = new Set([429, 502, 503, 504]);

const compressed = promisify(gzip);

/** A request's body, compressed where that is wanted. */
export async function bodyOf(request: unknown, isGzip: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const plain = Buffer.from(JSON.stringify(request));
  return isGzip ? compressed(plain) : plain;
}

/** Sends a body once. Never rejects. */
export async function sendOnce(
  { url, headers, gzip: isGzip }: OtlpSettings,
  body: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: {
        ...headers,
        "content-type": "application/json",
        ...(isGzip ? { "content-encoding": "gzip" } : {}),
      },
      body,
      // The user has chosen where the metrics go; no redirect may send them elsewhere.
      redirect: "manual",
      signal,
    });
    const answer = await response.text();
    if (response.ok) return { problem: rejected(answer), isTransient: false, retryAfterMs: null };
    return {
      problem: `status ${response.status}${excerpt(answer)}`,
      isTransient: transient.has(response.status),
      retryAfterMs: retryAfterOf(response.headers.get("retry-after"), Date.now()),
    };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error & { code?: string } };
    if (signal.aborted)
      return { problem: "no answer in time", isTransient: false, retryAfterMs: null };
    const problem = cause?.code ?? cause?.message ?? message;
    return { problem, isTransient: true, retryAfterMs: null };
  }
}

/**
 * Reads a Retry-After header: seconds, or a date.
 *
 * @returns ms from now on, >= 0; null where there is none that can be read
 * @see     RFC 9110, 10.2.3
 */
export function retryAfterOf(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return 1_000 * Number(text);
  // A date begins with the name of a day. Date.parse also reads much that is not a date.
  const date = /^[A-Z][a-z]+,? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
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
