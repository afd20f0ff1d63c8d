import type { Endpoint } from "../../../address/flow.ts";
import { formatIp, formatIpv4, parseIpv6 } from "../../../address/ip.ts";
import { socket } from "./abi.ts";

/**
 * Socket addresses in the kernel's format, in 32-bit little-endian words; ports and addresses in
 * network byte order. @see ip(7), ipv6(7)
 *
 *     | struct       | bytes | word 0        | words                                          |
 *     | ------------ | ----- | ------------- | ---------------------------------------------- |
 *     | sockaddr_in  | 16    | family, port  | 1 address, 2-3 zeros                           |
 *     | sockaddr_in6 | 28    | family, port  | 1 flow label, 2-5 address, 6 scope             |
 */
export const mostSockaddrBytes = 28;

/** AF_INET or AF_INET6. */
export function familyOf(address: string): number {
  return address.includes(":") ? socket.inet6 : socket.inet;
}

/**
 * Writes an endpoint.
 *
 * @param at index into `words`; seven words must follow
 * @returns  its length in bytes
 */
export function writeSockaddr(
  words: Int32Array,
  at: number,
  address: string,
  port: number,
): number {
  const swapped = (((port & 0xff) << 8) | (port >>> 8)) << 16;
  if (!address.includes(":")) {
    words[at] = socket.inet | swapped;
    words[at + 1] = ipv4Word(address);
    words[at + 2] = 0;
    words[at + 3] = 0;
    return 16;
  }
  words[at] = socket.inet6 | swapped;
  words[at + 1] = 0;
  let rest = parseIpv6(address);
  for (let word = 5; word >= 2; word--) {
    words[at + word] = swapBytes(Number(rest & 0xffffffffn));
    rest >>= 32n;
  }
  words[at + 6] = 0;
  return mostSockaddrBytes;
}

/** Reads what `writeSockaddr` writes. */
export function readSockaddr(words: Int32Array, at: number): Endpoint {
  const first = words[at] as number;
  const port = ((first >>> 24) | ((first >>> 8) & 0xff00)) & 0xffff;
  if ((first & 0xffff) === socket.inet) {
    return { address: formatIpv4(swapBytes(words[at + 1] as number)), port };
  }
  let value = 0n;
  for (let word = 2; word <= 5; word++) {
    value = (value << 32n) | BigInt(swapBytes(words[at + word] as number));
  }
  return { address: formatIp({ family: 6, value }), port };
}

/** Parses a valid dotted quad into network byte order, without an allocation. */
export function ipv4Word(address: string): number {
  let word = 0;
  let octet = 0;
  let shift = 0;
  for (let at = 0; at < address.length; at++) {
    const code = address.charCodeAt(at);
    if (code === 46) {
      word |= octet << shift;
      shift += 8;
      octet = 0;
    } else {
      octet = octet * 10 + code - 48;
    }
  }
  return word | (octet << shift);
}

function swapBytes(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
