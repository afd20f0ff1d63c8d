import { equalBytes } from "../base/bytes.ts";
import { UserError } from "../base/errors.ts";

export type ExpectSpec =
  | { readonly kind: "any" }
  | { readonly kind: "echo" }
  | { readonly kind: "bytes"; readonly base64: string }
  | { readonly kind: "prefix"; readonly base64: string }
  | { readonly kind: "regex"; readonly source: string; readonly flags: string }
  | { readonly kind: "size"; readonly minBytes: number; readonly maxBytes: number };

/** `expect:`: is this reply the right one? Pure, allocation-free for bytes, prefix, size and echo. */
export interface ReplyCheck {
  /** Whether `check` looks at the message that was sent (`echo`), so that the caller must keep it. */
  readonly needsRequest: boolean;
  /**
   * Whether `check` reads the reply's bytes. Where it does not (any, size), only `end - start` counts
   * and the bytes need not be there: see `keepWhole` of reply-reader.ts.
   */
  readonly needsReply: boolean;
  /** @returns true when the reply, bytes `[start, end)`, is as expected of the request given */
  check(
    reply: Uint8Array,
    start: number,
    end: number,
    request: Uint8Array | null,
    requestLength: number,
  ): boolean;
}

/**
 * The check that a scenario asks for. Replies are whole messages: delimiters and length fields are
 * a part of them. A regular expression sees bytes as characters U+0000 to U+00FF (latin1).
 *
 * @throws UserError for a regular expression that is none
 */
export function createReplyCheck(spec: ExpectSpec): ReplyCheck {
  switch (spec.kind) {
    case "any":
      return { needsRequest: false, needsReply: false, check: () => true };
    case "size":
      return {
        needsRequest: false,
        needsReply: false,
        check: (_reply, start, end) => end - start >= spec.minBytes && end - start <= spec.maxBytes,
      };
    case "echo":
      return {
        needsRequest: true,
        needsReply: true,
        check: (reply, start, end, request, requestLength) =>
          request !== null &&
          end - start === requestLength &&
          equalBytes(reply, start, request, 0, requestLength),
      };
    case "bytes":
    case "prefix":
      return createBytesCheck(Buffer.from(spec.base64, "base64"), spec.kind === "prefix");
    case "regex":
      return createRegexCheck(spec.source, spec.flags);
  }
}

function createBytesCheck(expected: Uint8Array, isPrefix: boolean): ReplyCheck {
  const { length } = expected;
  return {
    needsRequest: false,
    needsReply: true,
    check: (reply, start, end) =>
      (isPrefix ? end - start >= length : end - start === length) &&
      equalBytes(reply, start, expected, 0, length),
  };
}

function createRegexCheck(source: string, flags: string): ReplyCheck {
  let regex: RegExp;
  try {
    regex = new RegExp(source, flags);
  } catch (error) {
    throw new UserError(`expect: ${(error as Error).message}`);
  }
  return {
    needsRequest: false,
    needsReply: true,
    check(reply, start, end) {
      const bytes = Buffer.from(reply.buffer, reply.byteOffset + start, end - start);
      // With the flags g and y an expression remembers where it was.
      regex.lastIndex = 0;
      return regex.test(bytes.toString("latin1"));
    },
  };
}
