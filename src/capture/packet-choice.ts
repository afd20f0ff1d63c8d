import { parseIp } from "../address/ip.ts";
import { protocols } from "../address/protocol.ts";
import type { ClientEnd } from "../results/build/clients.ts";

/** Bytes before the IP header, by link type. @see the list of link types of tcpdump.org */
const headerBytes: Readonly<Record<number, number>> = {
  0: 4, // NULL: BSD loopback
  1: 14, // EN10MB: also Linux's lo
  101: 0, // RAW
  108: 4, // LOOP: OpenBSD loopback
  113: 16, // LINUX_SLL: "any"
  276: 20, // LINUX_SLL2
};

/** Protocols whose packets have ports. */
const withPorts: readonly number[] = Object.values(protocols).map(({ number }) => number);

/**
 * Selects the packets of some clients, in both directions.
 *
 * Packets without ports, such as ICMP errors and later fragments, are kept if one of their addresses
 * is a client's.
 */
export class PacketChoice {
  /** Protocol, port and address, as a text of their bytes. */
  readonly #ends = new Set<string>();
  readonly #addresses = new Set<string>();
  /** Addresses whose every port is kept. */
  readonly #whole = new Set<string>();

  constructor(clients: readonly ClientEnd[]) {
    for (const { protocol, address, port } of clients) {
      const bytes = addressBytes(address);
      this.#addresses.add(bytes);
      if (port === null) this.#whole.add(bytes);
      else this.#ends.add(endKey(protocols[protocol].number, port, bytes));
    }
  }

  /** Returns whether packets of that link type can be read. */
  static reads(linkType: number): boolean {
    return headerBytes[linkType] !== undefined;
  }

  /**
   * Returns whether the packet is one of a client's.
   *
   * @param packet   starts with its link header; may be truncated
   * @param linkType one for which `reads` is true
   */
  holds(packet: Buffer, linkType: number): boolean {
    const ip = headerBytes[linkType] ?? 0;
    const version = (packet[ip] ?? 0) >> 4;
    if (version === 4) return this.#holdsIpv4(packet, ip);
    return version === 6 && this.#holdsIpv6(packet, ip);
  }

  /** @see RFC 791, section 3.1 */
  #holdsIpv4(packet: Buffer, ip: number): boolean {
    if (packet.length < ip + 20) return false;
    const protocol = packet[ip + 9] as number;
    const isFirst = (packet.readUInt16BE(ip + 6) & 0x1fff) === 0;
    const ports = ip + 4 * ((packet[ip] as number) & 15);
    const source = packet.toString("latin1", ip + 12, ip + 16);
    const destination = packet.toString("latin1", ip + 16, ip + 20);
    return this.#holdsEnds(packet, isFirst ? ports : null, protocol, source, destination);
  }

  /** Extension headers are treated as a protocol without ports. @see RFC 8200, section 3 */
  #holdsIpv6(packet: Buffer, ip: number): boolean {
    if (packet.length < ip + 40) return false;
    const protocol = packet[ip + 6] as number;
    const source = packet.toString("latin1", ip + 8, ip + 24);
    const destination = packet.toString("latin1", ip + 24, ip + 40);
    return this.#holdsEnds(packet, ip + 40, protocol, source, destination);
  }

  /** @param ports offset of the two ports; null in fragments without them */
  #holdsEnds(
    packet: Buffer,
    ports: number | null,
    protocol: number,
    source: string,
    destination: string,
  ): boolean {
    if (this.#whole.has(source) || this.#whole.has(destination)) return true;
    const isNear = this.#addresses.has(source) || this.#addresses.has(destination);
    if (!isNear) return false;
    const hasPorts = withPorts.includes(protocol);
    if (!hasPorts || ports === null || packet.length < ports + 4) return true;
    return (
      this.#ends.has(endKey(protocol, packet.readUInt16BE(ports), source)) ||
      this.#ends.has(endKey(protocol, packet.readUInt16BE(ports + 2), destination))
    );
  }
}

function endKey(protocol: number, port: number, address: string): string {
  return String.fromCharCode(protocol, port) + address;
}

/** Returns the address in network byte order, one character per byte. */
function addressBytes(text: string): string {
  const { family, value } = parseIp(text);
  const length = family === 4 ? 4 : 16;
  return Buffer.from(value.toString(16).padStart(2 * length, "0"), "hex").toString("latin1");
}
