import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { crc32c } from "../../../src/protocols/kafka/crc32c.ts";

const topic = "visits";

/** A broker of one partition, written after Kafka's documentation: it takes records, and says so. */
export interface Broker {
  readonly port: number;
  /** Connections that asked for its versions. */
  readonly greeted: () => number;
  /** Values of the records that it took, in their order. */
  readonly records: readonly string[];
  close(): void;
}

/** It answers what comes at once in the opposite order, which no Kafka does: replies are found by their number. */
export async function startBroker(): Promise<Broker> {
  const records: string[] = [];
  let greeted = 0;
  const server = net.createServer((socket) => {
    let held = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      held = Buffer.concat([held, chunk]);
      const answers: Buffer[] = [];
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE()) {
        const end = 4 + held.readInt32BE();
        answers.unshift(answer(held.subarray(4, end)));
        held = held.subarray(end);
      }
      if (answers.length > 0) socket.write(Buffer.concat(answers));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, greeted: () => greeted, records, close: () => server.close() };

  function answer(request: Buffer): Buffer {
    const [key, version, correlation] = [
      request.readInt16BE(0),
      request.readInt16BE(2),
      request.readInt32BE(4),
    ];
    const body = request.subarray(10 + request.readInt16BE(8));
    if (key === 18 && version === 0 && body.length === 0) {
      greeted++;
      const versions = [0, 0, 9, 1, 0, 13, 18, 0, 3];
      return reply(correlation, int(2, 0), int(4, 3), ...versions.map((number) => int(2, number)));
    }
    if (key !== 0 || version !== 3) throw new Error(`request ${key} of version ${version}`);
    const partitionError = produce(body);
    return reply(
      correlation,
      ...[int(4, 1), int(2, topic.length), Buffer.from(topic)],
      ...[int(4, 1), int(4, 0), int(2, partitionError), int(8, records.length), int(8, -1)],
      int(4, 0),
    );
  }

  /** @returns the error code: 2: a corrupt message, 3: an unknown topic or partition */
  function produce(body: Buffer): number {
    // No transaction, acks of all, time, one topic, one partition.
    const head = `ffffffff0000753000000001${int(2, topic.length).toString("hex")}`;
    if (body.subarray(0, 14).toString("hex") !== head) return 42;
    const at = 14 + topic.length;
    if (body.toString("latin1", 14, at) !== topic || body.readInt32BE(at + 4) !== 0) return 3;
    const batch = body.subarray(at + 12);
    const isWhole =
      batch.length === body.readInt32BE(at + 8) && batch.length === 12 + batch.readInt32BE(8);
    if (!isWhole || batch[16] !== 2 || batch.readUInt32BE(17) !== crc32c(batch, 21, batch.length)) {
      return 2;
    }
    // A record whose lengths have one byte each: its own, three of nothing, no key, the value's.
    const length = (batch[66] as number) >> 1;
    if (batch.readInt32BE(57) !== 1 || batch[65] !== 1 || (batch[61] as number) >> 1 !== length + 6)
      return 87;
    records.push(batch.toString("latin1", 67, 67 + length));
    return 0;
  }
}

function reply(correlation: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat([int(4, correlation), ...parts]);
  return Buffer.concat([int(4, body.length), body]);
}

function int(bytes: number, number: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigInt64BE(BigInt(number));
  else buffer.writeIntBE(number, 0, bytes);
  return buffer;
}
