/**
 * Runs node where io_uring_setup fails, for itself and all that it starts, as under a container's seccomp
 * profile: `node without-uring.js ERRNO ARGUMENT...`. Needs no privileges.
 *
 * @see prctl(2), seccomp(2): a filter of the calling thread, which children inherit
 */
import { spawn } from "node:child_process";
import koffi from "koffi";

const noNewPrivileges = 38;
const setSeccomp = 22;
const filterMode = 2;
/** io_uring_setup(2), on every architecture. */
const ioUringSetup = 425;

const [errno, ...args] = process.argv.slice(2);

/** @type {(code: number, jumpTrue: number, jumpFalse: number, value: number) => Buffer} */
function instruction(code, jumpTrue, jumpFalse, value) {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(jumpTrue, 2);
  bytes.writeUInt8(jumpFalse, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}

const loadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jumpEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const answer = 0x06; // BPF_RET | BPF_K
const returnErrno = 0x00050000;
const allow = 0x7fff0000;
const filter = Buffer.concat([
  instruction(loadWord, 0, 0, 0), // struct seccomp_data.nr
  instruction(jumpEqual, 0, 1, ioUringSetup),
  instruction(answer, 0, 0, returnErrno | Number(errno)),
  instruction(answer, 0, 0, allow),
]);
/** struct sock_fprog: length u16, padding, address. */
const program = Buffer.alloc(16);
program.writeUInt16LE(filter.length / 8, 0);
program.writeBigUInt64LE(BigInt(koffi.address(filter)), 8);

const longs = "unsigned long, unsigned long, unsigned long, unsigned long";
const prctl = koffi.load(null).func(`int prctl(int, ${longs})`);
const failed =
  prctl(noNewPrivileges, 1, 0, 0, 0) !== 0 ||
  prctl(setSeccomp, filterMode, koffi.address(program), 0, 0) !== 0;
if (failed) throw new Error(`prctl: errno ${koffi.errno()}`);

// The signals of a test that gives up reach the child through its group; its status is ours.
spawn(process.execPath, args, { stdio: "inherit" }).on("close", (status) => {
  process.exitCode = status ?? 1;
});
