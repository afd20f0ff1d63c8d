/**
 * System calls, through koffi: the only file that loads it.
 *
 * A call costs 130 to 380 ns in addition to the kernel's own work, so there is one per batch, and
 * everything else goes through memory shared with the kernel. Arguments are integers and addresses (numbers:
 * user space ends below 2^47); a failure is returned as a negative errno, never thrown.
 */
import koffi from "koffi";
import {
  closeOnExec,
  epoll,
  eventFileFlags,
  mapping,
  realtimeClock,
  rusage,
  setTimerSlack,
  systemCall,
} from "./abi.ts";

const libc = koffi.load(null);
const call = libc.func("long syscall(long, long, long, long, long, long, long)");
/** The same for io_uring_enter, which is called the most: 32-bit numbers are cheaper to pass. */
const enterCall = libc.func("int syscall(int, int, int, int, int, intptr_t, intptr_t)");
const mmapCall = libc.func("intptr_t mmap(intptr_t, size_t, int, int, int, int64_t)");
const munmapCall = libc.func("int munmap(intptr_t, size_t)");
const closeCall = libc.func("int close(int)");
const dup3Call = libc.func("int dup3(int, int, int)");
const socketCall = libc.func("int socket(int, int, int)");
const bindCall = libc.func("int bind(int, intptr_t, uint32_t)");
const sendtoCall = libc.func("long sendto(int, intptr_t, size_t, int, intptr_t, uint32_t)");
const recvCall = libc.func("long recv(int, intptr_t, size_t, int)");
const listenCall = libc.func("int listen(int, int)");
const setsockoptCall = libc.func("int setsockopt(int, int, int, intptr_t, uint32_t)");
const getsocknameCall = libc.func("int getsockname(int, intptr_t, intptr_t)");
const getpeernameCall = libc.func("int getpeername(int, intptr_t, intptr_t)");
const shutdownCall = libc.func("int shutdown(int, int)");
const epollCreateCall = libc.func("int epoll_create1(int)");
const epollCtlCall = libc.func("int epoll_ctl(int, int, int, intptr_t)");
const eventfdCall = libc.func("int eventfd(unsigned int, int)");
const prctlCall = libc.func("int prctl(int, unsigned long)");
const getrlimitCall = libc.func("int getrlimit(int, intptr_t)");
const clockGettimeCall = libc.func("int clock_gettime(int, intptr_t)");
const getrusageCall = libc.func("int getrusage(int, intptr_t)");

/** -1 becomes the negative errno. */
function checked(result: number): number {
  return result === -1 ? -koffi.errno() : result;
}

/** @returns the ring's file descriptor. @see io_uring_setup(2) */
export function ioUringSetup(entries: number, paramsAddress: number): number {
  return checked(call(systemCall.ioUringSetup, entries, paramsAddress, 0, 0, 0, 0));
}

/** @returns entries accepted. @see io_uring_enter(2) */
export function ioUringEnter(
  fd: number,
  toSubmit: number,
  minComplete: number,
  flags: number,
  argAddress: number,
  argBytes: number,
): number {
  const taken = enterCall(
    systemCall.ioUringEnter,
    fd,
    toSubmit,
    minComplete,
    flags,
    argAddress,
    argBytes,
  );
  return taken === -1 ? -koffi.errno() : taken;
}

/** @see io_uring_register(2) */
export function ioUringRegister(
  fd: number,
  operation: number,
  argAddress: number,
  count: number,
): number {
  return checked(call(systemCall.ioUringRegister, fd, operation, argAddress, count, 0, 0));
}

/** @returns number of events written. @see epoll_pwait2(2) */
export function epollWait(
  fd: number,
  eventsAddress: number,
  most: number,
  timespecAddress: number,
): number {
  return checked(call(systemCall.epollPwait2, fd, eventsAddress, most, timespecAddress, 0, 0));
}

export function epollCreate(): number {
  return checked(epollCreateCall(closeOnExec));
}

/** @see eventfd(2) */
export function createEventFile(): number {
  return checked(eventfdCall(0, eventFileFlags));
}

