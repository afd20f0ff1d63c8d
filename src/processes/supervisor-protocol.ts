/**
 * Messages between the coordinator and the supervisor of a server given by a command (child-process IPC).
 *
 *     coordinator            supervisor
 *     spawn {...}        ->
 *                        <-  spawned {pid}   or  failed {code, message}, after which the supervisor exits
 *                        <-  exited {code, signal}   the command exited; its remaining processes are ended
 *     signal {signal}    ->                       to the command's first process, not to its children
 *     kill               ->                       SIGKILL to the whole group; exited follows
 *     stop               ->
 *                        <-  exited; the supervisor exits when nothing of the group remains
 *
 * The supervisor treats a closed channel, for whatever reason, as `stop`, and removes the unfinished file.
 */
import type { Command, DrainSignal } from "../scenario/scenario.ts";

export interface SpawnRequest {
  readonly command: Command;
  /** Absolute path of a file that exists; standard output and error are appended to it. */
  readonly logFile: string;
  /** Value of `markName` in the command's environment, unique to this command. */
  readonly mark: string;
  /** A file that is useless unless the coordinator finishes it: removed if the coordinator has exited. Left out: none. */
  readonly unfinished?: string;
  /**
   * The supervisor's file descriptors of the command's activation sockets, which it inherits from 3 on, and the
   * name of each in LISTEN_FDNAMES. Left out: none.
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
