import type { IoKind } from "../base/io-kind.ts";
import type { Backend } from "./backend.ts";
import { nodeBackend } from "./node/backend.ts";
import { uringBackend } from "./uring/backend.ts";

/** Every io by its name. */
export const backends: Readonly<Record<IoKind, Backend>> = {
  node: nodeBackend,
  uring: uringBackend,
};

/** What "auto" uses where it is available. */
export const fastIo: IoKind = "uring";

/** Available on every platform: for "auto" elsewhere, and for what the fast one cannot do. */
export const portableIo: IoKind = "node";
