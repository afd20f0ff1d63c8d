import { bytesOf } from "../../../base/bytes-input.ts";
import { UserError } from "../../../base/errors.ts";
import type { ReplySpec } from "../../../framing/reply-check.ts";
import type { UnsolicitedSpec } from "../../scenario.ts";
import type { UnsolicitedInput } from "../../schema/message.ts";
import type { Diagnostics } from "../../source/diagnostics.ts";
import type { Path } from "../../source/tree.ts";
import { attempt, itemsOf, soleKey } from "../context.ts";
import { replySpec } from "../expect.ts";

type AsideInput = NonNullable<UnsolicitedInput["answer"]>[number]["to"];

/** What the target may send besides replies; problems are reported. */
export function normaliseUnsolicited(
  input: UnsolicitedInput | undefined,
  path: Path,
  diagnostics: Diagnostics,
): UnsolicitedSpec | null {
  if (input === undefined) return null;
  const { ignore, answer = [] } = input;
  if (ignore === undefined && answer.length === 0) {
    diagnostics.key(
      path,
      'unsolicited is empty: give ignore or answer, as in { ignore: "+OK\\r\\n" }',
    );
  }
  const ignored = ignore === undefined ? [] : itemsOf<AsideInput>(ignore, [...path, "ignore"]);
  return {
    ignore: ignored.flatMap(([one, at]) => asideSpec(one, at, diagnostics)),
    answer: answer.flatMap(({ to, send }, index) => {
      const at = [...path, "answer", index];
      const base64 = bytesAt(send, [...at, "send"], diagnostics);
      return asideSpec(to, [...at, "to"], diagnostics).map((spec) => ({ to: spec, base64 }));
    }),
  };
}

function asideSpec(input: AsideInput, path: Path, diagnostics: Diagnostics): ReplySpec[] {
  const isText = typeof input === "string";
  const spec = replySpec(isText ? { text: input } : input, path, diagnostics);
  if (spec === null) return [];
  if ((spec.kind === "bytes" || spec.kind === "prefix") && spec.base64 === "") {
    const at = isText ? path : [...path, Object.keys(input)[0] as string];
    diagnostics.value(at, "no message is empty, and every one starts so; give at least 1 byte");
  }
  return [spec];
}

function bytesAt(
  input: NonNullable<UnsolicitedInput["answer"]>[number]["send"],
  path: Path,
  diagnostics: Diagnostics,
): string {
  const isText = typeof input === "string";
  if (!isText && soleKey(diagnostics, path, input, ["text", "hex", "base64"]) === null) return "";
  const bytes = attempt(diagnostics, path, () => {
    const given = bytesOf(input);
    if (given.length === 0) throw new UserError("an answer has at least 1 byte");
    return given.toString("base64");
  });
  return bytes ?? "";
}
