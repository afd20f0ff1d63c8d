import { copyBytes, readUint16, readUint32, writeUint16, writeUint32 } from "../base/bytes.ts";
import { UserError } from "../base/errors.ts";
import { mix } from "../base/random.ts";
import { defineProtocol, incomplete, kind, malformed, type ProtocolSession } from "./protocol.ts";
import { SizedMessages } from "./sized-messages.ts";

const headerBytes = 20;
const cookie = 0x2112a442;

/** Message types. */
const bindingRequest = 0x0001;
const bindingIndication = 0x0011;
const bindingSuccess = 0x0101;
const bindingError = 0x0111;

/** Attribute types. */
const errorCodeAttribute = 0x0009;
const xorMappedAddress = 0x0020;
const softwareAttribute = 0x8022;

/** Values of `codes` that are not those of a server. */
const noAddress = 1;
const badAddress = 2;
const badAttributes = 3;
const noResponse = 4;
const ownCodes = [
  ...["NO_ERROR_CODE", "NO_MAPPED_ADDRESS", "BAD_MAPPED_ADDRESS", "BAD_ATTRIBUTES"],
  "NOT_A_RESPONSE",
];

/**
 * STUN binding requests: "which address do you see me at?" Replies are found by their transaction id.
 *
 *     | offset | size | content                                        |
 *     | ------ | ---- | ---------------------------------------------- |
 *     | 0      | 2    | type                                           |
 *     | 2      | 2    | length of the attributes                       |
 *     | 4      | 4    | magic cookie                                   |
 *     | 8      | 12   | transaction id                                 |
 *     | 20     | ...  | attributes: type, length, value, padded to 4   |
 *
 * @see RFC 8489, sections 5 (header), 14 (attributes), 14.2 (XOR-MAPPED-ADDRESS), 14.8 (ERROR-CODE)
 */
export const stun = defineProtocol({
  about: "STUN binding requests (RFC 8489)",
  over: ["udp", "tcp"],
  options: {
    software: {
      about: "Name of the client, sent in each request (SOFTWARE).",
      type: "text",
      default: null,
    },
  },

  create({ options, slots, seed }) {
    const attributes = options.software === null ? Buffer.alloc(0) : software(options.software);

    const messages = new SizedMessages(slots, 4, lengthOf);
    /** Float64, per slot: the connection's number. */
    const connections = new Float64Array(slots);
    /** Uint16, per slot: why the latest error is one. */
    const codes = new Uint16Array(slots);

    const session: ProtocolSession = {
      readsMessages: true,
      maxBytes: () => headerBytes + attributes.length,

      write(into, at, slot, sequence) {
        writeUint16(into, at, bindingRequest);
        writeUint16(into, at + 2, attributes.length);
        writeUint32(into, at + 4, cookie);
        // The id says which request it is of: two words hide its number, the third is a check of them.
        const key = keyOf(slot);
        const low = (sequence ^ key) >>> 0;
        const high = (Math.floor(sequence / 2 ** 32) ^ mix(low + key)) >>> 0;
        writeUint32(into, at + 8, low);
        writeUint32(into, at + 12, high);
        writeUint32(into, at + 16, mix(high + mix(low + key)));
        return copyBytes(attributes, 0, attributes.length, into, at + headerBytes) - at;
      },

      scan: (slot, bytes, start, end) => messages.scan(slot, bytes, start, end),

      classify(slot, bytes, start, end) {
        if (end - start < headerBytes) return kind.reply; // of no request: `match` says so
        const type = readUint16(bytes, start);
        if (type === bindingIndication) return kind.ignore;
        if (type === bindingSuccess) {
          codes[slot] = addressProblem(bytes, start, end);
          return codes[slot] === 0 ? kind.reply : kind.error;
        }
        codes[slot] = type === bindingError ? 0 : noResponse;
        if (type !== bindingError) return kind.error;
        const at = findAttribute(bytes, start, end, errorCodeAttribute);
        if (at > 0 && readUint16(bytes, at + 2) >= 4) {
          codes[slot] = ((bytes[at + 6] as number) & 7) * 100 + (bytes[at + 7] as number);
        }
        return kind.error;
      },

      errorCode: (slot) => `STUN_${ownCodes[codes[slot] as number] ?? codes[slot]}`,

      match(slot, bytes, start, end, next) {
        if (end - start < headerBytes || readUint32(bytes, start + 4) !== cookie) return -1;
        const key = keyOf(slot);
        const low = readUint32(bytes, start + 8);
        const high = readUint32(bytes, start + 12);
        if (readUint32(bytes, start + 16) !== mix(high + mix(low + key))) return -1;
        const sequence = ((high ^ mix(low + key)) >>> 0) * 2 ** 32 + ((low ^ key) >>> 0);
        return sequence < next ? sequence : -1;
      },

      reset(slot, connection) {
        connections[slot] = connection;
        messages.reset(slot);
      },
    };
    return session;

    function keyOf(slot: number): number {
      return mix(mix(seed) + (connections[slot] as number));
    }
  },
});

function lengthOf(bytes: Uint8Array, start: number, end: number): number {
  // The first two bits are 0; attributes are padded to four bytes.
  if ((bytes[start] as number) > 63) return malformed;
  if (end - start < 4) return incomplete;
  const attributes = readUint16(bytes, start + 2);
  return (attributes & 3) !== 0 ? malformed : headerBytes + attributes;
}

/** 0: the reply has an address that is well-formed. */
function addressProblem(bytes: Uint8Array, start: number, end: number): number {
  const at = findAttribute(bytes, start, end, xorMappedAddress);
  if (at < 0) return badAttributes;
  if (at === 0) return noAddress;
  const family = bytes[at + 5];
  const valueBytes = readUint16(bytes, at + 2);
  return (family === 1 && valueBytes === 8) || (family === 2 && valueBytes === 20) ? 0 : badAddress;
}

/** Where an attribute begins; 0: there is none; -1: attributes are longer than the message. */
function findAttribute(bytes: Uint8Array, start: number, end: number, type: number): number {
  if (readUint16(bytes, start + 2) !== end - start - headerBytes) return -1;
  let at = start + headerBytes;
  while (at + 4 <= end) {
    const next = at + 4 + ((readUint16(bytes, at + 2) + 3) & ~3);
    if (next > end) return -1;
    if (readUint16(bytes, at) === type) return at;
    at = next;
  }
  return at === end ? 0 : -1;
}

/** The attribute SOFTWARE. */
function software(text: string): Buffer {
  const value = Buffer.from(text);
  if (value.length > 500) throw new UserError("software: at most 500 bytes will do");
  const attribute = Buffer.alloc(4 + ((value.length + 3) & ~3));
  writeUint16(attribute, 0, softwareAttribute);
  writeUint16(attribute, 2, value.length);
  attribute.set(value, 4);
  return attribute;
}
