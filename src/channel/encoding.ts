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
 *     | the same as before        | `{"$": ["same", number]}`                        |
 *     | object with a key "$"     | `{"$": ["object", [key, value], ...]}`           |
 *
 * What a message has at several places is in it once: the histograms of a snapshot are those of its only second, too. Typed
 * arrays are numbered in the order in which they end, from 0, and with them the objects and arrays that have no others in them.
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
const textOf = new TextDecoder("utf-8", { fatal: true });

/** What has been written so far. */
interface Written {
  readonly elements: Uint8Array[];
  readonly numbers: Map<object, number>;
}

/** What has been read so far. */
interface Read {
  readonly bytes: Uint8Array;
  /** Where the next elements begin. */
  at: number;
  readonly numbered: object[];
}

/**
 * Returns a message as bytes.
 *
 * @param message plain data, see Channel; asserts that it is nothing else
 */
export function encodeMessage(message: unknown): Uint8Array {
  assert(endianness() === "LE", "slash8 runs on little-endian machines");
  const written: Written = { elements: [], numbers: new Map() };
  const json = text.encode(JSON.stringify(toJson(message, written)));
  const parts = written.elements;
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
  const json: unknown = JSON.parse(textOf.decode(bytes.subarray(lengthBytes, end)));
  const read: Read = { bytes, at: end, numbered: [] };
  const message = fromJson(json, read);
  if (read.at !== bytes.length) throw new Error("a message has more bytes than its arrays");
  return message;
}

function toJson(value: unknown, written: Written): unknown {
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
  assert(typeof value === "object", "a message is plain data");
  const { numbers } = written;
  const number = numbers.get(value);
  if (number !== undefined) return { $: ["same", number] };
  const json = Array.isArray(value)
    ? value.map((one) => toJson(one, written))
    : ArrayBuffer.isView(value)
      ? elementsToJson(value, written)
      : objectToJson(value as Record<string, unknown>, written);
  if (isNumbered(value)) numbers.set(value, numbers.size);
  return json;
}

/** Others are not: each that stands for another could stand for as many again. */
function isNumbered(value: object): boolean {
  return ArrayBuffer.isView(value) || !Object.values(value).some(isNested);
}

function isNested(value: unknown): boolean {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

function elementsToJson(value: ArrayBufferView, { elements }: Written): unknown {
  const name = arrayName(value);
  assert(name !== null, "a message has typed arrays of numbers only");
  elements.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  return { $: [name, value.byteLength] };
}

function objectToJson(value: Readonly<Record<string, unknown>>, written: Written): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  assert(prototype === Object.prototype || prototype === null, "a message has plain objects only");
  if (Object.hasOwn(value, "$") || Object.hasOwn(value, "__proto__")) {
    return {
      $: ["object", ...Object.entries(value).map(([key, one]) => [key, toJson(one, written)])],
    };
  }
  const json: Record<string, unknown> = {};
  for (const key of Object.keys(value)) json[key] = toJson(value[key], written);
  return json;
}

function arrayName(value: ArrayBufferView): ArrayName | null {
  // A Buffer is a Uint8Array.
  const found = Object.entries(arrays).find(([, Type]) => value instanceof Type);
  return (found?.[0] as ArrayName | undefined) ?? null;
}

/** Returns what a JSON stands for, made of its own objects and arrays. */
function fromJson(json: unknown, read: Read): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) {
    for (const [at, one] of json.entries()) json[at] = fromJson(one, read);
    return numbered(json, read);
  }
  const object = json as Record<string, unknown>;
  if (object.$ !== undefined) return special(object.$, read);
  for (const key of Object.keys(object)) {
    // Assigned, it would be the prototype: who encodes it makes it a special value.
    if (key === "__proto__") throw new Error("a message has a key that is not allowed, __proto__");
    const one = object[key];
    if (typeof one === "object" && one !== null) object[key] = fromJson(one, read);
  }
  return numbered(object, read);
}

function numbered(value: object, { numbered: all }: Read): object {
  if (isNumbered(value)) all.push(value);
  return value;
}

function special(value: unknown, read: Read): unknown {
  if (!Array.isArray(value)) throw new Error("a message has a special value without a kind");
  const [kind, ...rest] = value as unknown[];
  switch (kind) {
    case "undefined":
      return undefined;
    case "number":
      return Number(rest[0]);
    case "same": {
      const known = read.numbered[Number(rest[0])];
      if (known === undefined) {
        throw new Error(
          `a message refers to ${JSON.stringify(rest[0])}, which is not in it before`,
        );
      }
      return known;
    }
    case "object": {
      const entries = rest as (readonly [string, unknown])[];
      const object = Object.fromEntries(entries.map(([key, one]) => [key, fromJson(one, read)]));
      return numbered(object, read);
    }
  }
  return elementsOf(kind, rest[0], read);
}

function elementsOf(kind: unknown, length: unknown, read: Read): ArrayBufferView {
  if (typeof kind !== "string" || !Object.hasOwn(arrays, kind))
    throw new Error(`a message has a value of the unknown kind ${JSON.stringify(kind)}`);
  const Type = arrays[kind as ArrayName];
  const end = read.at + Number(length);
  if (
    !Number.isSafeInteger(length) ||
    end < read.at ||
    end > read.bytes.length ||
    Number(length) % Type.BYTES_PER_ELEMENT !== 0
  )
    throw new Error(`a message has no ${kind} of ${JSON.stringify(length)} bytes`);
  // A copy begins at a multiple of the size of an element; Buffer has a `slice` of its own, which copies nothing.
  const copy = Uint8Array.prototype.slice.call(read.bytes, read.at, end);
  read.at = end;
  const array = new Type(copy.buffer, 0, copy.byteLength / Type.BYTES_PER_ELEMENT);
  read.numbered.push(array);
  return array;
}
