import type { IoChoice } from "../base/io-kind.ts";
import type { RunResult } from "./result.ts";
import type { ServerInput, ServerSource } from "./scenario.ts";
import type { Snapshot } from "./snapshot.ts";

/** How a scenario is read. */
export interface ReadOptions {
  /** Values over those of the scenario, by path: `{ "workloads.chat.rate": "500/s" }`. */
  readonly set?: Readonly<Record<string, string | number | boolean>>;
  /** Values of `${NAME}` in a scenario's file. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether addresses outside loopback may be used. Default: false. */
  readonly allowRemote?: boolean;
  /** Servers in place of those of the scenario, by name. */
  readonly servers?: Readonly<Record<string, ServerInput>>;
  /** Targets in place of those of the scenario, by workload. */
  readonly targets?: Readonly<Record<string, string | readonly string[] | ServerSource>>;
  /** Earlier results that `baseline` in gates refers to: files, or results. Default: the scenario's own. */
  readonly baseline?: string | RunResult | readonly (string | RunResult)[];
  /** How sockets are driven. Default: the scenario's, or "auto". */
  readonly io?: IoChoice;
  /** Worker threads in all. Default: the scenario's, or by the machine. */
  readonly workers?: number;
}

/** How a run is made. */
export interface RunOptions<Workload extends string = string, Server extends string = string>
  extends ReadOptions {
  /** Ends the run when it is aborted: replies are awaited, and the outcome is "interrupted". */
  readonly signal?: AbortSignal | undefined;
  /** Called four times a second while the run goes on. */
  readonly onSnapshot?: (snapshot: Snapshot<Workload, Server>) => void;
  /** Called with notices and warnings, a line each, as they occur. */
  readonly onMessage?: (message: string) => void;
  /**
   * How often the run is made again while it is invalid. What is resolved to is the last one, and only that is written to
   * `out`. Default: 0.
   */
  readonly retries?: number;
  /**
   * Whether it waits until no other run with this option goes on on this machine, in whichever process, so that their loads
   * do not disturb each other. Default: false.
   */
  readonly exclusive?: boolean;
  /** Where the result is written: a folder, or a file that ends in .json. Default: nowhere. */
  readonly out?: string | URL;
}

/** The path of a scenario's file: YAML, or a module. */
export type ScenarioPath = string | URL;
