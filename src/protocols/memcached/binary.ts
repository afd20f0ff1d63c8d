import { copyBytes, readUint16, readUint32, writeUint32 } from "../../base/bytes.ts";
import { IdNumbers } from "../../base/numbers/id-numbers.ts";
import { incomplete, kind, malformed } from "../protocol.ts";
import { SizedMessages } from "../sized-messages.ts";
import { Command, unknownOpcode } from "./command.ts";
import type { Encoding, EncodingContext } from "./encoding.ts";
import { SentCommands } from "./sent-commands.ts";

/*
 * Header of requests and replies, numbers in network byte order:
 *
 *     | offset | size | field                                                    |
 *     | ------ | ---- | -------------------------------------------------------- |
 *     | 0      | 1    | magic: 0x80 of a request, 0x81 of a reply                |
 *     | 1      | 1    | opcode                                                   |
 *     | 2      | 2    | length of the key                                        |
 *     | 4      | 1    | length of the extras, which stand before the key         |
 *     | 5      | 1    | data type, 0                                             |
 *     | 6      | 2    | of a reply: status                                       |
 *     | 8      | 4    | length of all behind the header                          |
 *     | 12     | 4    | opaque, which a reply repeats: the request's number      |
 *     | 16     | 8    | cas                                                      |
 */
const headerBytes = 24;
const requestMagic = 0x80;
const replyMagic = 0x81;
const mostBodyBytes = 1024 * 1024 * 1024;

const opcodeOfGet = 0;
const notFound = 0x0001;
// No statuses of servers.
const miss = 0xffff;
const wrongReply = 0xfffe;
const names: Readonly<Record<number, string>> = {
  [miss]: "MISS",
  [wrongReply]: "WRONG_REPLY",
  [notFound]: "NOT_FOUND",
  2: "EXISTS",
  3: "TOO_LARGE",
  4: "INVALID_ARGUMENTS",
  5: "NOT_STORED",
  6: "NON_NUMERIC",
  7: "WRONG_VBUCKET",
  32: "AUTHENTICATION_ERROR",
  129: "UNKNOWN_COMMAND",
  130: "OUT_OF_MEMORY",
  131: "NOT_SUPPORTED",
  132: "INTERNAL_ERROR",
  133: "BUSY",
  134: "TEMPORARY_FAILURE",
};

/**
 * The binary protocol, whose replies name their requests.
 *
 * @see https://github.com/memcached/memcached/wiki/BinaryProtocolRevamped
 */
export function createBinary({ slots, expiry, missIsError }: EncodingContext): Encoding {
  const command = new Command();
  const opaques = new IdNumbers(2 ** 32, false, 0);
  const statuses = new Uint16Array(slots);
  const messages = new SizedMessages(slots, 12, lengthOf);
  const sent = new SentCommands(slots);

  return {
    maxBytes: (payloadBytes) => headerBytes + 20 + payloadBytes,
    write(into, at, slot, sequence, payload, start, end) {
      command.read(payload, start, end);
      sent.note(slot, sequence, command.opcode);
      const { form, opcode, keyStart, keyEnd, valueStart } = command;
      const key = at + headerBytes + extrasBytes(form);
      into.fill(0, at, key);
      if (form === "store") writeUint32(into, at + headerBytes + 4, expiry);
      if (form === "touch") writeUint32(into, at + headerBytes, numberIn(payload, valueStart, end));
      if (form === "count") {
        const by = numberIn(payload, valueStart, end);
        writeUint32(into, at + headerBytes, Math.floor(by / 2 ** 32));
        writeUint32(into, at + headerBytes + 4, by);
        // What is not there is not made.
        writeUint32(into, at + headerBytes + 16, 0xffffffff);
      }
      const hasKey = form !== "alone" && form !== "other";
      const hasValue = form === "store" || form === "extend";
      const value = hasKey ? copyBytes(payload, keyStart, keyEnd, into, key) : key;
      const to = hasValue ? copyBytes(payload, valueStart, end, into, value) : value;
      into[at] = requestMagic;
      into[at + 1] = opcode;
      into[at + 2] = (value - key) >>> 8;
      into[at + 3] = value - key;
      into[at + 4] = key - at - headerBytes;
      writeUint32(into, at + 8, to - at - headerBytes);
      writeUint32(into, at + 12, sequence);
      return to - at;
    },

    scan: (slot, bytes, start, end) => messages.scan(slot, bytes, start, end),

    classify(slot, bytes, start, end) {
      if (end - start < headerBytes || bytes[start] !== replyMagic) return kind.ignore;
      const opcode = sent.opcodeOf(slot, readUint32(bytes, start + 12));
      if (opcode !== unknownOpcode && bytes[start + 1] !== opcode) {
        statuses[slot] = wrongReply;
        return kind.error;
      }
      const status = readUint16(bytes, start + 6);
      const isMiss = status === notFound && bytes[start + 1] === opcodeOfGet;
      if (status === 0 || (isMiss && !missIsError)) return kind.reply;
      statuses[slot] = isMiss ? miss : status;
      return kind.error;
    },
    errorCode(slot) {
      const status = statuses[slot] as number;
      return `MEMCACHED_${names[status] ?? status}`;
    },
    match: (slot, bytes, start, end, next) =>
      end - start < headerBytes
        ? -1
        : opaques.sequenceOf(slot, readUint32(bytes, start + 12), next),
    reset(slot) {
      messages.reset(slot);
      sent.forget(slot);
    },
  };
}

function lengthOf(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== replyMagic) return malformed;
  if (end - start < 12) return incomplete;
  const body = readUint32(bytes, start + 8);
  // Key and extras are a part of it.
  const parts = readUint16(bytes, start + 2) + (bytes[start + 4] as number);
  return parts > body || body > mostBodyBytes ? malformed : headerBytes + body;
}

function extrasBytes(form: Command["form"]): number {
  if (form === "store") return 8; // flags, expiry
  if (form === "count") return 20; // by how much, initial value, expiry
  return form === "touch" ? 4 : 0; // expiry
}

/** The number that digits say, up to what is none. */
function numberIn(bytes: Uint8Array, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) break;
    number = number * 10 + digit;
  }
  return number;
}
