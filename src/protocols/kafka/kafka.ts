import { equalBytes, readUint32, writeMessage } from "../../base/bytes.ts";
import { IdNumbers } from "../../base/numbers/id-numbers.ts";
import {
  defineProtocol,
  incomplete,
  kind,
  malformed,
  opened,
  type ProtocolSession,
  refused,
} from "../protocol.ts";
import { SizedMessages } from "../sized-messages.ts";
import { nameOfError } from "./errors.ts";
import {
  api,
  apiVersions,
  fetch,
  finishProduce,
  mostRecordBytes,
  onePartition,
  produce,
  putCorrelation,
} from "./requests.ts";

// `codes`: what cannot be told in the broker's own numbers.
const tooOld = 32767;
const otherPartition = 32766;
const lengthBytes = 4;
const mostBytes = 1024 * 1024 * 1024;

/**
 * Apache Kafka, and what speaks its protocol, as Redpanda: records to one partition, or from it.
 *
 * @see https://kafka.apache.org/protocol.html
 */
export const kafka = defineProtocol({
  about: "Apache Kafka's protocol: Produce or Fetch of one partition",
  over: ["tcp"],
  options: {
    topic: { type: "text", about: "The topic." },
    partition: {
      type: "integer",
      least: 0,
      most: 2 ** 31 - 1,
      default: 0,
      about: "Its partition, of which the target is the leader.",
    },
    request: {
      type: "choice",
      choices: ["produce", "fetch"],
      default: "produce",
      about: "What requests do: add the message as a record, or fetch records.",
    },
    acks: {
      type: "choice",
      choices: ["0", "1", "all"],
      default: "all",
      about:
        "Of produce: who has a record before it is acknowledged. 0: there are no replies, so use pattern stream.",
    },
    offset: {
      type: "integer",
      least: 0,
      most: Number.MAX_SAFE_INTEGER,
      default: 0,
      about: "Of fetch: the first record that is wanted, in each request.",
    },
    maxWaitMs: {
      type: "integer",
      least: 0,
      most: 2 ** 31 - 1,
      default: 500,
      about: "Of fetch: how long the broker waits for a record where there is none.",
    },
    maxBytes: {
      type: "integer",
      least: 1,
      most: mostBytes,
      default: 1024 * 1024,
      about: "Of fetch: the most bytes of records in a reply.",
    },
    clientId: {
      type: "text",
      default: "slash8",
      about: "What the broker's log and quotas know the clients by.",
    },
  },
  message: { about: "The value of the record that is produced; of fetch: nothing.", default: "" },
  create({ options, slots }): ProtocolSession {
    const isFetch = options.request === "fetch";
    const { offset, maxWaitMs, maxBytes, clientId, topic } = options;
    const acks = options.acks === "all" ? -1 : Number(options.acks);
    // The same for all records: the same request has the same bytes, whenever it is written.
    const head = isFetch
      ? fetch(options, offset, maxWaitMs, maxBytes)
      : produce(options, acks, Date.now());
    const first = apiVersions(clientId);
    const wanted = isFetch ? api.fetch : api.produce;
    // Length, number, where it is a Fetch the throttle time, then a list of topics with a list of partitions each.
    const topicsAt = 8 + (isFetch ? 4 : 0);
    const answered = onePartition(topic, options.partition);
    const errorAt = topicsAt + answered.length;
    const numbers = new IdNumbers(2 ** 32, false, 0);
    const codes = new Int16Array(slots);
    const messages = new SizedMessages(slots, lengthBytes, lengthOf);

    return {
      readsMessages: true,
      ...(acks === 0 && !isFetch ? { unanswered: "acks: 1 or all" } : {}),
      maxBytes: (payloadBytes) => head.length + mostRecordBytes + payloadBytes,
      write(into, at, _slot, sequence, payload, start, end) {
        into.set(head, at);
        putCorrelation(into, at, sequence);
        return isFetch ? head.length : finishProduce(into, at, head.length, payload, start, end);
      },
      scan: (slot, bytes, start, end) => messages.scan(slot, bytes, start, end),
      classify(slot, bytes, start, end) {
        const code = errorIn(bytes, start, end);
        codes[slot] = code;
        return code === 0 ? kind.reply : kind.error;
      },
      errorCode: (slot) => `KAFKA_${nameOf(codes[slot] as number)}`,
      match(slot, bytes, start, _end, next) {
        return numbers.sequenceOf(slot, readUint32(bytes, start + 4), next);
      },
      opening: {
        maxBytes: first.length,
        begin: (_slot, into, at) => writeMessage(into, at, first),
        awaits: () => "the response to ApiVersions",
        received(slot, bytes, start, end) {
          const code = end - start < 14 ? -1 : int16(bytes, start + 8);
          codes[slot] = code !== 0 || supports(bytes, start + 14, end) ? code : tooOld;
          return codes[slot] === 0 ? opened : refused;
        },
      },
      reset: (slot) => messages.reset(slot),
    };

    /** The error of the partition that was asked for. */
    function errorIn(bytes: Uint8Array, start: number, end: number): number {
      if (start + errorAt + 2 > end) return -1;
      const isOurs = equalBytes(bytes, start + topicsAt, answered, 0, answered.length);
      return isOurs ? int16(bytes, start + errorAt) : otherPartition;
    }

    /** Whether our version of the request is within the broker's, of which there is a list at `start`. */
    function supports(bytes: Uint8Array, start: number, end: number): boolean {
      for (let at = start; at + 6 <= end; at += 6) {
        const [key, least, most] = [0, 2, 4].map((offset) => int16(bytes, at + offset));
        if (key !== wanted.key) continue;
        return (least as number) <= wanted.version && wanted.version <= (most as number);
      }
      return false;
    }
  },
});

function nameOf(code: number): string {
  if (code === tooOld) return "VERSION_NOT_SUPPORTED";
  return code === otherPartition ? "OTHER_PARTITION" : nameOfError(code);
}

function lengthOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < lengthBytes) return incomplete;
  const length = readUint32(bytes, start);
  return length < 4 || length > mostBytes ? malformed : lengthBytes + length;
}

function int16(bytes: Uint8Array, at: number): number {
  return (((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16)) >> 16;
}
