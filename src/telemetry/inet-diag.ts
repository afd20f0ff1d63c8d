/**
 * Messages of sock_diag: a request for the TCP connections of a workload, and what the kernel answers. Pure.
 *
 * Numbers are in the host's byte order (little-endian wherever slash8 has system calls), ports and addresses in network
 * byte order.
 *
 *     | request, offset | bytes | field                                                           |
 *     | --------------- | ----- | --------------------------------------------------------------- |
 *     | 0               | 16    | nlmsghdr: length, type 20 (SOCK_DIAG_BY_FAMILY), flags, number   |
 *     | 16              | 4     | family, protocol, extensions (1 << INET_DIAG_INFO - 1), padding  |
 *     | 20              | 4     | states, a bit each                                               |
 *     | 24              | 48    | inet_diag_sockid: only for one connection, 0 for a dump          |
 *     | 72              | 4     | nlattr: length, type 1 (INET_DIAG_REQ_BYTECODE)                  |
 *     | 76              |       | conditions: inet_diag_bc_op (4 bytes), inet_diag_hostcond        |
 *
 *     | answer, offset | bytes | field                                                            |
 *     | -------------- | ----- | ---------------------------------------------------------------- |
 *     | 0              | 16    | nlmsghdr                                                         |
 *     | 16             | 4     | family, state, timer, retransmissions                            |
 *     | 20             | 4     | source port, destination port                                    |
 *     | 24             | 16    | source address; 4 bytes of it for IPv4                           |
 *     | 40             | 16    | destination address                                              |
 *     | 60             | 8     | cookie: of this socket, and of no other since the machine's start |
 *     | 88             |       | attributes: nlattr, and struct tcp_info for INET_DIAG_INFO       |
 *
 * @see sock_diag(7), netlink(7); linux/inet_diag.h, linux/sock_diag.h
 */
import { foreignTuple, type TupleIds } from "../address/tuple-ids.ts";
import { readTcpInfo, type TcpInfo } from "./tcp-info.ts";

const headerBytes = 16;
const requestBytes = 56;
const attributeBytes = 4;
const operationBytes = 4;
const hostConditionBytes = 8;

const messageType = { error: 2, done: 3, byFamily: 20 } as const;
const requestFlag = { request: 0x001, root: 0x100, match: 0x200 } as const;
/** Attributes of an answer, and of a request. */
const infoAttribute = 2;
const conditionsAttribute = 1;
const protocolTcp = 6;
const familyOf = { 4: 2, 6: 10 } as const;

/** Those in which a client has its socket and struct tcp_info describes a connection. @see net/tcp_states.h */
const states = { established: 1, synSent: 2, closeWait: 8 } as const;
const wantedStates = Object.values(states).reduce((bits, state) => bits | (1 << state), 0);

/** Conditions: the source, or the destination, has this prefix and port. */
const condition = { source: 7, destination: 8 } as const;

/** A dump of the connections of a workload, and few others: the kernel compares prefixes and a port. */
export function dumpRequest(ids: TupleIds): Buffer {
  const { sources, destinations, destinationPort, family } = ids;
  const bytes = family === 4 ? 4 : 16;
  const each = operationBytes + hostConditionBytes + bytes;
  const length = headerBytes + requestBytes + attributeBytes + 2 * each;
  const message = Buffer.alloc(length);
  message.writeUInt32LE(length, 0);
  message.writeUInt16LE(messageType.byFamily, 4);
  message.writeUInt16LE(requestFlag.request | requestFlag.root | requestFlag.match, 6);
  message.writeUInt32LE(1, 8);
  message.writeUInt8(familyOf[family], 16);
  message.writeUInt8(protocolTcp, 17);
  message.writeUInt8(1 << (infoAttribute - 1), 18);
  message.writeUInt32LE(wantedStates, 20);
  const attributeAt = headerBytes + requestBytes;
  message.writeUInt16LE(attributeBytes + 2 * each, attributeAt);
  message.writeUInt16LE(conditionsAttribute, attributeAt + 2);
  const conditions = [
    { code: condition.source, prefix: sources, port: null },
    { code: condition.destination, prefix: destinations, port: destinationPort },
  ];
  for (const [index, { code, prefix, port }] of conditions.entries()) {
    const at = attributeAt + attributeBytes + index * each;
    message.writeUInt8(code, at);
    // Where to go on: behind this condition where it holds, beyond the last one where it does not.
    message.writeUInt8(each, at + 1);
    message.writeUInt16LE((2 - index) * each + operationBytes, at + 2);
    message.writeUInt8(familyOf[family], at + operationBytes);
    message.writeUInt8(prefix.bits, at + operationBytes + 1);
    message.writeInt32LE(port ?? -1, at + operationBytes + 4);
    writeAddress(message, at + operationBytes + hostConditionBytes, prefix.value, bytes);
  }
  return message;
}

