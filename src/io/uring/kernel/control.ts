import { controlHeaderBytes, socket } from "./abi.ts";
import { familyOf, writeSockaddr } from "./sockaddr.ts";

/** struct in_pktinfo: interface, address to reply from, destination address; struct in6_pktinfo: address, interface. */
const packetInfoBytes = { inet: 12, inet6: 20 } as const;

/** An option whose value is an int, padded: UDP_GRO and UDP_SEGMENT. */
export const lengthOptionBytes = controlHeaderBytes + 8;

/** Room for the packet information of either family, with its header and padding. @see cmsg(3) */
export const packetInfoRoomBytes = controlHeaderBytes + 24;

/**
 * Finds an option among those of a message.
 *
 * @param words  memory with the message's options, from word `at` on, `bytes` long
 * @returns      the word at which its value starts, or -1
 */
export function findControl(
  words: Int32Array,
  at: number,
  bytes: number,
  level: number,
  type: number,
): number {
  const end = at + (bytes >> 2);
  let option = at;
  while (option + 4 < end) {
    const length = words[option] as number;
    if (length < controlHeaderBytes) return -1;
    if (words[option + 2] === level && words[option + 3] === type) return option + 4;
    option += ((length + 7) & ~7) >> 2;
  }
  return -1;
}

/**
 * The option that makes a datagram leave from a local address: the counterpart of what IP_PKTINFO and
 * IPV6_PKTINFO report for a received one. @see ip(7), ipv6(7)
 *
 * @returns words of a control message, a multiple of 8 bytes
 */
export function sourceControl(local: string): Int32Array {
  const sockaddr = new Int32Array(7);
  writeSockaddr(sockaddr, 0, local, 0);
  if (familyOf(local) === socket.inet) {
    const words = new Int32Array(8);
    words[0] = controlHeaderBytes + packetInfoBytes.inet;
    words[2] = socket.levelIp;
    words[3] = socket.packetInfo;
    words[5] = sockaddr[1] as number;
    return words;
  }
  const words = new Int32Array(10);
  words[0] = controlHeaderBytes + packetInfoBytes.inet6;
  words[2] = socket.levelIpv6;
  words[3] = socket.packetInfo6;
  words.set(sockaddr.subarray(2, 6), 4);
  return words;
}
