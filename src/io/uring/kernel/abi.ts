/**
 * Constants and offsets from the kernel's headers for io_uring and the socket calls, for
 * little-endian 64-bit Linux (x64, arm64).
 *
 * Nothing here is measured or guessed: the names are those of the headers, in this project's case, and
 * `ring.ts` asserts what the kernel reports of them when a ring is created. The number after a name is
 * the oldest kernel that has it, where that is not older than io_uring itself (5.1).
 *
 * @see io_uring_setup(2), io_uring_enter(2), io_uring_register(2); linux/io_uring.h
 */

/** System call numbers, the same on every architecture since their introduction. */
export const systemCall = {
  ioUringSetup: 425,
  ioUringEnter: 426,
  ioUringRegister: 427,
  epollPwait2: 441, // 5.11
} as const;

/** io_uring_setup(2): flags. */
export const setupFlag = {
  cqSize: 1 << 3, // 5.5: params.cq_entries is used
  submitAll: 1 << 7, // 5.18: an entry that fails does not stop those after it
  taskrunFlag: 1 << 9, // 5.19: the submission ring's flags show that work is pending
  singleIssuer: 1 << 12, // 6.0: one thread submits
  deferTaskrun: 1 << 13, // 6.1: completions are only made while the thread is in the kernel to get them
  noMmap: 1 << 14, // 6.5: the rings are in memory of the program
  noSqArray: 1 << 16, // 6.6: entries are used in their order
} as const;

/** io_uring_setup(2): struct io_uring_params, 120 bytes, in 32-bit words. */
export const params = {
  words: 30,
  sqEntries: 0,
  cqEntries: 1,
  flags: 2,
  features: 5,
  sqOffsets: { head: 10, tail: 11, ringMask: 12, ringEntries: 13, flags: 14, address: 18 },
  cqOffsets: { head: 20, tail: 21, ringMask: 22, ringEntries: 23, cqes: 25, address: 28 },
} as const;

/** io_uring_setup(2): params.features. */
export const feature = {
  singleMmap: 1 << 0, // 5.4: both rings are in one mapping
  noDrop: 1 << 1, // 5.5: completions that do not fit are kept by the kernel
  extArg: 1 << 8, // 5.11: io_uring_enter takes a timeout
  cqeSkip: 1 << 11, // 5.17
} as const;

/** io_uring_enter(2): flags. */
export const enterFlag = {
  getEvents: 1 << 0,
  extArg: 1 << 3, // 5.11
} as const;

/** Bits of the submission ring's flags. */
export const sqFlag = {
  cqOverflow: 1 << 1, // 5.8: the kernel holds completions that did not fit
  taskrun: 1 << 2, // 5.19: work is pending until an io_uring_enter that gets events
} as const;

/** io_uring_register(2): opcodes. */
export const register = {
  eventFile: 4, // 5.2
  filesUpdate: 6, // 5.5
  files2: 13, // 5.13
  pbufRing: 22, // 5.19
} as const;

/** struct io_uring_rsrc_register.flags: a table without files in it (5.19). */
export const sparseTable = 1;

/**
 * struct io_uring_sqe, 64 bytes, in 32-bit words:
 *
 *     | word | fields                                                             |
 *     | ---- | ------------------------------------------------------------------ |
 *     | 0    | opcode u8, flags u8, ioprio u16                                     |
 *     | 1    | fd                                                                  |
 *     | 2-3  | off, addr2; or cmd_op u32 and padding                               |
 *     | 4-5  | addr; or level u32 and optname u32                                  |
 *     | 6    | len                                                                 |
 *     | 7    | the operation's own flags                                           |
 *     | 8-9  | user_data                                                           |
 *     | 10   | buf_group u16, personality u16                                      |
 *     | 11   | file_index; or addr_len u16; or optlen                              |
 *     | 12-13| addr3; or optval                                                    |
 *     | 14-15| padding                                                             |
 */
export const sqeWords = 16;

/** struct io_uring_cqe, 16 bytes, in words: user_data 0-1, res 2, flags 3. */
export const cqeWords = 4;

/** Opcodes. */
export const opcode = {
  nop: 0,
  sendmsg: 9, // 5.3
  recvmsg: 10, // 5.3; multishot 6.0
  accept: 13, // 5.5; multishot 5.19
  asyncCancel: 14, // 5.5; by user_data
  connect: 16, // 5.5
  close: 19, // 5.6; direct descriptors 5.15
  send: 26, // 5.6; with an address 6.0
  recv: 27, // 5.6; multishot 6.0
  shutDown: 34, // 5.11
  socket: 45, // 5.19
  uringCommand: 46, // 5.19; setsockopt 6.7
  fixedFdInstall: 54, // 6.8
  bind: 56, // 6.11
} as const;

