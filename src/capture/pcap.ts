import { type FileHandle, open } from "node:fs/promises";
import { PacketChoice } from "./packet-choice.ts";

/**
 * The pcap file format, as tcpdump and dumpcap write it, in the byte order of the machine.
 *
 *     | file header      | bytes |            | packet header     | bytes |
 *     | ---------------- | ----- |            | ----------------- | ----- |
 *     | magic number     | 4     |            | time              | 8     |
 *     | version          | 4     |            | length in file    | 4     |
 *     | zone, accuracy   | 8     |            | original length   | 4     |
 *     | longest packet   | 4     |            | the packet        |       |
 *     | link type        | 4     |
 *
 * @see pcap-savefile(5)
 */
const fileHeaderBytes = 24;
const packetHeaderBytes = 16;
/** Magic numbers for times in us and in ns, in both byte orders. */
const magicNumbers = {
  little: [0xa1b2c3d4, 0xa1b23c4d],
  big: [0xd4c3b2a1, 0x4d3cb2a1],
};
/** Far more than the longest packet that programs write. */
const longestPacketBytes = 1 << 20;

export interface Cut {
  /** Packets read, and packets kept. */
  readonly read: number;
  readonly kept: number;
}

/**
 * Copies the packets of some clients to another file.
 *
 * A partial packet at the end, as a killed program leaves it, is ignored.
 *
 * @throws (rejects with) Error where a file cannot be read or written, or is not a pcap file
 */
export async function cutPcap(from: string, to: string, choice: PacketChoice): Promise<Cut> {
  const source = await open(from, "r");
  try {
    const sink = await open(to, "w");
    try {
      return await cut(source, sink, choice);
    } finally {
      await sink.close();
    }
  } finally {
    await source.close();
  }
}

async function cut(source: FileHandle, sink: FileHandle, choice: PacketChoice): Promise<Cut> {
  const bytes = Buffer.alloc(2 * longestPacketBytes);
  const out: Buffer[] = [];
  let filled = await fill(source, bytes, 0);
  if (filled < fileHeaderBytes) throw new Error("the file has no pcap header");
  const magic = bytes.readUInt32LE(0);
  const isLittle = magicNumbers.little.includes(magic);
  if (!isLittle && !magicNumbers.big.includes(magic)) throw new Error("it is not a pcap file");
  const uint32 = (at: number) => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const linkType = uint32(20) & 0xffff;
  if (!PacketChoice.reads(linkType)) throw new Error(`its link type ${linkType} is not supported`);
  out.push(Buffer.from(bytes.subarray(0, fileHeaderBytes)));
  let [read, kept, at] = [0, 0, fileHeaderBytes];
  for (;;) {
    while (at + packetHeaderBytes <= filled) {
      const length = uint32(at + 8);
      if (length > longestPacketBytes) throw new Error(`packet ${read + 1} is damaged`);
      const end = at + packetHeaderBytes + length;
      if (end > filled) break;
      read++;
      if (choice.holds(bytes.subarray(at + packetHeaderBytes, end), linkType)) {
        kept++;
        out.push(Buffer.from(bytes.subarray(at, end)));
      }
      at = end;
    }
    await sink.writev(out.splice(0));
    bytes.copyWithin(0, at, filled);
    filled -= at;
    at = 0;
    const more = await fill(source, bytes, filled);
    if (more === 0) return { read, kept };
    filled += more;
  }
}

/** Reads until the buffer is full or the file ends. @returns bytes read */
async function fill(source: FileHandle, bytes: Buffer, from: number): Promise<number> {
  let read = 0;
  for (;;) {
    const room = bytes.length - from - read;
    if (room === 0) return read;
    const { bytesRead } = await source.read(bytes, from + read, room);
    if (bytesRead === 0) return read;
    read += bytesRead;
  }
}
