import { messageFlag, rusage, socket } from "../io/uring/kernel/abi.ts";
import { systemFailure } from "../io/uring/kernel/errno-name.ts";
import { Memory } from "../io/uring/kernel/memory.ts";
import {
  closeFile,
  openSocket,
  receive,
  sendTo,
  threadCpuNs,
} from "../io/uring/kernel/syscalls.ts";

/** AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG. @see netlink(7) */
const netlink = { family: 16, raw: 3, sockDiag: 4, addressBytes: 12 } as const;

/** One answer of the kernel: it makes them no longer than 32 KiB. */
const answerBytes = 65_536;
const requestAt = answerBytes;
const mostRequestBytes = 256;
const addressAt = requestAt + mostRequestBytes;
const usageAt = addressAt + 16;

/** A netlink socket to the kernel's sock_diag. One request at a time. */
export class DiagSocket {
  readonly #memory = new Memory(usageAt + rusage.bytes);
  /** What `receive` brought. */
  readonly answer = Buffer.from(this.#memory.bytes.buffer, 0, answerBytes);
  #fd = -1;

  /** @throws Error whose `code` is the errno's name */
  send(request: Buffer): void {
    if (this.#fd < 0) this.#fd = this.#open();
    const { bytes, words, address } = this.#memory;
    bytes.set(request, requestAt);
    words.fill(0, addressAt >> 2, (addressAt >> 2) + 3);
    words[addressAt >> 2] = netlink.family;
    const sent = sendTo(
      this.#fd,
      address + requestAt,
      request.length,
      address + addressAt,
      netlink.addressBytes,
    );
    if (sent < 0) throw systemFailure("sendto (netlink)", sent);
  }

  /**
   * Receives a part of the answer; the kernel makes the next one meanwhile.
   *
   * @returns bytes in `answer`; 0: nothing more comes
   * @throws  Error whose `code` is the errno's name
   */
  receive(): number {
    const length = receive(this.#fd, this.#memory.address, answerBytes, messageFlag.dontWait);
    if (length >= 0) return length;
    const error = systemFailure("recv (netlink)", length);
    if (error.code === "EAGAIN") return 0;
    throw error;
  }

  /** Does without the rest of an answer. */
  close(): void {
    if (this.#fd >= 0) closeFile(this.#fd);
    this.#fd = -1;
  }

  /** Nothing may be called afterwards. */
  release(): void {
    this.close();
    this.#memory.free();
  }

  /** CPU time of this thread so far, ns. */
  threadNs(): number {
    return threadCpuNs(this.#memory, usageAt);
  }

  #open(): number {
    const fd = openSocket(netlink.family, netlink.raw | socket.closeOnExec, netlink.sockDiag);
    if (fd < 0) throw systemFailure("socket (netlink)", fd);
    return fd;
  }
}
