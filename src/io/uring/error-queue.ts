import {
  controlHeaderBytes,
  messageFlag,
  opcode,
  socket,
  socketFlag,
  sqeFlag,
} from "./kernel/abi.ts";
import { findControl } from "./kernel/control.ts";
import { errnoName } from "./kernel/errno-name.ts";
import type { Ring } from "./ring.ts";
import { operation } from "./user-data.ts";

/** Room for struct sock_extended_err and the sockaddr of who sent the ICMP message, padded. @see ip(7), IP_RECVERR */
export const extendedErrorBytes = controlHeaderBytes + 16 + 32;

/** Multishot without waiting: a completion for each error that is queued, and EAGAIN behind the last. */
const receiveError =
  opcode.recvmsg |
  ((sqeFlag.fixedFile | sqeFlag.bufferSelect) << 8) |
  (socketFlag.receiveMultishot << 16);

/** Where an error came from: sock_extended_err.ee_origin. Those of this machine's own sends are told by the send. */
const icmpOrigins: ReadonlySet<number> = new Set([2, 3]);

/**
 * What ICMP messages are told as. An error that is queued is also pending on the socket, where the next
 * receive or send meets it and fails with its code.
 */
const icmpCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOPROTOOPT",
  "EOPNOTSUPP",
  "EPROTO",
]);

/** Whether a receive or send may have failed with this for an error that is queued. */
export function isPending(result: number): boolean {
  return icmpCodes.has(errnoName(result));
}

/**
 * The error queues of a transport's sockets (IP_RECVERR), by which unconnected ones, too, hear of ICMP
 * errors. They are emptied when a receive or send has failed: every error is pending as well, and what
 * stays in a queue takes room from what is received.
 */
export class ErrorQueues {
  /** 1 for slots whose queue is being emptied. */
  readonly #emptying: Uint8Array;
  readonly #template: number;

  /** @param template address of the msghdr with room for a name and options */
  constructor(slots: number, template: number) {
    this.#emptying = new Uint8Array(slots);
    this.#template = template;
  }

  /** @returns whether an entry was queued, whose last completion is to be waited for */
  empty(ring: Ring, slot: number, file: number): boolean {
    if (this.#emptying[slot] === 1) return false;
    this.#emptying[slot] = 1;
    const flags = messageFlag.errorQueue | messageFlag.dontWait;
    ring.entry(receiveError, file, 0, this.#template, 1, flags, slot, operation.receiveError, 0);
    return true;
  }

  emptied(slot: number): void {
    this.#emptying[slot] = 0;
  }
}

/**
 * Reads a queued error.
 *
 * @param control where its options begin, `controlBytes` of them
 * @returns       the errno's name; null for one that no ICMP message brought
 */
export function icmpError(words: Int32Array, control: number, controlBytes: number): string | null {
  const { levelIp, receiveError, levelIpv6, receiveError6 } = socket;
  const v4 = findControl(words, control, controlBytes, levelIp, receiveError);
  const at = v4 >= 0 ? v4 : findControl(words, control, controlBytes, levelIpv6, receiveError6);
  if (at < 0 || !icmpOrigins.has((words[at + 1] as number) & 0xff)) return null;
  return errnoName(-(words[at] as number));
}
