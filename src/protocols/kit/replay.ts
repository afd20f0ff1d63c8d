import { equalBytes } from "../../base/bytes.ts";
import { printableBytes } from "../../base/printable.ts";
import { createRandom } from "../../base/random.ts";
import type { ProtocolSession } from "../protocol.ts";
import { Conversation, type Heard } from "./conversation.ts";

/** What was sent and what came, in order: "request" with its payload, or a chunk. */
export interface RecordedPart {
  readonly what: "request" | "chunk";
  readonly bytes: Uint8Array;
}
export type Recorded = readonly RecordedPart[];

/** Rounds of random chunks: most of a parser's states are met in a few. */
const randomRounds = 20;

/**
 * Hands the bytes of a conversation to fresh connections in every chunking, and compares what comes out: where a stream is
 * cut is the network's choice, and a parser that depends on it is the commonest fault of all.
 *
 * @param create makes a session of 3 slots
 * @returns      what is wrong
 */
export async function replay(
  recorded: Recorded,
  create: () => Promise<ProtocolSession>,
): Promise<readonly string[]> {
  const expected = heardIn(recorded, await create());
  const problems: string[] = [];
  /** @returns whether it is the same */
  const compare = (how: string, run: () => readonly Heard[]): boolean => {
    const difference = differenceOf(expected, run);
    if (difference !== null) problems.push(`${how}: ${difference}`);
    return difference === null;
  };
  const whole = joined(recorded);
  const fresh = await create();
  compare("all that comes at once in one chunk", () => heardIn(whole, fresh));
  const bytewise = cut(whole, () => 1);
  const other = await create();
  compare("in chunks of 1 byte", () => heardIn(bytewise, other));
  const random = createRandom(1);
  for (let round = 0; round < randomRounds; round++) {
    const chunks = cut(whole, (left) => 1 + (random.uint32() % Math.min(left, 3 + 7 * round)));
    const session = await create();
    if (!compare("in random chunks", () => heardIn(chunks, session))) break;
  }
  // A connection that ends amid a message, and the next one of its slot.
  const session = await create();
  const isChunk = ({ what }: RecordedPart) => what === "chunk";
  const cutOnce = cut(whole, (left) => left - 1);
  compare("after reset, on a slot whose connection ended amid a message", () => {
    heardIn(cutOnce.slice(0, cutOnce.findIndex(isChunk) + 1), session);
    return heardIn(whole, session);
  });
  const shared = await create();
  compare(
    "on the first of two slots whose bytes come in turns",
    () => heardOnTwo(bytewise, shared)[0],
  );
  const sharedAgain = await create();
  compare(
    "on the second of two slots whose bytes come in turns",
    () => heardOnTwo(bytewise, sharedAgain)[1],
  );
  return problems;
}

function heardIn(recorded: Recorded, session: ProtocolSession): readonly Heard[] {
  const conversation = new Conversation(session, 1, 0, true);
  conversation.begin();
  return recorded.flatMap((one) => step(conversation, one));
}

function heardOnTwo(
  recorded: Recorded,
  session: ProtocolSession,
): readonly [readonly Heard[], readonly Heard[]] {
  const two = [0, 2].map((slot) => new Conversation(session, slot, 0, true));
  for (const conversation of two) conversation.begin();
  const heard = two.map((): Heard[] => []);
  for (const one of recorded) {
    for (const [index, conversation] of two.entries())
      heard[index]?.push(...step(conversation, one));
  }
  return [heard[0] ?? [], heard[1] ?? []];
}

function step(conversation: Conversation, { what, bytes }: RecordedPart): readonly Heard[] {
  const heard: Heard[] = [];
  if (what === "request") conversation.request(bytes);
  else conversation.feed(bytes, { heard: (message) => heard.push(message), sent() {} });
  return heard;
}

/** With the chunks between two requests in one. */
function joined(recorded: Recorded): Recorded {
  const all: { readonly what: RecordedPart["what"]; bytes: Uint8Array }[] = [];
  for (const { what, bytes } of recorded) {
    const last = all.at(-1);
    if (what === "chunk" && last?.what === "chunk") last.bytes = Buffer.concat([last.bytes, bytes]);
    else all.push({ what, bytes });
  }
  return all;
}

/** With each chunk cut in pieces. @param lengthOf how long the next is, of so many bytes that are left */
function cut(recorded: Recorded, lengthOf: (left: number) => number): Recorded {
  return recorded.flatMap(({ what, bytes }): RecordedPart[] => {
    if (what === "request") return [{ what, bytes }];
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += pieces.at(-1)?.length ?? 0) {
      const length = Math.max(1, lengthOf(bytes.length - at));
      pieces.push(bytes.subarray(at, at + length));
    }
    return pieces.map((piece) => ({ what, bytes: piece }));
  });
}

/** The first message that is not the same, or what was thrown; null: all are the same. */
function differenceOf(expected: readonly Heard[], run: () => readonly Heard[]): string | null {
  let heard: readonly Heard[];
  try {
    heard = run();
  } catch (error) {
    return (error as Error).message;
  }
  const most = Math.max(expected.length, heard.length);
  for (let index = 0; index < most; index++) {
    const [a, b] = [expected[index], heard[index]];
    if (a !== undefined && b !== undefined && isSame(a, b)) continue;
    return `message ${index + 1} is ${shown(b)}, and was ${shown(a)} as it came`;
  }
  return null;
}

function isSame(a: Heard, b: Heard): boolean {
  return (
    a.kind === b.kind &&
    a.sequence === b.sequence &&
    a.code === b.code &&
    a.bytes.length === b.bytes.length &&
    equalBytes(a.bytes, 0, b.bytes, 0, a.bytes.length)
  );
}

function shown(heard: Heard | undefined): string {
  if (heard === undefined) return "none";
  const { kind, bytes, sequence, code } = heard;
  const text = printableBytes(bytes.subarray(0, 60));
  const more = bytes.length > 60 ? "..." : "";
  const answers = sequence === null ? "" : ` to ${sequence}`;
  return `a message of kind ${kind}${answers}${code === null ? "" : ` (${code})`}, "${text}${more}"`;
}
