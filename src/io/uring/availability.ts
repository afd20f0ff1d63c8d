import { readFileSync } from "node:fs";
import { arch, release } from "node:os";
import { isAtLeast } from "../../base/kernel-version.ts";
import { opcode } from "./kernel/abi.ts";
import { Ring } from "./ring.ts";
import { ringSizes } from "./ring-sizes.ts";

/**
 * Before this version, a closed direct descriptor stays open until all older requests of its ring have
 * ended, and those of connections that wait for their next message never do.
 */
const oldestKernel = { major: 6, minor: 13 };

const probeTag = 0x7f00;

/**
 * Why io_uring cannot be used here, for the user, or null where it can: tried by creating a ring and
 * submitting one no-op.
 */
export function uringObstacle(): string | null {
  if (process.platform !== "linux") return "io_uring is only available on Linux";
  if (arch() !== "x64" && arch() !== "arm64")
    return `io_uring is only used on x64 and arm64, and this is ${arch()}`;
  const { major, minor } = oldestKernel;
  if (!isAtLeast(release(), major, minor)) {
    return `kernel ${release()} is older than ${major}.${minor}`;
  }
  try {
    return tryOut();
  } catch (error) {
    return explain((error as { code?: string }).code ?? String(error));
  }
}

/** Explains an error of io_uring_setup, and how to resolve it. */
export function explain(code: string): string {
  if (code === "EPERM" || code === "EACCES") {
    const setting = disabledSetting();
    return setting === null || setting === "0"
      ? "io_uring is forbidden here, probably by a container's seccomp profile: use one that allows io_uring_setup, _enter and _register"
      : `kernel.io_uring_disabled is ${setting}: sysctl -w kernel.io_uring_disabled=0 allows it`;
  }
  if (code === "ENOSYS") return "this kernel is built without io_uring, or a sandbox hides it";
  if (code === "ENOMEM")
    return "io_uring gets no memory: raise the locked-memory limit (ulimit -l) or the cgroup's memory limit";
  return `io_uring fails here with ${code}`;
}

function disabledSetting(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/io_uring_disabled", "utf8").trim();
  } catch {
    return null;
  }
}

function tryOut(): string | null {
  let seen = false;
  const ring = new Ring(
    0,
    { ...ringSizes.only, files: 1, bufferBytes: 4096 },
    {
      nowNs: 0,
      sendFailed() {},
      completed(_ring, slot, tag, result) {
        seen = slot === 42 && tag === probeTag && result === 0;
      },
    },
  );
  try {
    ring.entry(opcode.nop, -1, 0, 0, 0, 0, 42, probeTag, 0);
    ring.wait(1e9);
    ring.drain(Number.POSITIVE_INFINITY);
  } finally {
    ring.close();
  }
  return seen ? null : "io_uring returned completions that slash8 does not expect";
}
