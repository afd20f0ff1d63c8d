/** Answers of sock_diag, byte by byte as linux/inet_diag.h and linux/tcp.h have them. */

export interface Given {
  readonly source?: readonly number[];
  readonly sourcePort?: number;
  readonly destination?: readonly number[];
  readonly destinationPort?: number;
  readonly cookie?: number;
  readonly rttUs?: number;
  readonly rttVariationUs?: number;
  readonly minRttUs?: number;
  readonly congestionWindow?: number;
  readonly deliveryRate?: number;
  readonly unacked?: number;
  readonly lost?: number;
  readonly retransmits?: number;
  readonly segmentsSent?: number;
  readonly busyUs?: number;
  readonly receiveWindowLimitedUs?: number;
  readonly sendBufferLimitedUs?: number;
  /** Bytes of struct tcp_info. */
  readonly infoBytes?: number;
}

/** A struct tcp_info. */
export function tcpInfo(given: Given = {}): Buffer {
  const info = Buffer.alloc(280);
  const words: readonly (readonly [number, number])[] = [
    [24, given.unacked ?? 0],
    [32, given.lost ?? 0],
    [68, given.rttUs ?? 0],
    [72, given.rttVariationUs ?? 0],
    [80, given.congestionWindow ?? 10],
    [100, given.retransmits ?? 0],
    [136, given.segmentsSent ?? 0],
    [148, given.minRttUs ?? 0xffff_ffff],
  ];
  for (const [at, value] of words) info.writeUInt32LE(value, at);
  const longs: readonly (readonly [number, number])[] = [
    [160, given.deliveryRate ?? 0],
    [168, given.busyUs ?? 0],
    [176, given.receiveWindowLimitedUs ?? 0],
    [184, given.sendBufferLimitedUs ?? 0],
  ];
  for (const [at, value] of longs) info.writeBigUInt64LE(BigInt(value), at);
  return info.subarray(0, given.infoBytes ?? info.length);
}

/** A connection: struct inet_diag_msg, an attribute that nobody asked for, and INET_DIAG_INFO. */
export function answer(given: Given = {}): Buffer {
  const source = given.source ?? [127, 32, 0, 1];
  const head = Buffer.alloc(72);
  head.writeUInt8(source.length === 4 ? 2 : 10, 0);
  head.writeUInt8(1, 1);
  head.writeUInt16BE(given.sourcePort ?? 1024, 4);
  head.writeUInt16BE(given.destinationPort ?? 7000, 6);
  Buffer.from(source).copy(head, 8);
  Buffer.from(given.destination ?? [127, 0, 0, 1]).copy(head, 24);
  head.writeBigUInt64LE(BigInt(given.cookie ?? 1), 44);
  const info = tcpInfo(given);
  return message(20, [head, attribute(8, Buffer.from([0])), attribute(2, info)]);
}

/** The last message of a dump. */
export const done = message(3, [Buffer.alloc(4)]);

/** @param errno positive */
export function failed(errno: number): Buffer {
  const code = Buffer.alloc(20);
  code.writeInt32LE(-errno, 0);
  return message(2, [code]);
}

function message(type: number, parts: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(16);
  const body = Buffer.concat(parts);
  header.writeUInt32LE(header.length + body.length, 0);
  header.writeUInt16LE(type, 4);
  return padded(Buffer.concat([header, body]));
}

function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16LE(header.length + value.length, 0);
  header.writeUInt16LE(type, 2);
  return padded(Buffer.concat([header, value]));
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
