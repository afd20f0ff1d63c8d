/** What a protocol makes of its peer's bytes, cut into chunks in every way; over UDP of datagrams. */
import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import {
  incomplete,
  kind,
  malformed,
  type OptionSpec,
  opened,
  type Protocol,
  type ProtocolSession,
  refused,
} from "../../src/protocols/protocol.ts";
import { chunksOf, everySplit } from "../framing/streams.ts";

/** The slot that tests use; another one is there, and must not matter. */
export const slot = 1;
/** The number of the connection that it carries. */
export const connection = 42;

/** A session of two slots, with the options' defaults. */
export async function sessionOf(
  // biome-ignore lint/suspicious/noExplicitAny: what a protocol's options are is known to it alone
  protocol: Protocol<any>,
  options: Readonly<Record<string, unknown>> = {},
  over: { isStream?: boolean; seed?: number } = {},
): Promise<ProtocolSession> {
  const specs = Object.entries(protocol.options as Readonly<Record<string, OptionSpec>>);
  const defaults = specs.map(([name, spec]) => [name, spec.default]);
  const session = await protocol.create({
    options: { ...Object.fromEntries(defaults), ...options },
    slots: 2,
    isStream: over.isStream ?? true,
    seed: over.seed ?? 7,
  });
  session.reset(0, 9);
  session.reset(slot, connection);
  return session;
}

/** A request, written at some place of a larger array, twice. */
export function written(session: ProtocolSession, sequence: number, payload: string): Buffer {
  const bytes = Buffer.from(`..${payload}..`);
  const most = session.maxBytes?.(bytes.length - 4) ?? 0;
  const write = (at: number) => {
    const into = Buffer.alloc(most + 20, 0xee);
    const length = session.write?.(into, at, slot, sequence, bytes, 2, bytes.length - 2) ?? 0;
    expect(length).toBeLessThanOrEqual(most);
    const around = Buffer.concat([into.subarray(0, at), into.subarray(at + most)]);
    expect(around.equals(Buffer.alloc(20, 0xee))).toBe(true);
    return into.subarray(at, at + length);
  };
  const message = write(5);
  expect(write(9).equals(message)).toBe(true);
  return Buffer.from(message);
}

/** What a message of the peer is. */
export interface Message {
  /** Where it ends in the stream; its length, of a datagram. */
  readonly end: number;
  readonly kind: keyof typeof kind;
  readonly code?: string;
  readonly match?: number;
  readonly answer?: Buffer;
  readonly closes?: boolean;
  readonly status?: number;
}

const kinds = Object.keys(kind) as (keyof typeof kind)[];

/** What a message is; `next`: the sequence of the next request. */
export function messageOf(
  session: ProtocolSession,
  bytes: Uint8Array,
  end: number,
  next: number,
): Message {
  // At some place of a larger array.
  const whole = Buffer.concat([Buffer.alloc(3, 0xdd), bytes, Buffer.alloc(3, 0xdd)]);
  const range = [3, 3 + bytes.length] as const;
  const is = kinds[session.classify?.(slot, whole, ...range) ?? kind.reply] ?? "ignore";
  const isAnswer = is === "reply" || is === "error";
  const into = Buffer.alloc((session.answerBytes ?? 0) + 4);
  const answered = isAnswer ? 0 : (session.answer?.(slot, whole, ...range, into, 2) ?? 0);
  if (answered > (session.answerBytes ?? 0)) throw new Error(`an answer of ${answered} bytes`);
  const status = isAnswer ? (session.status?.(slot) ?? 0) : 0;
  return {
    end,
    kind: is,
    ...(is === "error" ? { code: session.errorCode?.(slot) ?? "none" } : {}),
    ...(isAnswer && session.match ? { match: session.match(slot, whole, ...range, next) } : {}),
    ...(answered > 0 ? { answer: into.subarray(2, 2 + answered) } : {}),
    ...(isAnswer && session.closes?.(slot) ? { closes: true } : {}),
    ...(status > 0 ? { status } : {}),
  };
}

type Scan = NonNullable<ProtocolSession["scan"]>;

