/** Sessions of protocols in tests: requests as text, and what a session makes of a peer's bytes, however they are cut. */
import { expect } from "vitest";
import {
  incomplete,
  type Kind,
  kind,
  malformed,
  type OptionSpec,
  opened,
  type Protocol,
  type ProtocolSession,
  refused,
} from "../../src/protocols/protocol.ts";
import { chunksOf, everySplit } from "../framing/streams.ts";

/** A session of some slots, with the options' defaults. */
export async function sessionOf(
  // biome-ignore lint/suspicious/noExplicitAny: any protocol, with whatever options
  protocol: Protocol<any>,
  given: Record<string, unknown> = {},
  isStream = true,
  seed = 1,
): Promise<Required<ProtocolSession>> {
  const specs = Object.entries<OptionSpec>(protocol.options);
  const defaults = specs.map(([name, spec]) => [name, spec.default]);
  const options = { ...Object.fromEntries(defaults), ...given };
  const session = await protocol.create({ options, slots: 4, isStream, seed });
  for (let slot = 0; slot < 4; slot++) session.reset(slot, slot);
  return session as Required<ProtocolSession>;
}

/** A request, as latin1; within `maxBytes`, and the same each time. */
export function requestOf(
  session: Required<ProtocolSession>,
  message: string,
  sequence = 0,
): string {
  const payload = Buffer.from(`..${message}..`);
  const most = session.maxBytes(payload.length - 4);
  const texts = [3, 0].map((at) => {
    const into = Buffer.alloc(most + at + 1, 0xee);
    const length = session.write(into, at, 1, sequence, payload, 2, payload.length - 2);
    expect(length).toBeLessThanOrEqual(most);
    expect(into[at + length]).toBe(0xee);
    return into.toString("latin1", at, at + length);
  });
  expect(texts[1]).toBe(texts[0]);
  return texts[0] as string;
}

/** A message of the peer: its kind, with the code of an error or the status that it has; and its bytes. */
export type Seen = readonly [string, string];

const kinds: Record<Kind, string> = {
  [kind.reply]: "reply",
  [kind.error]: "error",
  [kind.push]: "push",
  [kind.ignore]: "ignore",
};

/** What a session makes of a datagram. */
export function classified(session: Required<ProtocolSession>, bytes: Uint8Array): string {
  const is = session.classify(2, bytes, 0, bytes.length);
  return is === kind.error ? session.errorCode(2) : kinds[is];
}

/**
 * Reads a peer's bytes whole, in every two pieces, in every three where there are few, and byte by byte.
 *
 * @returns the messages, which are the same each time; "malformed" behind them where the bytes break the protocol
 */
export function read(session: Required<ProtocolSession>, stream: Buffer | string): Seen[] {
  const bytes = typeof stream === "string" ? Buffer.from(stream, "latin1") : stream;
  const first = readOnce(session, bytes, []);
  const text = JSON.stringify(first);
  for (const cuts of bytes.length <= 48 ? everySplit(bytes.length) : everyCut(bytes.length)) {
    const seen = readOnce(session, bytes, cuts);
    // Without an assertion's machinery, which would be most of the time.
    if (JSON.stringify(seen) !== text) expect(seen, `cut at ${cuts}`).toEqual(first);
  }
  return first;
}

function* everyCut(length: number): Generator<readonly number[]> {
  for (let cut = 0; cut <= length; cut++) yield [cut];
  yield Array.from({ length }, (_, i) => i);
}

function readOnce(
  session: Required<ProtocolSession>,
  stream: Buffer,
  cuts: readonly number[],
): Seen[] {
  const slot = 2;
  const seen: Seen[] = [];
  session.reset(slot, 7);
  let begun = 0;
  for (const [from, to] of chunksOf(stream.length, cuts)) {
    // What lies around the chunk must not matter.
    const chunk = Buffer.concat([
      Buffer.from("VALUE"),
      stream.subarray(from, to),
      Buffer.from("\r\n"),
    ]);
    const end = chunk.length - 2;
    for (let at = 5; at < end; ) {
      const next = session.scan(slot, chunk, at, end);
      if (next === incomplete) break;
      if (next === malformed) return [...seen, ["malformed", ""]];
      if (next <= at || next > end) throw new Error(`${next} is not in (${at}, ${end}]`);
      const stop = from + next - 5;
      seen.push(messageOf(session, slot, stream.subarray(begun, stop)));
      begun = stop;
      at = next;
    }
  }
  if (session.end?.(slot)) seen.push(messageOf(session, slot, stream.subarray(begun)));
  return seen;
}

function messageOf(session: Required<ProtocolSession>, slot: number, bytes: Buffer): Seen {
  const is = session.classify(slot, bytes, 0, bytes.length);
  const text = bytes.toString("latin1");
  return [is === kind.error ? session.errorCode(slot) : kinds[is], text];
}

/**
 * Opens a connection to a peer that answers each message, which come byte by byte.
 *
 * @param answer the peer's bytes, given what it was sent
 * @param sent   what it was sent is added
 * @returns      "opened", the code of the refusal, "malformed", or "waits": the peer says no more
 */
export function open(
  session: Required<ProtocolSession>,
  answer: (sent: string, nth: number) => Buffer | string,
  sent: string[] = [],
): string {
  const slot = 3;
  const { opening } = session;
  const into = Buffer.alloc(opening.maxBytes + 8, 0xee);
  const scan = opening.scan ?? session.scan;
  session.reset(slot, 11);
  let length = opening.begin(slot, into, 4);
  for (let nth = 0; nth < 20; nth++) {
    if (length === opened) return "opened";
    expect(length).toBeLessThanOrEqual(opening.maxBytes);
    expect(into.subarray(4 + length).every((byte) => byte === 0xee)).toBe(true);
    const message = into.toString("latin1", 4, 4 + length);
    sent.push(message);
    const said = answer(message, nth);
    const bytes = typeof said === "string" ? Buffer.from(said, "latin1") : said;
    into.fill(0xee);
    length = 0;
    let begun = 0;
    for (let at = 0; at < bytes.length && length === 0; at++) {
      const next = scan(slot, bytes, at, at + 1);
      if (next === malformed) return "malformed";
      if (next === incomplete) continue;
      length = opening.received(slot, bytes, begun, at + 1, into, 4);
      if (length === refused) return session.errorCode(slot);
      if (length !== 0 && at + 1 < bytes.length) return length === opened ? "opened" : "early";
      begun = at + 1;
    }
    if (length === 0) return "waits";
  }
  return "endless";
}