function writeAddress(message: Buffer, at: number, value: bigint, bytes: number): void {
  for (let index = bytes - 1, rest = value; index >= 0; index--, rest >>= 8n) {
    message.writeUInt8(Number(rest & 0xffn), at + index);
  }
}

/** Receives the connections of a dump. */
export interface DumpVisitor {
  /**
   * @param id     from `TupleIds`
   * @param cookie of the socket
   * @param info   is overwritten by the next one
   */
  connection(id: number, cookie: number, info: TcpInfo): void;
}

/** How a dump goes on: with more messages, not at all, or the kernel's error, a positive errno. */
export type DumpState = "more" | "done" | { readonly errno: number };

/**
 * Reads the messages that one receive call brought, and passes on those of the workload.
 *
 * @param length bytes of `bytes` that were received
 */
export function readAnswers(
  bytes: Buffer,
  length: number,
  ids: TupleIds,
  visitor: DumpVisitor,
): DumpState {
  for (let at = 0; at + headerBytes <= length; ) {
    const messageLength = bytes.readUInt32LE(at);
    const type = bytes.readUInt16LE(at + 4);
    if (messageLength < headerBytes || at + messageLength > length) return "done";
    if (type === messageType.done) return "done";
    if (type === messageType.error) return { errno: -bytes.readInt32LE(at + headerBytes) };
    if (type === messageType.byFamily) readConnection(bytes, at, messageLength, ids, visitor);
    at += aligned(messageLength);
  }
  return "more";
}

const addressesAt = { source: 24, destination: 40 } as const;
const cookieAt = 60;
const attributesAt = 88;

function readConnection(
  bytes: Buffer,
  at: number,
  length: number,
  ids: TupleIds,
  visitor: DumpVisitor,
): void {
  if (length < attributesAt || bytes[at + 16] !== familyOf[ids.family]) return;
  const id = ids.of(
    addressAt(bytes, at + addressesAt.source, ids),
    bytes.readUInt16BE(at + 20),
    addressAt(bytes, at + addressesAt.destination, ids),
    bytes.readUInt16BE(at + 22),
  );
  if (id === foreignTuple) return;
  const end = at + length;
  for (let next = at + attributesAt; next + attributeBytes <= end; ) {
    const attributeLength = bytes.readUInt16LE(next);
    if (attributeLength < attributeBytes || next + attributeLength > end) return;
    if (bytes.readUInt16LE(next + 2) === infoAttribute) {
      const found = readTcpInfo(bytes, next + attributeBytes, attributeLength - attributeBytes);
      if (found !== null) visitor.connection(id, cookieOf(bytes, at + cookieAt), found);
      return;
    }
    next += aligned(attributeLength);
  }
}

function addressAt(bytes: Buffer, at: number, { family }: TupleIds): bigint {
  if (family === 4) return BigInt(bytes.readUInt32BE(at));
  return (bytes.readBigUInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8);
}

/** Beyond 2^53 two of them may be the same number: then a socket's counters seem to go on in another's. */
function cookieOf(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 4_294_967_296;
}

function aligned(length: number): number {
  return (length + 3) & ~3;
}
