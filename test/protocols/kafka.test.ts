import { describe, expect, it, vi } from "vitest";
import { crc32c } from "../../src/protocols/kafka/crc32c.ts";
import { kafka } from "../../src/protocols/kafka/kafka.ts";
import { open, read, requestOf, sessionOf } from "./sessions.ts";

const int = (bytes: number, number: number) => {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigInt64BE(BigInt(number));
  else buffer.writeIntBE(number, 0, bytes);
  return buffer;
};
const string = (text: string) => Buffer.concat([int(2, text.length), Buffer.from(text)]);
const sized = (...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(4, body.length), body]);
};
const bytesOf = (text: string) => Buffer.from(text, "latin1");

const produced = (correlation: number, error: number, topic = "logs") =>
  sized(
    int(4, correlation),
    ...[int(4, 1), string(topic), int(4, 1), int(4, 2), int(2, error)],
    ...[int(8, 1234), int(8, -1), int(4, 0)],
  );

const fetched = (correlation: number, error: number, records = "some records") =>
  sized(
    int(4, correlation),
    ...[int(4, 0), int(4, 1), string("logs"), int(4, 1), int(4, 2), int(2, error)],
    ...[int(8, 5), int(8, 5), int(4, 0), int(4, records.length), Buffer.from(records)],
  );

const options = { topic: "logs", partition: 2 };

/** A batch of a broker's log, of one record, but for its first 16 bytes: magic, CRC, and what it is of. */
const knownBatch = Buffer.from(
  "02b069457c00000000000000000191e05af81800000191e05af818ffffffffffffffffffffffffffff000000013a000000012e010c00116d657461646174612e76657273696f6e00140000",
  "hex",
);
const knownValue = knownBatch.subarray(-24, -1);
const knownTime = 0x0191e05af818;

describe("Produce", () => {
  async function sessionAtKnownTime(given: Record<string, unknown> = {}) {
    vi.useFakeTimers({ now: knownTime, toFake: ["Date"] });
    try {
      return await sessionOf(kafka, { ...options, ...given });
    } finally {
      vi.useRealTimers();
    }
  }

  it("sends a record in the bytes that a broker keeps", async () => {
    const session = await sessionAtKnownTime();
    const payload = Buffer.from(knownValue);
    const into = Buffer.alloc(session.maxBytes(payload.length));
    const length = session.write(into, 0, 1, 0x01020304, payload, 0, payload.length);
    const batch = Buffer.concat([int(8, 0), int(4, 79), int(4, -1), knownBatch]);
    expect(into.subarray(0, length).toString("hex")).toBe(
      sized(
        ...[int(2, 0), int(2, 3), int(4, 0x01020304), string("slash8")],
        ...[
          int(2, -1),
          int(2, -1),
          int(4, 30_000),
          int(4, 1),
          string("logs"),
          int(4, 1),
          int(4, 2),
        ],
        sized(batch),
      ).toString("hex"),
    );
  });

  it.each([0, 1, 58, 59, 63, 64, 8185, 8192, 100_000])(
    "of %i bytes has its lengths",
    async (size) => {
      const session = await sessionAtKnownTime();
      const value = "v".repeat(size);
      const request = bytesOf(requestOf(session, value));
      expect(request.readInt32BE()).toBe(request.length - 4);
      const batch = request.subarray(request.indexOf("logs") + 4 + 12);
      expect(batch.readInt32BE(8)).toBe(batch.length - 12);
      expect(batch.readUInt32BE(17)).toBe(crc32c(batch, 21, batch.length));
      let at = 61;
      const varint = () => {
        let number = 0n;
        for (let shift = 0n; ; shift += 7n) {
          const byte = BigInt(batch[at++] as number);
          number |= (byte & 127n) << shift;
          if (byte < 128n) return Number((number >> 1n) ^ -(number & 1n));
        }
      };
      expect(varint()).toBe(batch.length - at);
      at++;
      expect([varint(), varint(), varint()]).toEqual([0, 0, -1]);
      expect(varint()).toBe(size);
      expect(batch.toString("latin1", at)).toBe(`${value}\0`);
    },
  );

  it.each([
    ["0", 0],
    ["1", 1],
    ["all", -1],
  ])("acks %s", async (acks, number) => {
    const request = bytesOf(requestOf(await sessionOf(kafka, { ...options, acks }), "x"));
    expect(request.readInt16BE(4 + 8 + 8 + 2)).toBe(number);
  });

  it("has its acknowledgement, or an error by name", async () => {
    const session = await sessionOf(kafka, options);
    const codes = [0, 3, 6, 19, -1, 87, 120, 0];
    const replies = codes.map((code, i) => produced(i, code));
    const seen = read(session, Buffer.concat(replies));
    expect(seen.map(([is]) => is)).toEqual([
      "reply",
      "KAFKA_UNKNOWN_TOPIC_OR_PARTITION",
      "KAFKA_NOT_LEADER_OR_FOLLOWER",
      "KAFKA_NOT_ENOUGH_REPLICAS",
      "KAFKA_UNKNOWN_SERVER_ERROR",
      "KAFKA_INVALID_RECORD",
      "KAFKA_120",
      "reply",
    ]);
    expect(seen.map(([, text]) => text)).toEqual(replies.map((bytes) => bytes.toString("latin1")));
  });

  it("a reply that is too short is an error", async () => {
    const session = await sessionOf(kafka, options);
    expect(read(session, sized(int(4, 1)))[0]?.[0]).toBe("KAFKA_UNKNOWN_SERVER_ERROR");
  });

  it("a reply about another partition is an error, whatever it says", async () => {
    const session = await sessionOf(kafka, options);
    for (const topic of ["lags", "logs-of-another-topic"]) {
      expect(read(session, produced(1, 0, topic))[0]?.[0]).toBe("KAFKA_OTHER_PARTITION");
    }
    const other = await sessionOf(kafka, { ...options, partition: 3 });
    expect(read(other, produced(1, 0))[0]?.[0]).toBe("KAFKA_OTHER_PARTITION");
    const fetching = await sessionOf(kafka, { ...options, partition: 3, request: "fetch" });
    expect(read(fetching, fetched(1, 0))[0]?.[0]).toBe("KAFKA_OTHER_PARTITION");
  });

  it("is matched by its correlation id", async () => {
    const session = await sessionOf(kafka, options);
    const match = (id: number, next: number) => {
      const bytes = produced(id, 0);
      return session.match(2, bytes, 0, bytes.length, next);
    };
    expect(match(5, 6)).toBe(5);
    expect(match(6, 6)).toBe(-1);
    expect(match(-2, 2 ** 32 + 1)).toBe(2 ** 32 - 2);
  });

  it.each([Buffer.from("HTTP/1.1 400"), int(4, 3), int(4, -1)])(
    "%j is malformed",
    async (bytes) => {
      const session = await sessionOf(kafka, options);
      expect(read(session, bytes)).toEqual([["malformed", ""]]);
    },
  );
});

