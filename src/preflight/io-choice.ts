import { exitStatus, UserError } from "../base/errors.ts";
import { ioObstacle } from "../io/create-io.ts";
import type { IoKind } from "../io/io.ts";

/** `--io`, and `io:` in a scenario. */
export type IoChoice = "auto" | IoKind;

export interface ChosenIo {
  readonly io: IoKind;
  /** Why `auto` could not take uring; null where it did, where node was asked for, and off Linux. */
  readonly obstacle: string | null;
}

/**
 * The io that a run uses: for `auto` the fast path where this machine has it, else Node's sockets.
 *
 * @param find what stands in uring's way; null: nothing
 * @throws     (rejects with) UserError (exit 3) where uring is asked for and is not to be had
 */
export async function chooseIo(
  requested: IoChoice,
  find: () => Promise<string | null> = ioObstacle,
  platform: NodeJS.Platform = process.platform,
): Promise<ChosenIo> {
  if (requested === "node") return { io: "node", obstacle: null };
  if (requested === "auto" && platform !== "linux") return { io: "node", obstacle: null };
  const obstacle = await find();
  if (obstacle === null) return { io: "uring", obstacle: null };
  if (requested === "auto") return { io: "node", obstacle };
  throw new UserError(
    `io uring cannot be used: ${obstacle}\nwhat to do: remove that, or take --io node (auto does so by itself)`,
    exitStatus.cannotHold,
  );
}

/** One line for the user where `auto` fell back, else null. */
export function fallbackNotice({ obstacle }: ChosenIo): string | null {
  return obstacle === null
    ? null
    : `io node, which costs more CPU and open files, as io_uring cannot be used: ${obstacle}`;
}
