import { UserError } from "../base/errors.ts";
import type { Io, IoKind } from "../io/io.ts";
import { createNodeIo } from "../io/node/io.ts";

/** The platform's sockets, chosen once at start. */
export function createIo(kind: IoKind): Io {
  if (kind === "node") return createNodeIo();
  throw new UserError(`io ${kind} is not available in this version; use --io node`);
}
