import type { Io, IoKind, IoOptions } from "./io.ts";
import { createNodeIo } from "./node/io.ts";

/**
 * The sockets of a platform, chosen once at start.
 *
 * What only Linux has is loaded where it is asked for: koffi, which calls its kernel, does not come
 * for every platform.
 *
 * @throws (rejects with) Error where `ioObstacle` names an obstacle and "uring" is asked for all the same
 */
export async function createIo(kind: IoKind, options: IoOptions = {}): Promise<Io> {
  if (kind === "node") return createNodeIo();
  const { createUringIo } = await import("./uring/io.ts");
  return createUringIo(options);
}

/**
 * Why the fast path cannot be used here, one line for the user, or null where it can.
 *
 * @cost some milliseconds the first time: a ring is made and asked to do nothing
 */
export async function ioObstacle(): Promise<string | null> {
  if (process.platform !== "linux") return `io_uring is Linux's, and this is ${process.platform}`;
  const obstacle = await import("./uring/availability.ts").catch(
    (error: Error) => `koffi, which calls the kernel, cannot be loaded: ${error.message}`,
  );
  return typeof obstacle === "string" ? obstacle : obstacle.uringObstacle();
}
