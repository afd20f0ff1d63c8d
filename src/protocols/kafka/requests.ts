import { copyBytes, writeUint32 } from "../../base/bytes.ts";
import { crc32c } from "./crc32c.ts";

/** Requests are of versions that every broker from 0.11 to 4 takes, without tagged fields. */
export const api = {
  produce: { key: 0, version: 3 },
  fetch: { key: 1, version: 4 },
  versions: { key: 18, version: 0 },
} as const;

export interface RequestOptions {
  readonly clientId: string;
  readonly topic: string;
  readonly partition: number;
}

/** Where every request has its length, and its number, which the response repeats. */
const correlationAt = 8;

function request({ key, version }: { key: number; version: number }, clientId: string): Buffer {
  return Buffer.concat([int32(0), int16(key), int16(version), int32(0), string(clientId)]);
}

/** A list of one topic with a list of one partition: the beginning of each, as requests and responses have it. */
export function onePartition(topic: string, partition: number): Buffer {
  return Buffer.concat([int32(1), string(topic), int32(1), int32(partition)]);
}

/** @see https://kafka.apache.org/protocol.html#The_Messages_ApiVersions */
export function apiVersions(clientId: string): Buffer {
  return withLength(request(api.versions, clientId));
}

/**
 * A Fetch of one partition, from an offset on.
 *
 * @see https://kafka.apache.org/protocol.html#The_Messages_Fetch
 */
export function fetch(
  { clientId, topic, partition }: RequestOptions,
  offset: number,
  maxWaitMs: number,
  maxBytes: number,
): Buffer {
  const consumer = -1;
  const readUncommitted = Buffer.from([0]);
  return withLength(
    Buffer.concat([
      request(api.fetch, clientId),
      ...[consumer, maxWaitMs, 1, maxBytes].map(int32),
      readUncommitted,
      onePartition(topic, partition),
      int64(offset),
      int32(maxBytes),
    ]),
  );
}

/**
 * A Produce of one record to one partition, up to the record; `finishProduce` does the rest.
 *
 * @param acks 0: no response; 1: of the leader; -1: of all replicas
 * @see   https://kafka.apache.org/protocol.html#The_Messages_Produce
 */
export function produce(
  { clientId, topic, partition }: RequestOptions,
  acks: number,
  timestampMs: number,
): Buffer {
  return Buffer.concat([
    request(api.produce, clientId),
    int16(-1), // no transaction
    int16(acks),
    int32(30_000),
    onePartition(topic, partition),
    int32(0), // length of the batch
    batch(timestampMs),
  ]);
}

/*
 * A record batch, numbers in network byte order:
 *
 *     | offset | size | field                                               |
 *     | ------ | ---- | --------------------------------------------------- |
 *     | 0      | 8    | base offset, 0                                      |
 *     | 8      | 4    | length of what follows                              |
 *     | 12     | 4    | epoch of the leader, -1                             |
 *     | 16     | 1    | magic, 2                                            |
 *     | 17     | 4    | CRC-32C of what follows                             |
 *     | 21     | 2    | attributes, 0: not compressed                       |
 *     | 23     | 4    | last offset delta, 0                                |
 *     | 27     | 8    | first timestamp, ms                                 |
 *     | 35     | 8    | last timestamp, ms                                  |
 *     | 43     | 8    | producer id, -1; 51: epoch (2), -1; 53: sequence (4), -1 |
 *     | 57     | 4    | number of records, 1                                |
 *
 * See https://kafka.apache.org/documentation/#recordbatch
 */
const batchBytes = 61;

function batch(timestampMs: number): Buffer {
  const bytes = Buffer.alloc(batchBytes);
  bytes.writeInt32BE(-1, 12);
  bytes[16] = 2;
  bytes.writeBigInt64BE(BigInt(timestampMs), 27);
  bytes.writeBigInt64BE(BigInt(timestampMs), 35);
  bytes.fill(0xff, 43, 57);
  bytes.writeInt32BE(1, 57);
  return bytes;
}

/** Longest that a record is beyond its value. */
export const mostRecordBytes = 15;

/**
 * Writes the record behind a `produce` that stands at `into[at]`, and what depends on it.
 *
 * @param headBytes length of the `produce`
 * @returns         the request's length
 */
export function finishProduce(
  into: Uint8Array,
  at: number,
  headBytes: number,
  value: Uint8Array,
  start: number,
  end: number,
): number {
  const batchAt = at + headBytes - batchBytes;
  const length = end - start;
  let to = putVarint(into, at + headBytes, 5 + varintBytes(length) + length);
  for (let i = 0; i < 3; i++) into[to++] = 0; // attributes, deltas of time and offset
  to = putVarint(into, to, -1); // no key
  to = putVarint(into, to, length);
  to = copyBytes(value, start, end, into, to);
  into[to++] = 0; // no headers
  writeUint32(into, batchAt - 4, to - batchAt);
  writeUint32(into, batchAt + 8, to - batchAt - 12);
  writeUint32(into, batchAt + 17, crc32c(into, batchAt + 21, to));
  writeUint32(into, at, to - at - 4);
  return to - at;
}

/** Gives a request its number. */
export function putCorrelation(into: Uint8Array, at: number, sequence: number): void {
  writeUint32(into, at + correlationAt, sequence);
}

/** Zigzag: the sign is the lowest bit, so that small numbers are short. */
function zigzag(number: number): number {
  return ((number << 1) ^ (number >> 31)) >>> 0;
}

function varintBytes(number: number): number {
  let length = 1;
  for (let rest = zigzag(number); rest > 127; rest >>>= 7) length++;
  return length;
}

function putVarint(into: Uint8Array, at: number, number: number): number {
  let to = at;
  let rest = zigzag(number);
  for (; rest > 127; rest >>>= 7) into[to++] = (rest & 127) | 128;
  into[to++] = rest;
  return to;
}

function withLength(bytes: Buffer): Buffer {
  bytes.writeInt32BE(bytes.length - 4);
  return bytes;
}

function string(text: string): Buffer {
  return Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)]);
}

function int16(number: number): Buffer {
  return Buffer.from([number >> 8, number]);
}

function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

function int64(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(number));
  return bytes;
}
