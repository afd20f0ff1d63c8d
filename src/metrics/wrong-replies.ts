/** What came: its first `mostReplyBytes` bytes, and how many there were; none where it came in pieces that nobody kept. */
export interface ReplyExample {
  readonly received: Uint8Array;
  readonly receivedBytes: number;
}

/**
 * The first reply with an error code that says something is wrong with it, the first that came after its time-out, or the
 * first message that nobody had requested.
 */
export interface WrongReply extends ReplyExample {
  /** As in `ErrorCount`. */
  readonly code: string;
  /** Index in the flow space. */
  readonly client: number;
  /** Monotonic clock. */
  readonly atNs: number;
}

/** Bytes of an example, at most. */
export const mostReplyBytes = 128;

/** Bytes `[start, end)` are the reply, or what is known of it. */
export function exampleOf(
  bytes: Uint8Array,
  start: number,
  end: number,
  receivedBytes: number,
): ReplyExample {
  const stop = Math.min(end, start + mostReplyBytes);
  return { received: Uint8Array.from(bytes.subarray(start, stop)), receivedBytes };
}

/** Error codes with an example, at most. */
const mostCodes = 4;

const none: readonly WrongReply[] = [];

/** What a recorder keeps of them in one interval. */
export class WrongReplies {
  #found: WrongReply[] = [];

  /** Bytes `[start, end)` are the reply, or what is known of it. @cost a few ns, but for the first with its code */
  add(
    code: string,
    client: number,
    atNs: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    receivedBytes: number,
  ): void {
    const found = this.#found;
    for (const one of found) if (one.code === code) return;
    if (found.length === mostCodes) return;
    found.push({ code, client, atNs, ...exampleOf(bytes, start, end, receivedBytes) });
  }

  /** Returns them and starts over. */
  take(): readonly WrongReply[] {
    if (this.#found.length === 0) return none;
    const found = this.#found;
    this.#found = [];
    return found;
  }
}

/** The first of each code; of the codes those that were first. */
export function mergeWrongReplies(
  a: readonly WrongReply[],
  b: readonly WrongReply[],
): readonly WrongReply[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const sorted = [...a, ...b].sort((x, y) => x.atNs - y.atNs || x.client - y.client);
  return sorted
    .filter(({ code }, index) => sorted.findIndex((other) => other.code === code) === index)
    .slice(0, mostCodes);
}