/** Reads a stream in chunks; "malformed" is what breaks it. */
function* piecesOf(
  scan: Scan,
  stream: Uint8Array,
  cuts: readonly number[],
): Generator<[start: number, end: number] | "malformed"> {
  let begin = 0;
  // A cut behind the end is one at the end.
  const inside = cuts.map((cut) => Math.min(cut, stream.length));
  for (const [from, to] of chunksOf(stream.length, inside)) {
    const buffer = Buffer.alloc(to - from + 40, 0xcc);
    const offset = (from * 7) % 33;
    buffer.set(stream.subarray(from, to), offset);
    let at = offset;
    while (at < offset + to - from) {
      const next = scan(slot, buffer, at, offset + to - from);
      if (next === incomplete) break;
      if (next === malformed) {
        yield "malformed";
        return;
      }
      if (next <= at || next > offset + to - from) throw new Error(`${next} is out of range`);
      at = next;
      yield [begin, from + at - offset];
      begin = from + at - offset;
    }
  }
}

/** Every way to cut a stream in three, where it is short; else one cut at every place. And a cut after every byte. */
function* cutsOf(length: number): Generator<readonly number[]> {
  if (length <= 40) yield* everySplit(length);
  else {
    for (let cut = 0; cut <= length; cut++) yield [cut];
    yield Array.from({ length }, (_, i) => i);
  }
}

/** A stream holds these messages, however it is cut; then it is malformed, where they end in that word. */
export async function expectMessages(
  make: () => Promise<ProtocolSession>,
  stream: Uint8Array,
  expected: readonly (Message | "malformed")[],
  next = 100,
): Promise<void> {
  const session = await make();
  for (const cuts of cutsOf(stream.length)) {
    session.reset(slot, connection);
    const scan: Scan = (...chunk) => session.scan?.(...chunk) ?? malformed;
    const found: (Message | "malformed")[] = [];
    for (const piece of piecesOf(scan, stream, cuts)) {
      if (piece === "malformed") found.push(piece);
      else found.push(messageOf(session, stream.subarray(...piece), piece[1], next));
    }
    // Without an assertion's machinery: most of the time of these tests would go there.
    if (isDeepStrictEqual(found, expected)) continue;
    expect(found, `cut at ${cuts.join(", ")}`).toEqual(expected);
  }
}

/** What an opening has sent, in order, and how it went: "opened", "waits", "malformed", or the code of the refusal. */
export interface Opened {
  readonly sent: readonly string[];
  readonly result: string;
}

/** Goes through an opening, in which the peer answers each message by one of these. */
export function openWith(
  session: ProtocolSession,
  answers: readonly Uint8Array[],
  cutsOfAnswers: readonly number[] = [],
): Opened {
  const { opening } = session;
  if (opening === undefined) throw new Error("has no opening");
  const sent: string[] = [];
  const into = Buffer.alloc(opening.maxBytes + 10);
  const send = (length: number) => {
    if (length > opening.maxBytes) throw new Error(`a message of ${length} bytes`);
    if (length > 0) sent.push(into.toString("latin1", 5, 5 + length));
  };
  session.reset(slot, connection);
  const begun = opening.begin(slot, into, 5);
  if (begun === opened) return { sent, result: "opened" };
  send(begun);
  const scan: Scan = (...chunk) => (opening.scan ?? session.scan)?.(...chunk) ?? malformed;
  for (const answer of answers) {
    for (const piece of piecesOf(scan, answer, cutsOfAnswers)) {
      if (piece === "malformed") return { sent, result: "malformed" };
      const bytes = Buffer.concat([Buffer.alloc(2), answer.subarray(...piece), Buffer.alloc(2)]);
      const result = opening.received(slot, bytes, 2, bytes.length - 2, into, 5);
      if (result === opened) return { sent, result: "opened" };
      if (result === refused) return { sent, result: session.errorCode?.(slot) ?? "none" };
      send(result);
      if (result > 0 && opening.last?.(slot)) return { sent, result: "opened" };
    }
  }
  return { sent, result: "waits" };
}

/** The same result, however the answers are cut. */
export function expectOpening(
  session: ProtocolSession,
  answers: readonly Uint8Array[],
  expected: Opened,
): void {
  const longest = Math.max(...answers.map(({ length }) => length));
  for (let cut = 0; cut <= longest; cut++) {
    expect(openWith(session, answers, [cut]), `cut at ${cut}`).toEqual(expected);
  }
  const each = Array.from({ length: longest }, (_, i) => i);
  expect(openWith(session, answers, each)).toEqual(expected);
}
