/** A command that was run when a gate broke in a window (`at`). */
export interface CommandResult {
  /** The gate, with its window. */
  readonly gate: string;
  /** In the scenario's file, from 1; 0: the scenario is a module. */
  readonly line: number;
  /** What the gate's value was in that window. */
  readonly actual: number;
  /** The command, with the processes that it is about. */
  readonly run: string;
  /** When it was started, since the run's start. */
  readonly atMs: number;
  /** How long it ran; null: it still does. */
  readonly durationMs: number | null;
  /** How it ended; null: it could not be started, or it still runs. */
  readonly exit: { readonly code: number | null; readonly signal: string | null } | null;
  /** What ended it: its time, its output, or the end of the run; null: it ended by itself. */
  readonly endedBy: "time" | "output" | "run" | null;
  /** File with what it printed, as it was given. */
  readonly file: string;
  /** Bytes of that. */
  readonly outputBytes: number;
}