/** sqe.flags. */
export const sqeFlag = {
  fixedFile: 1 << 0,
  link: 1 << 2, // 5.3: the next entry starts when this one has succeeded
  bufferSelect: 1 << 5, // 5.7
  skipSuccess: 1 << 6, // 5.17: a completion only when it fails
} as const;

/** sqe.ioprio of receive and accept. */
export const socketFlag = {
  pollFirst: 1 << 0, // 5.19: wait for data first, without trying to receive
  receiveMultishot: 1 << 1, // 6.0
  acceptMultishot: 1 << 0, // 5.19
} as const;

/** sqe.file_index: the kernel chooses a free direct descriptor (5.19). */
export const anyFileIndex = -1;

/** sqe.cmd_op of opcode.uringCommand on a socket: setsockopt (6.7). */
export const setSocketOption = 3;

/** cqe.flags. */
export const cqeFlag = {
  buffer: 1 << 0, // the upper 16 bits are the number of the provided buffer that was filled
  more: 1 << 1, // the multishot request goes on
  socketNonEmpty: 1 << 2, // 5.19: a receive left data in the socket
} as const;
export const cqeBufferShift = 16;

/** struct io_uring_buf_ring: entries of 16 bytes (addr u64, len u32, bid u16); the tail is a u16 at 14. */
export const bufferEntryBytes = 16;
export const bufferTailOffset = 14;

/** struct io_uring_recvmsg_out: namelen, controllen, payloadlen, flags; 4 words before name, control, payload (6.0). */
export const receivedMessageHeaderBytes = 16;

/** struct msghdr, 56 bytes, in 32-bit words. @see recvmsg(2) */
export const msghdr = {
  words: 14,
  name: 0,
  nameBytes: 2,
  vectors: 4,
  vectorCount: 6,
  control: 8,
  controlBytes: 10,
  flags: 12,
} as const;

/** struct cmsghdr: len u64, level i32, type i32, then the data. @see cmsg(3) */
export const controlHeaderBytes = 16;

/** socket(2), setsockopt(2), ip(7), tcp(7), udp(7). */
export const socket = {
  inet: 2,
  inet6: 10,
  stream: 1,
  datagram: 2,
  closeOnExec: 0o2000000,
  levelSocket: 1,
  reuseAddress: 2,
  broadcast: 6,
  sendBuffer: 7,
  receiveBuffer: 8,
  reusePort: 15, // 3.9
  timestampNs: 35, // of control messages, too: a struct timespec of the realtime clock
  levelIp: 0,
  addMembership: 35,
  packetInfo: 8,
  receiveError: 11,
  levelTcp: 6,
  noDelay: 1,
  levelUdp: 17,
  udpSegment: 103, // 4.18
  udpGro: 104, // 5.0
  levelIpv6: 41,
  receiveError6: 25,
  ipv6Only: 26,
  receivePacketInfo6: 49,
  packetInfo6: 50,
} as const;

/** send(2), recv(2). */
export const messageFlag = {
  dontWait: 0x40,
  waitAll: 0x100,
  errorQueue: 0x2000,
  noSignal: 0x4000,
} as const;

/** shutdown(2): no more sends. */
export const shutDownWrite = 1;

/** epoll_ctl(2); struct epoll_event starts with the events, a u32. */
export const epoll = { add: 1, in: 1, edgeTriggered: 1 << 31 } as const;

/** O_CLOEXEC, and the flags of other calls with its value. @see open(2) */
export const closeOnExec = 0o2000000;

/** eventfd(2): close-on-exec and non-blocking. */
export const eventFileFlags = closeOnExec | 0o4000;

/** prctl(2): most ns that timers of this thread fire late; 50,000 if never set. */
export const setTimerSlack = 29;

/** getrusage(2): of this thread; the struct starts with user and system time as s and us, 8 bytes each. */
export const rusage = { thread: 1, bytes: 144 } as const;

/** clock_gettime(2): the wall clock, in which the kernel notes when packets arrive. */
export const realtimeClock = 0;

/** getrlimit(2): open files. */
export const openFilesResource = 7;

/** mmap(2). */
export const mapping = { readWrite: 3, anonymous: 0x22 } as const;

/** Errors that are part of the protocol, errno(3). */
export const errno = {
  interrupted: 4,
  again: 11,
  busy: 16,
  invalid: 22,
  ioError: 5,
  timedOut: 62,
  messageSize: 90,
  connectionReset: 104,
  noBuffers: 105,
  canceled: 125,
} as const;