/** @param eventAddress struct epoll_event. @see epoll_ctl(2) */
export function epollAdd(fd: number, other: number, eventAddress: number): number {
  return checked(epollCtlCall(fd, epoll.add, other, eventAddress));
}

/** Fresh zeroed pages. @returns their address, or a negative errno. @see mmap(2) */
export function mapPages(bytes: number): number {
  return checked(mmapCall(0, bytes, mapping.readWrite, mapping.anonymous, -1, 0));
}

export function unmap(address: number, bytes: number): void {
  munmapCall(address, bytes);
}

/** The memory at an address as an array buffer, which must not be used after `unmap`. */
export function viewOf(address: number, bytes: number): ArrayBuffer {
  return koffi.view(address, bytes);
}

/**
 * Address of an array's bytes. It does not change while the array is referenced, if it was not
 * allocated in V8's own heap: Buffers never are.
 */
export function addressOf(bytes: Uint8Array): number {
  return Number(koffi.address(bytes));
}

export function closeFile(fd: number): void {
  closeCall(fd);
}

/** Closes `other` and makes it another descriptor of the file `fd`. @see dup3(2) */
export function copyFile(fd: number, other: number): number {
  return checked(dup3Call(fd, other, closeOnExec));
}

/** @param protocol of the domain; 0: its own. @see socket(2) */
export function openSocket(domain: number, type: number, protocol = 0): number {
  return checked(socketCall(domain, type, protocol));
}

/** @param to struct sockaddr of `toBytes`. @returns bytes sent. @see sendto(2) */
export function sendTo(
  fd: number,
  address: number,
  bytes: number,
  to: number,
  toBytes: number,
): number {
  return checked(sendtoCall(fd, address, bytes, 0, to, toBytes));
}

/** @returns bytes received. @see recv(2) */
export function receive(fd: number, address: number, bytes: number, flags: number): number {
  return checked(recvCall(fd, address, bytes, flags));
}

export function bindSocket(fd: number, address: number, bytes: number): number {
  return checked(bindCall(fd, address, bytes));
}

export function listenSocket(fd: number, backlog: number): number {
  return checked(listenCall(fd, backlog));
}

/** Shuts down both directions; a listening socket stops listening. @see shutdown(2) */
export function shutDown(fd: number): void {
  shutdownCall(fd, 2);
}

export function setOption(
  fd: number,
  level: number,
  name: number,
  address: number,
  bytes: number,
): number {
  return checked(setsockoptCall(fd, level, name, address, bytes));
}

/** @param bytesAddress u32, in: room at `address`, out: bytes written */
export function socketName(fd: number, address: number, bytesAddress: number): number {
  return checked(getsocknameCall(fd, address, bytesAddress));
}

/** As `socketName`, of the other end. */
export function peerName(fd: number, address: number, bytesAddress: number): number {
  return checked(getpeernameCall(fd, address, bytesAddress));
}

/** Makes this thread's waits end at their deadline, not up to 50 us later. @see prctl(2) */
export function sharpenTimers(): void {
  prctlCall(setTimerSlack, 1);
}

/**
 * CPU time of this thread so far, ns.
 *
 * @param memory of `rusage.bytes` from `offset` on, a multiple of 8: struct rusage is written there
 * @see   getrusage(2)
 */
export function threadCpuNs(
  memory: { readonly address: number; readonly words: Int32Array },
  offset: number,
): number {
  getrusageCall(rusage.thread, memory.address + offset);
  const { words } = memory;
  const at = offset >> 2;
  const seconds = (words[at] as number) + (words[at + 4] as number);
  const microseconds = (words[at + 2] as number) + (words[at + 6] as number);
  return seconds * 1e9 + microseconds * 1e3;
}

/** Writes struct timespec of the wall clock: seconds and ns, of 8 bytes each. @see clock_gettime(2) */
export function realtime(address: number): void {
  clockGettimeCall(realtimeClock, address);
}

/** Writes struct rlimit: soft, hard, of 8 bytes each. @see getrlimit(2) */
export function resourceLimit(resource: number, address: number): void {
  getrlimitCall(resource, address);
}
