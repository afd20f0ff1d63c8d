/** Builds packets and capture files byte by byte, for tests of their readers. */

export interface MadePacket {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
  /** 6 TCP, 17 UDP, 1 ICMP; default 6. */
  readonly protocol?: number;
  /** In units of 8 bytes; default 0. */
  readonly fragmentOffset?: number;
}

/** Returns an IP packet with the ports at the start of its payload. */
export function ipPacket(made: MadePacket): Buffer {
  const { source, destination, protocol = 6, fragmentOffset = 0 } = made;
  const ports = Buffer.alloc(20);
  ports.writeUInt16BE(made.sourcePort, 0);
  ports.writeUInt16BE(made.destinationPort, 2);
  if (source.includes(":")) {
    const header = Buffer.alloc(40);
    header[0] = 0x60;
    header[6] = protocol;
    return Buffer.concat([header.subarray(0, 8), ipv6(source), ipv6(destination), ports]);
  }
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(fragmentOffset, 6);
  header[9] = protocol;
  header.set(source.split(".").map(Number), 12);
  header.set(destination.split(".").map(Number), 16);
  return Buffer.concat([header, ports]);
}

/** Only for addresses of the form "fd00:127::5": two groups, and one. */
function ipv6(text: string): Buffer {
  const bytes = Buffer.alloc(16);
  const [head = "", tail = ""] = text.split("::");
  for (const [i, group] of head.split(":").entries()) {
    if (group !== "") bytes.writeUInt16BE(Number.parseInt(group, 16), 2 * i);
  }
  bytes.writeUInt16BE(Number.parseInt(tail || "0", 16), 14);
  return bytes;
}

export function ethernet(packet: Buffer): Buffer {
  const type = (packet[0] ?? 0) >> 4 === 6 ? 0x86dd : 0x0800;
  const header = Buffer.alloc(14);
  header.writeUInt16BE(type, 12);
  return Buffer.concat([header, packet]);
}

/** Returns a capture file of these packets. */
export function pcapFile(
  packets: readonly Buffer[],
  { linkType = 1, big = false, magic = 0xa1b2c3d4 } = {},
): Buffer {
  const words = (values: readonly number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) {
      if (big) bytes.writeUInt32BE(value, 4 * i);
      else bytes.writeUInt32LE(value, 4 * i);
    }
    return bytes;
  };
  return Buffer.concat([
    words([magic, 0x00040002, 0, 0, 262_144, linkType]),
    ...packets.flatMap((packet, i) => [words([i, 0, packet.length, packet.length]), packet]),
  ]);
}
