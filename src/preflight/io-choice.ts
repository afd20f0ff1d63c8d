import { debugLog } from "../base/debug.ts";
import { CapacityError } from "../base/errors.ts";
import type { IoChoice, IoKind } from "../base/io-kind.ts";
import { backends, fastIo, portableIo } from "../io/backends.ts";

const debug = debugLog("preflight");

export interface ChosenIo {
  readonly io: IoKind;
  /** Why `auto` could not use the fast io; null where it did, was not requested, and on platforms without it. */
  readonly obstacle: string | null;
}

/**
 * The io that a run uses: for `auto` the fast one where this machine supports it, else the portable one.
 *
 * @param find why an io cannot be used here; null where it can
 * @throws     (rejects with) UserError (exit 3) where the requested one cannot be used
 */
export async function chooseIo(
  requested: IoChoice,
  find: (io: IoKind) => Promise<string | null> = (io) => backends[io].obstacle(),
  platform: NodeJS.Platform = process.platform,
): Promise<ChosenIo> {
  const io = requested === "auto" ? fastIo : requested;
  if (io === portableIo) return { io, obstacle: null };
  if (requested === "auto" && backends[io].platforms?.includes(platform) === false) {
    return { io: portableIo, obstacle: null };
  }
  const obstacle = await find(io);
  debug("%s requested: %s", requested, obstacle ?? `${io} can be used`);
  if (obstacle === null) return { io, obstacle: null };
  if (requested === "auto") return { io: portableIo, obstacle };
  throw new CapacityError(
    `io ${io} cannot be used: ${obstacle}\nwhat to do: remove the obstacle, or use --io ${portableIo} (auto does so by itself)`,
  );
}

/** One line for the user where `auto` fell back, else null. */
export function fallbackNotice({ obstacle }: ChosenIo): string | null {
  return obstacle === null
    ? null
    : `io ${portableIo}, which costs more CPU and open files, as ${backends[fastIo].name} cannot be used: ${obstacle}`;
}
