import { exitStatus, UserError } from "../base/errors.ts";
import type { IoKind } from "../io/io.ts";

/** `--io`, and `io:` in a scenario. */
export type IoChoice = "auto" | IoKind;

/**
 * The io that a run uses.
 *
 * @throws UserError (exit 3) where the one asked for is not to be had
 */
export function chooseIo(asked: IoChoice): IoKind {
  if (asked === "uring") {
    throw new UserError(
      "io uring is not available in this version of slash8; use --io node (or auto)",
      exitStatus.cannotHold,
    );
  }
  return "node";
}
