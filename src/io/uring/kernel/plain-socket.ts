import { type Endpoint, formatEndpoint } from "../../../address/flow.ts";
import { parseIpv4 } from "../../../address/ip.ts";
import { socket } from "./abi.ts";
import { systemFailure } from "./errno-name.ts";
import { Memory } from "./memory.ts";
import { familyOf, mostSockaddrBytes, readSockaddr, writeSockaddr } from "./sockaddr.ts";
import { bindSocket, closeFile, openSocket, setOption, socketName } from "./syscalls.ts";

/** Memory for the arguments of the calls below; one thread makes one call at a time. */
const scratch = new Memory(64);
const lengthAt = 32;

/**
 * Opens and binds a socket with a file descriptor: for the few that servers have.
 *
 * @param prepare receives the file descriptor before it is bound
 * @returns the file descriptor, which the caller must close, and the endpoint with its port resolved
 * @throws  Error whose `code` is the errno name
 */
export function bindPlain(
  endpoint: Endpoint,
  type: number,
  prepare: (fd: number) => void,
): { fd: number; endpoint: Endpoint } {
  const fd = openSocket(familyOf(endpoint.address), type | socket.closeOnExec);
  if (fd < 0) throw systemFailure("socket", fd);
  try {
    prepare(fd);
    const { words, address } = scratch;
    const bytes = writeSockaddr(words, 0, endpoint.address, endpoint.port);
    const result = bindSocket(fd, address, bytes);
    if (result < 0) throw systemFailure("bind", result, formatEndpoint(endpoint));
    words[lengthAt >> 2] = mostSockaddrBytes;
    checked("getsockname", socketName(fd, address, address + lengthAt));
    return { fd, endpoint: readSockaddr(words, 0) };
  } catch (error) {
    closeFile(fd);
    throw error;
  }
}

/** Sets an option of type int. @throws Error whose `code` is the errno name */
export function setInteger(fd: number, level: number, name: number, value: number): void {
  scratch.words[0] = value;
  checked("setsockopt", setOption(fd, level, name, scratch.address, 4));
}

/**
 * Joins an IPv4 multicast group on the loopback interface.
 *
 * struct ip_mreq, 8 bytes: group and interface, each an address of 4 bytes in network order.
 *
 * @throws Error whose `code` is the errno name
 * @see    ip(7), IP_ADD_MEMBERSHIP
 */
export function joinGroup(fd: number, group: string): void {
  const { words, address } = scratch;
  new DataView(words.buffer, words.byteOffset).setUint32(0, parseIpv4(group));
  new DataView(words.buffer, words.byteOffset).setUint32(4, parseIpv4("127.0.0.1"));
  checked("setsockopt", setOption(fd, socket.levelIp, socket.addMembership, address, 8));
}

export function switchOn(fd: number, level: number, name: number): void {
  setInteger(fd, level, name, 1);
}

function checked(call: string, result: number): void {
  if (result < 0) throw systemFailure(call, result);
}
