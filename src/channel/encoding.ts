/**
 * Messages as bytes, for channels between hosts. Node's own serialisation is not the same in every version of Node.
 *
 *     | offset | bytes | what                                                                          |
 *     | ------ | ----- | ----------------------------------------------------------------------------- |
 *     | 0      | 4     | length j of the JSON, u32, little endian                                      |
 *     | 4      | j     | JSON, UTF-8; what JSON has not is `{"$": [kind, ...]}`, see below             |
 *     | 4 + j  | rest  | the elements of all typed arrays, little endian, one after the other          |
 *
 *     | value                     | in the JSON                                      |
 *     | ------------------------- | ------------------------------------------------ |
 *     | NaN, Infinity, -0         | `{"$": ["number", "-Infinity"]}`                 |
 *     | undefined                 | `{"$": ["undefined"]}`                           |
 *     | typed array               | `{"$": ["Float64Array", bytes]}`                 |
 *     | object with a key "$"     | `{"$": ["object", [key, value], ...]}`           |
 */
import { endianness } from "node:os";
import { assert } from "../base/assert.ts";

const arrays = {
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
} as const;
type ArrayName = keyof typeof arrays;

const lengthBytes = 4;
const text = new TextEncoder();

/**
 * Returns a message as bytes.
 *
 * @param message plain data, see Channel; asserts that it is nothing else
 */
export function encodeMessage(message: unknown): Uint8Array {
  assert(endianness() === "LE", "slash8 runs on little-endian machines");
  const parts: Uint8Array[] = [];
  const json = text.encode(JSON.stringify(toJson(message, parts)));
  const bytes = new Uint8Array(
    lengthBytes + json.length + parts.reduce((sum, part) => sum + part.length, 0),
  );
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, lengthBytes);
  let at = lengthBytes + json.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Returns the message that was encoded; its arrays are copies.
 *
 * @throws Error where the bytes are not a message
 */
export function decodeMessage(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < lengthBytes) throw new Error("a message is shorter than its length field");
  const end = lengthBytes + view.getUint32(0, true);
  if (end > bytes.length) throw new Error("a message is shorter than its JSON");
  const json: unknown = JSON.parse(
    new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(lengthBytes, end)),
  );
  const elements = { bytes, at: end };
  const message = fromJson(json, elements);
  if (elements.at !== bytes.length) throw new Error("a message has more bytes than its arrays");
  return message;
}

function toJson(value: unknown, parts: Uint8Array[]): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { $: ["number", Object.is(value, -0) ? "-0" : String(value)] };
    case "undefined":
      return { $: ["undefined"] };
  }
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((one) => toJson(one, parts));
  if (ArrayBuffer.isView(value)) {
    const name = arrayName(value);
    assert(name !== null, "a message has typed arrays of numbers only");
    parts.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    return { $: [name, value.byteLength] };
  }
  assert(typeof value === "object", "a message is plain data");
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype || prototype === null, "a message has plain objects only");
  const entries = Object.entries(value).map(([key, one]) => [key, toJson(one, parts)] as const);
  return Object.hasOwn(value, "$") ? { $: ["object", ...entries] } : Object.fromEntries(entries);
}

function arrayName(value: ArrayBufferView): ArrayName | null {
  // A Buffer is a Uint8Array.
  const found = Object.entries(arrays).find(([, Type]) => value instanceof Type);
  return (found?.[0] as ArrayName | undefined) ?? null;
}

function fromJson(json: unknown, elements: { readonly bytes: Uint8Array; at: number }): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map((one) => fromJson(one, elements));
  const special: unknown = (json as { readonly $?: unknown }).$;
  if (special === undefined) {
    return Object.fromEntries(
      Object.entries(json).map(([key, one]) => [key, fromJson(one, elements)]),
    );
  }
  if (!Array.isArray(special)) throw new Error("a message has a special value without a kind");
  const [kind, ...rest] = special as unknown[];
  if (kind === "undefined") return undefined;
  if (kind === "number") return Number(rest[0]);
  if (kind === "object") {
    const entries = rest as (readonly [string, unknown])[];
    return Object.fromEntries(entries.map(([key, one]) => [key, fromJson(one, elements)]));
  }
  if (typeof kind !== "string" || !Object.hasOwn(arrays, kind))
    throw new Error(`a message has a value of the unknown kind ${JSON.stringify(kind)}`);
  const Type = arrays[kind as ArrayName];
  const length = rest[0];
  const end = elements.at + Number(length);
  if (
    !Number.isSafeInteger(length) ||
    end < elements.at ||
    end > elements.bytes.length ||
    Number(length) % Type.BYTES_PER_ELEMENT !== 0
  )
    throw new Error(`a message has no ${kind} of ${JSON.stringify(length)} bytes`);
  // A copy begins at a multiple of the size of an element; Buffer has a `slice` of its own, which copies nothing.
  const copy = Uint8Array.prototype.slice.call(elements.bytes, elements.at, end);
  elements.at = end;
  return new Type(copy.buffer, 0, copy.byteLength / Type.BYTES_PER_ELEMENT);
}