describe("Fetch", async () => {
  const session = await sessionOf(kafka, {
    ...options,
    request: "fetch",
    offset: 2 ** 33,
    maxBytes: 4096,
  });

  it("asks for records from an offset on", () => {
    expect(requestOf(session, "whatever", 7)).toBe(
      sized(
        ...[int(2, 1), int(2, 4), int(4, 7), string("slash8")],
        ...[int(4, -1), int(4, 500), int(4, 1), int(4, 4096), int(1, 0)],
        ...[int(4, 1), string("logs"), int(4, 1), int(4, 2), int(8, 2 ** 33), int(4, 4096)],
      ).toString("latin1"),
    );
  });

  it("has records, or an error by name", () => {
    const seen = read(session, Buffer.concat([fetched(0, 0), fetched(1, 1, "")]));
    expect(seen.map(([is]) => is)).toEqual(["reply", "KAFKA_OFFSET_OUT_OF_RANGE"]);
  });
});

describe("opening", () => {
  const versions = (error: number, ...ranges: [number, number, number][]) =>
    sized(
      ...[int(4, 0), int(2, error), int(4, ranges.length)],
      ...ranges.flat().map((number) => int(2, number)),
    );

  it.each([
    [versions(0, [3, 0, 12], [0, 0, 11], [1, 4, 17]), "opened"],
    [versions(0, [1, 4, 17], [0, 4, 11]), "KAFKA_VERSION_NOT_SUPPORTED"],
    [versions(0, [0, 0, 2]), "KAFKA_VERSION_NOT_SUPPORTED"],
    [versions(0), "KAFKA_VERSION_NOT_SUPPORTED"],
    [versions(35), "KAFKA_UNSUPPORTED_VERSION"],
    [sized(int(4, 0)), "KAFKA_UNKNOWN_SERVER_ERROR"],
    [Buffer.from("SSH-2.0-OpenSSH\r\n"), "malformed"],
  ])("%#: %s", async (reply, end) => {
    const session = await sessionOf(kafka, options);
    const sent: string[] = [];
    expect(open(session, () => reply, sent)).toBe(end);
    expect(sent[0]).toBe(
      sized(int(2, 18), int(2, 0), int(4, 0), string("slash8")).toString("latin1"),
    );
  });
});

it.each([
  ["123456789", 0xe3069283],
  // RFC 3720, appendix B.4.
  ["\0".repeat(32), 0x8a9136aa],
  ["\xff".repeat(32), 0x62a8ab43],
])("CRC-32C of %j", (text, sum) => {
  const bytes = bytesOf(text);
  expect(crc32c(bytes, 0, bytes.length)).toBe(sum);
});
