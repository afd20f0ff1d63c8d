/** Whatever comes, protocols say what it is in the terms of their contract, and write nothing where they may not. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withDefaults } from "../../src/protocols/options.ts";
import { incomplete, kind, malformed, type ProtocolSession } from "../../src/protocols/protocol.ts";
import { shippedProtocols } from "../../src/protocols/shipped.ts";
import { chunksOf, withCuts } from "../framing/streams.ts";
import { rounds } from "../support/fuzz.ts";

const slot = 1;
const next = 1000;

/** What peers say when all is well, from which most random streams are made; "|" is a line end. */
const said: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  mqtt: [
    ...["300700036162630031", "32090003616263000768", "40020001", "d000", "e000"],
    ...["20020000", "9003000100", "40050001870000"],
  ].map((text) => Buffer.from(text, "hex")),
  websocket: [
    ...["810548656c6c6f", "010348656c", "80026c6f", "8903616263", "880203e9", "827e0004"],
  ].map((text) => Buffer.from(text, "hex")),
  nats: [
    ...["MSG a 1 2|hi|", "MSG _INBOX.A.1.7 2 0||", "HMSG _INBOX.A.1.8 2 16 16|NATS/1.0 503|||"],
    ...["PING|", "+OK|", "-ERR 'Stale Connection'|", "INFO {}|", "PONG|"],
  ],
  dns: [Buffer.from("001d00018180000100000000000007657861", "hex"), "\0\x0c"],
  stun: [Buffer.from("0101000c2112a442", "hex"), Buffer.from("002000080001a147e112a643", "hex")],
  resp: ["+PONG|", "-ERR no|", ":1|", "$2|hi|", "*2|+a|+b|", "$-1|"],
  memcached: ["VALUE a 0 2|hi|END|", "STORED|", "ERROR|", Buffer.from("8100000000000000", "hex")],
  postgres: ["Z\0\0\0\x05I", "C\0\0\0\x06OK", "E\0\0\0\x10C42P01\0M\0\0", "T\0\0\0\x06\0\0"],
  kafka: [Buffer.from("00000008000000010000", "hex")],
  http: ["HTTP/1.1 200 OK|Content-Length: 2||hi", "HTTP/1.1 404 No||"],
};

function pieceOf(name: string): fc.Arbitrary<Uint8Array> {
  const random = fc.uint8Array({ maxLength: 12 });
  const known = (said[name] ?? []).map((one) =>
    typeof one === "string" ? Buffer.from(one.replaceAll("|", "\r\n"), "latin1") : one,
  );
  if (known.length === 0) return random;
  const cut = fc
    .tuple(fc.constantFrom(...known), fc.nat(40))
    .map(([bytes, at]) => bytes.subarray(0, at));
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<Uint8Array>(...known) },
    { weight: 1, arbitrary: cut },
    { weight: 1, arbitrary: random },
  );
}

/** What a session says of a message, held to the contract. */
function hold(session: ProtocolSession, message: Uint8Array): void {
  const bytes = Buffer.concat([Buffer.alloc(2, 0x31), message, Buffer.alloc(30, 0x31)]);
  const range = [2, 2 + message.length] as const;
  const is = session.classify?.(slot, bytes, ...range) ?? kind.reply;
  if (![0, 1, 2, 3].includes(is)) throw new Error(`the kind ${is}`);
  if (is === kind.error) expect(session.errorCode?.(slot)).toMatch(/^[A-Z0-9_]{2,100}$/);
  if (is === kind.reply || is === kind.error) {
    const sequence = session.match?.(slot, bytes, ...range, next) ?? -1;
    if (!Number.isInteger(sequence) || sequence < -1 || sequence >= next) {
      throw new Error(`the sequence ${sequence}`);
    }
    const status = session.status?.(slot) ?? 0;
    if (status !== 0 && !(status >= 100 && status <= 999)) throw new Error(`the status ${status}`);
    session.closes?.(slot);
    return;
  }
  const most = session.answerBytes ?? 0;
  const into = Buffer.alloc(most + 8, 0xee);
  const length = session.answer?.(slot, bytes, ...range, into, 4) ?? 0;
  if (!(length >= 0 && length <= most)) throw new Error(`an answer of ${length} bytes`);
  const around = Buffer.concat([into.subarray(0, 4), into.subarray(4 + most)]);
  expect(around.equals(Buffer.alloc(8, 0xee))).toBe(true);
}

/** Reads a stream in chunks until it is malformed. */
function read(session: ProtocolSession, stream: Uint8Array, cuts: readonly number[]): void {
  session.reset(slot, 3);
  let begun = 0;
  for (const [from, to] of chunksOf(stream.length, cuts)) {
    for (let at = from; at < to; ) {
      const end = session.scan?.(slot, stream, at, to) ?? malformed;
      if (end === incomplete) break;
      if (end === malformed) return;
      if (!(end > at && end <= to)) throw new Error(`${end} is not in (${at}, ${to}]`);
      hold(session, stream.subarray(begun, end));
      begun = end;
      at = end;
    }
  }
  if (session.end?.(slot)) hold(session, stream.subarray(begun));
}

describe.each(Object.entries(shippedProtocols))("%s", (name, protocol) => {
  it.each(protocol.over)("keeps to its contract whatever comes over %s", async (over) => {
    const { values, missing } = withDefaults(protocol.options, {});
    const options = { ...values, ...Object.fromEntries(missing.map((option) => [option, "x"])) };
    // Where replies come in other ways, those are tried too.
    const variants = [{}, { request: true }, { qos: 1, version: "5" }, { encoding: "binary" }];
    const known = variants.filter((one) =>
      Object.keys(one).every((option) => option in protocol.options),
    );
    for (const variant of known) {
      const session = await protocol.create({
        options: { ...options, ...variant },
        slots: 2,
        isStream: over === "tcp",
        seed: 1,
      });
      session.reset(slot, 3);
      const bytes = fc
        .array(pieceOf(name), { maxLength: 8 })
        .map((pieces) => Uint8Array.from(Buffer.concat(pieces)));
      const property = fc.property(withCuts(bytes), ([stream, cuts]) => {
        if (over === "tcp") read(session, stream, cuts);
        else hold(session, stream);
      });
      fc.assert(property, { numRuns: rounds(150, 20_000) });
    }
  });
});
