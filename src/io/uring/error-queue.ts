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

/** Room for struct sock_extended_err and the sockaddr of the ICMP message's sender, padded. @see ip(7), IP_RECVERR */
export const extendedErrorBytes = controlHeaderBytes + 16 + 32;

/** Multishot without waiting: a completion for each error that is queued, and EAGAIN after the last. */
const receiveError =
  opcode.recvmsg |
  ((sqeFlag.fixedFile | sqeFlag.bufferSelect) << 8) |
  (socketFlag.receiveMultishot << 16);

/** Origins of errors (sock_extended_err.ee_origin) to report. Errors of local sends are reported by the send. */
const icmpOrigins: ReadonlySet<number> = new Set([2, 3]);

/**
 * Error codes of ICMP messages. A queued error is also pending on the socket, where the next receive or
 * send fails with its code.
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

/** Whether a receive or send may have failed with this because of a queued error. */
export function isPending(result: number): boolean {
  return icmpCodes.has(errnoName(result));
}

/**
 * The error queues of a transport's sockets (IP_RECVERR), which report ICMP errors also to
 * unconnected ones. They are emptied when a receive or send has failed: every error is pending as well, and
 * what stays in a queue takes space from received data.
 */
export class ErrorQueues {
  /** 1 for slots whose queue is being emptied. */
  readonly #emptying: Uint8Array;
  readonly #template: number;

  /** @param template address of a msghdr with room for a name and options */
  constructor(slots: number, template: number) {
    this.#emptying = new Uint8Array(slots);
    this.#template = template;
  }

  /** @returns whether an entry was queued, whose last completion must be awaited */
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
 * @param control where its options start, `controlBytes` long
 * @returns       the errno's name; null for one that did not come from an ICMP message
 */
export function icmpError(words: Int32Array, control: number, controlBytes: number): string | null {
  const { levelIp, receiveError, levelIpv6, receiveError6 } = socket;
  const v4 = findControl(words, control, controlBytes, levelIp, receiveError);
  const at = v4 >= 0 ? v4 : findControl(words, control, controlBytes, levelIpv6, receiveError6);
  if (at < 0 || !icmpOrigins.has((words[at + 1] as number) & 0xff)) return null;
  return errnoName(-(words[at] as number));
}
