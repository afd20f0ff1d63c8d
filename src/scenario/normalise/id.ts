import { printableBytes } from "../../base/printable.ts";
import { formatAmount, formatCount } from "../../base/units.ts";
import { createMessage, messagesOf } from "../../messages/create-message.ts";
import type { DataSets } from "../../messages/data/data-set.ts";
import { countOf, type IdPlace, type IdSpec, Ids } from "../../messages/ids.ts";
import { emptyKey } from "../../messages/message.ts";
import { boundsOf } from "../../messages/sizes.ts";
import type { MessageSpec, OneMessageSpec } from "../../messages/spec.ts";
import { mostRemembered } from "../patterns.ts";
import type { IdInput } from "../schema/message.ts";
import type { WorkloadInput } from "../schema/workload.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";
import type { NormaliseContext } from "./context.ts";

type Field = keyof IdInput;

/** What goes with a place by offset, and with one by text. */
const companions = {
  offset: ["bytes", "byteOrder", "replyOffset"],
  after: ["digits", "replyAfter"],
} as const;

/** The ids of a workload's messages; null: it has none, or they are wrong, which is reported. */
export function normaliseId(
  { id: input, inFlight = 1 }: WorkloadInput,
  message: MessageSpec,
  path: Path,
  { diagnostics, data, captured }: NormaliseContext,
): IdSpec | null {
  if (input === undefined) return null;
  const at = [...path, "id"];
  const place = placeOf(input, at, diagnostics);
  if (place === null) return null;
  const count = countOf(place);
  if (count < mostRemembered * inFlight) {
    diagnostics.value(
      at,
      `ids of ${place.kind === "binary" ? formatAmount(place.bytes, "byte") : formatAmount(place.digits, "digit")} are ` +
        `${formatCount(count)} numbers; with inFlight ${inFlight} at least ${formatCount(mostRemembered * inFlight)} are needed, ` +
        "so that a late reply is not taken for another: give it more, or lower inFlight",
    );
    return null;
  }
  // Where data could not be read the message is not known.
  const problems =
    data.unread.size > 0
      ? []
      : messagesOf(message).map((one) => roomProblem(place, one, data.sets, captured));
  const [problem = null] = problems.filter((one) => one !== null);
  if (problem !== null) {
    const of = message.kind === "mix" ? `of message ${problems.indexOf(problem) + 1}: ` : "";
    diagnostics.value(at, of + problem);
    return null;
  }
  return { ...place, random: input.random ?? false };
}

function placeOf(input: IdInput, path: Path, diagnostics: Diagnostics): IdPlace | null {
  if ((input.offset === undefined) === (input.after === undefined)) {
    diagnostics.key(
      path,
      "id says where the number stands: either offset and bytes, as in { offset: 0, bytes: 2 }, or after and digits, " +
        'as in { after: "id=", digits: 8 }',
    );
    return null;
  }
  const [mine, other] =
    input.offset === undefined ? (["after", "offset"] as const) : (["offset", "after"] as const);
  const strays = companions[other].filter((field: Field) => input[field] !== undefined);
  for (const field of strays) {
    diagnostics.key([...path, field], `${field} goes with ${other}, not with ${mine}`);
  }
  if (strays.length > 0) return null;
  const { offset, bytes, after, digits } = input;
  if (offset !== undefined && bytes !== undefined) {
    const { byteOrder = "big", replyOffset = offset } = input;
    return { kind: "binary", offset, replyOffset, bytes, byteOrder };
  }
  if (after !== undefined && digits !== undefined) {
    const text = latin1(after);
    return { kind: "text", after: text, replyAfter: latin1(input.replyAfter ?? after), digits };
  }
  diagnostics.key(path, `${companions[mine][0]} is missing: how long the number is`);
  return null;
}

/** The UTF-8 of a text, a character a byte. */
function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/**
 * The number takes the place of digits, of letters (XXXXXXXX), or of a row of one character. Anything else, such as a
 * space, a quotation mark or the line's end, is a part of the message that would be lost without a word.
 */
function overwritten(place: IdPlace, message: Buffer): string | null {
  if (place.kind === "binary") return null;
  const from = message.indexOf(place.after, 0, "latin1") + place.after.length;
  const taken = message.toString("latin1", from, from + place.digits);
  if (/^[0-9A-Za-z]*$/.test(taken) || [...taken].every((one) => one === taken[0])) return null;
  const text = JSON.stringify(Buffer.from(place.after, "latin1").toString());
  return (
    `the number would be written over "${printableBytes(Buffer.from(taken, "latin1"))}", the ${place.digits} bytes behind the first ` +
    `${text}: write ${"0".repeat(place.digits)} in their place, or let after be a text that stands right before it ` +
    "(replyAfter is the one of the reply)"
  );
}

/** What is wrong with a message that has no room for its number; null: nothing, as far as the first one shows. */
function roomProblem(
  place: IdPlace,
  spec: OneMessageSpec,
  data: DataSets,
  captured: NormaliseContext["captured"],
): string | null {
  const writer = createMessage(spec, {
    workload: 0,
    seed: 0,
    tag: 0,
    data,
    bySlot: captured ?? new Map(),
  });
  const message = Buffer.alloc(writer.maxBytes);
  let length = writer.write(message, 0, { ...emptyKey(), source: "127.0.0.1:1024" });
  if (spec.kind === "sizes") length = boundsOf(spec.sizes).leastBytes;
  const ids = new Ids({ ...place, random: false }, 0);
  const numbered = Buffer.from(message);
  if (ids.write(numbered, 0, length, 0, 0)) return overwritten(place, message.subarray(0, length));
  if (place.kind === "text") {
    const text = Buffer.from(place.after, "latin1").toString();
    return `the message has no ${JSON.stringify(text)} with ${place.digits} bytes behind it, which the number takes: write ${JSON.stringify(text + "0".repeat(place.digits))} there`;
  }
  const end = place.offset + place.bytes;
  return `the message has ${formatAmount(length, "byte")}, and a number of ${formatAmount(place.bytes, "byte")} at offset ${place.offset} needs ${end}`;
}
