import { bytesOf } from "../../base/bytes-input.ts";
import { UserError } from "../../base/errors.ts";
import type { StatusRange } from "../../base/http-status.ts";
import { createPattern } from "../../base/regex/pattern.ts";
import type { FramingSpec } from "../../framing/framers/specs.ts";
import { type ExpectSpec, type ReplySpec, statusesByDefault } from "../../framing/reply-check.ts";
import type { ExpectInput } from "../schema/message.ts";
import { keysOf } from "../schema/values.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";
import { attempt, soleKey } from "./context.ts";

/** What is expected where the scenario does not say: of HTTP replies a status below 400. */
export function expectByDefault(framing: FramingSpec | null): ExpectSpec {
  return withStatuses({ kind: "any" }, framing, undefined);
}

/**
 * @param framing    of the replies; null where none is known
 * @param isDatagram whether each reply is a datagram
 * @returns          null where the expectation is wrong, which is noted
 */
export function normaliseExpect(
  input: ExpectInput,
  path: Path,
  diagnostics: Diagnostics,
  framing: FramingSpec | null,
  isDatagram: boolean,
): ExpectSpec | null {
  if (typeof input === "string") return withStatuses({ kind: input }, framing, undefined);
  const { status, ...inner } = input;
  // A framing that is missing or wrong has been noted.
  if (status !== undefined && (isDatagram || (framing !== null && framing.kind !== "http"))) {
    const why = isDatagram
      ? "over UDP a reply is a datagram and has no HTTP status"
      : `only HTTP replies have a status, and the framing here is ${framing?.kind}`;
    const remedy = isDatagram ? "leave status out" : "give framing: http, or leave status out";
    diagnostics.key([...path, "status"], `${why}; ${remedy}`);
  }
  const isAlone = status !== undefined && Object.keys(inner).length === 0;
  const reply = isAlone ? ({ kind: "any" } as const) : replySpec(inner, path, diagnostics);
  return reply === null ? null : withStatuses(reply, framing, status);
}

function withStatuses(
  reply: ReplySpec,
  framing: FramingSpec | null,
  status: Maps["status"],
): ExpectSpec {
  if (framing?.kind !== "http") return reply;
  return { ...reply, statuses: status === undefined ? statusesByDefault : rangesOf(status) };
}

function rangesOf(status: NonNullable<Maps["status"]>): readonly StatusRange[] {
  return isRange(status) ? [status] : status;
}

function isRange(status: NonNullable<Maps["status"]>): status is StatusRange {
  return typeof status[0] === "number";
}

/** What a reply, or another message of the peer, is to be; null where that is wrong, which is noted. */
export function replySpec(
  input: Omit<Maps, "status">,
  path: Path,
  diagnostics: Diagnostics,
): ReplySpec | null {
  const known = keysOf("an expect").filter((key) => key !== "status");
  const key = soleKey<keyof typeof input>(diagnostics, path, input, known);
  if (key === null) return null;
  const inner = [...path, key];
  return attempt(diagnostics, inner, (): ReplySpec | null => {
    const { prefix, regex, size } = input;
    if (prefix !== undefined) {
      if (
        typeof prefix !== "string" &&
        soleKey(diagnostics, inner, prefix, keysOf("a prefix")) === null
      ) {
        return null;
      }
      return { kind: "prefix", base64: bytesOf(prefix).toString("base64") };
    }
    if (regex !== undefined) {
      const at = typeof regex === "string" ? inner : [...inner, "pattern"];
      const { pattern, flags } = checkedFlags(regex);
      return attempt(diagnostics, at, (): ExpectSpec => {
        createPattern(pattern, flags);
        return { kind: "regex", source: pattern, flags };
      });
    }
    if (size !== undefined) return sizeSpec(size);
    return { kind: "bytes", base64: bytesOf(input).toString("base64") };
  });
}

type Maps = Exclude<ExpectInput, string>;

function checkedFlags(input: NonNullable<Maps["regex"]>): { pattern: string; flags: string } {
  const { pattern, flags = "" } = typeof input === "string" ? { pattern: input } : input;
  if (!/^[imsuv]*$/.test(flags)) {
    throw new UserError(`flags "${flags}": only i, m, s, u and v have a meaning here`);
  }
  return { pattern, flags };
}

function sizeSpec(input: NonNullable<Maps["size"]>): ReplySpec {
  if (typeof input === "number") return { kind: "size", minBytes: input, maxBytes: input };
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = input;
  if (min > max) throw new UserError(`min ${min} is more than max ${max}`);
  return { kind: "size", minBytes: min, maxBytes: max };
}
