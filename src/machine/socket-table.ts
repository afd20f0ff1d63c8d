/** Parsers for socket lists: /proc/net/{tcp,udp}{,6} on Linux, `netstat -an` elsewhere. Pure. */
import { endianness } from "node:os";
import type { Endpoint } from "../address/flow.ts";
import { formatIp, unmapIp } from "../address/ip.ts";
import { type Protocol, protocols } from "../address/protocol.ts";

export interface SocketRow {
  readonly endpoint: Endpoint;
  /** The kernel's number of the state: 0x0A is LISTEN (TCP), 0x07 an unconnected UDP socket. */
  readonly state: number;
  /** Inode of the socket, as in /proc/<pid>/fd; 0 for one that no process has open. */
  readonly inode: number;
}

/** State of a listening TCP socket. */
export const listenState = 0x0a;

/**
 * Returns the rows of /proc/net/tcp, tcp6, udp or udp6.
 *
 * The kernel prints each 32-bit word of an address as a number in the host's byte order, so on
 * little-endian machines the bytes of every word are reversed. Lines that are not rows (the heading, a
 * partial line at the end) are skipped.
 *
 * @param order the host's byte order, "LE" or "BE"
 * @see   proc_pid_net(5)
 */
export function parseSocketTable(text: string, order: "LE" | "BE" = endianness()): SocketRow[] {
  const rows: SocketRow[] = [];
  const row =
    /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) \S+ \S+ \S+\s+\d+\s+\d+ (\d+)\s/gm;
  for (const match of text.matchAll(row)) {
    rows.push({
      endpoint: {
        address: addressOf(match[1] as string, order),
        port: Number.parseInt(match[2] as string, 16),
      },
      state: Number.parseInt(match[3] as string, 16),
      inode: Number(match[4]),
    });
  }
  return rows;
}

/** Returns the canonical text of an address in the kernel's hexadecimal; ::ffff:a.b.c.d becomes a.b.c.d. */
function addressOf(hex: string, order: "LE" | "BE"): string {
  const bytes = Buffer.from(hex, "hex");
  if (order === "LE") bytes.swap32();
  if (bytes.length === 4) return bytes.join(".");
  return formatIp(unmapIp({ family: 6, value: BigInt(`0x${bytes.toString("hex")}`) }));
}

/**
 * Returns the bound endpoints in the output of `netstat -an` on macOS and the BSDs: `tcp4 0 0
 * 127.0.0.1.8080 *.* LISTEN`, `udp46 0 0 *.5353 *.*`. The last dot separates address and port.
 */
export function parseNetstat(text: string, protocol: Protocol): Endpoint[] {
  const endpoints: Endpoint[] = [];
  for (const line of text.split("\n")) {
    const [name, , , local, , state] = line.trim().split(/\s+/);
    if (name === undefined || local === undefined || !name.startsWith(protocol)) continue;
    if (protocols[protocol].hasConnections && state !== "LISTEN") continue;
    const match = /^(.*)\.(\d+)$/.exec(local);
    if (match === null) continue;
    // A scope may follow an address ("fe80::1%lo0"); a wildcard is "*" in every family.
    const address = (match[1] as string).replace(/%.*$/, "");
    const wildcard = name.includes("6") ? "::" : "0.0.0.0";
    endpoints.push({ address: address === "*" ? wildcard : address, port: Number(match[2]) });
  }
  return endpoints;
}
