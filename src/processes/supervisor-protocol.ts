/**
 * Messages between the coordinator and the supervisor of a server given by a command (child-process IPC).
 *
 *     coordinator            supervisor
 *     spawn {...}        ->
 *                        <-  spawned {pid}   or  failed {code, message}, after which the supervisor exits
 *                        <-  exited {code, signal}   the command ended; what it left behind is ended, too
 *     signal {signal}    ->                       to the process that the command started, not to its children
 *     kill               ->                       SIGKILL to all of the group; exited follows
 *     stop               ->
 *                        <-  exited, and the supervisor exits when nothing of the group is left
 *
 * The supervisor takes a closed channel, for whatever reason, as `stop`, and removes what nobody will finish.
 */
import type { Command, DrainSignal } from "../scenario/scenario.ts";

export interface SpawnRequest {
  readonly command: Command;
  /** Absolute path of a file that exists; standard output and error are appended to it. */
  readonly logFile: string;
  /** Value of `markName` in the command's environment, of this command alone. */
  readonly mark: string;
  /** A file that is of no use unless the coordinator finishes it: removed where that has gone. Left out: none. */
  readonly unfinished?: string;
  /**
   * The supervisor's file descriptors of sockets that the command is to find from 3 on, and what
   * LISTEN_FDNAMES calls each of them. Left out: none.
   */
  readonly activation?: { readonly sockets: readonly number[]; readonly name: string };
}

export type ToSupervisor =
  | { readonly type: "spawn"; readonly request: SpawnRequest }
  | { readonly type: "signal"; readonly signal: DrainSignal }
  | { readonly type: "kill" }
  | { readonly type: "stop" };

export type FromSupervisor =
  | { readonly type: "spawned"; readonly pid: number }
  | { readonly type: "failed"; readonly code: string; readonly message: string }
  | { readonly type: "exited"; readonly code: number | null; readonly signal: string | null };
