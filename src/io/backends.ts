import type { IoKind } from "../base/io-kind.ts";
import type { Backend } from "./backend.ts";
import { nodeBackend } from "./node/backend.ts";
import { uringBackend } from "./uring/backend.ts";

/** Every way to the sockets, by its name. */
export const backends: Readonly<Record<IoKind, Backend>> = {
  node: nodeBackend,
  uring: uringBackend,
};

/** What "auto" takes where it can be used. */
export const fastIo: IoKind = "uring";

/** What every platform has: for "auto" elsewhere, and for what the fast one cannot do. */
export const portableIo: IoKind = "node";
