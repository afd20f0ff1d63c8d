import { equalBytes } from "../base/bytes.ts";
import type { StatusRange } from "../base/http-status.ts";
import { createPattern } from "../base/regex/pattern.ts";

/** What a reply's bytes must be. */
export type ReplySpec =
  | { readonly kind: "any" }
  | { readonly kind: "echo" }
  | { readonly kind: "bytes"; readonly base64: string }
  | { readonly kind: "prefix"; readonly base64: string }
  | { readonly kind: "regex"; readonly source: string; readonly flags: string }
  | { readonly kind: "size"; readonly minBytes: number; readonly maxBytes: number };

/** Which HTTP status a reply must have, and what its bytes must be: both. */
export type ExpectSpec = ReplySpec & {
  /** Absent where replies have no status. */
  readonly statuses?: readonly StatusRange[];
};

/** What is expected of HTTP replies where the scenario does not say: neither 4xx nor 5xx, nor what is worse. */
export const statusesByDefault: readonly StatusRange[] = [[100, 399]];

/** Error code of a reply whose bytes are not as expected. */
export const unexpectedReply = "UNEXPECTED";

/** `expect:`: is this reply the right one? Pure, allocation-free for replies that are, but with a regex. */
export interface ReplyCheck {
  /** Whether `check` looks at the message that was sent (`echo`), so that the caller must keep it. */
  readonly needsRequest: boolean;
  /**
   * Whether `check` reads the reply's bytes. Where it does not (any, size), only `end - start` counts
   * and the bytes need not be there: see `keepWhole` of reply-reader.ts.
   */
  readonly needsReply: boolean;
  /**
   * @param status the reply's HTTP status; 0: it has none
   * @returns      null when the reply, bytes `[start, end)`, is as expected of the request given; else
   *               the code of the error: `HTTP_` and the status where that is not expected
   */
  check(
    reply: Uint8Array,
    start: number,
    end: number,
    request: Uint8Array | null,
    requestLength: number,
    status: number,
  ): string | null;
}

/**
 * Creates the check of a scenario's `expect`. Replies are whole messages: delimiters and length fields are
 * a part of them. A regular expression sees bytes as characters U+0000 to U+00FF (latin1).
 *
 * @throws UserError for a regular expression that is not one, or that cannot be matched in linear time
 */
export function createReplyCheck(spec: ExpectSpec): ReplyCheck {
  const check = createBodyCheck(spec);
  return spec.statuses === undefined ? check : withStatuses(check, spec.statuses);
}

/** What a status may be: three digits, and 0 for none. */
const statusBound = 1000;

function withStatuses(inner: ReplyCheck, ranges: readonly StatusRange[]): ReplyCheck {
  const isExpected = new Uint8Array(statusBound);
  isExpected[0] = 1;
  for (const [from, to] of ranges) isExpected.fill(1, from, to + 1);
  /** By status, once it has come. */
  const codes: string[] = [];
  return {
    ...inner,
    check(reply, start, end, request, requestLength, status) {
      if (isExpected[status] === 1) {
        return inner.check(reply, start, end, request, requestLength, status);
      }
      codes[status] ??= `HTTP_${status}`;
      return codes[status];
    },
  };
}

function createBodyCheck(spec: ReplySpec): ReplyCheck {
  switch (spec.kind) {
    case "any":
      return { needsRequest: false, needsReply: false, check: () => null };
    case "size":
      return {
        needsRequest: false,
        needsReply: false,
        check: (_reply, start, end) =>
          refusedUnless(end - start >= spec.minBytes && end - start <= spec.maxBytes),
      };
    case "echo":
      return {
        needsRequest: true,
        needsReply: true,
        check: (reply, start, end, request, requestLength) =>
          refusedUnless(
            request !== null &&
              end - start === requestLength &&
              equalBytes(reply, start, request, 0, requestLength),
          ),
      };
    case "bytes":
    case "prefix":
      return createBytesCheck(Buffer.from(spec.base64, "base64"), spec.kind === "prefix");
    case "regex":
      return createRegexCheck(spec.source, spec.flags);
  }
}

function refusedUnless(isRight: boolean): string | null {
  return isRight ? null : unexpectedReply;
}

function createBytesCheck(expected: Uint8Array, isPrefix: boolean): ReplyCheck {
  const { length } = expected;
  return {
    needsRequest: false,
    needsReply: true,
    check: (reply, start, end) =>
      refusedUnless(
        (isPrefix ? end - start >= length : end - start === length) &&
          equalBytes(reply, start, expected, 0, length),
      ),
  };
}

function createRegexCheck(source: string, flags: string): ReplyCheck {
  // With g and y an expression would remember where it was.
  const pattern = createPattern(source, flags.replaceAll(/[gy]/g, ""));
  return {
    needsRequest: false,
    needsReply: true,
    check(reply, start, end) {
      const bytes = Buffer.from(reply.buffer, reply.byteOffset + start, end - start);
      return refusedUnless(pattern.test(bytes.toString("latin1")));
    },
  };
}
