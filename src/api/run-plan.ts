import type { MachineCheck } from "../base/errors.ts";
import type { IoKind } from "../base/io-kind.ts";

/** What would run, and whether this machine can hold it. */
export interface RunPlan {
  /** How sockets would be driven. */
  readonly io: IoKind;
  /** Worker threads in all. */
  readonly workers: number;
  /** Processes of the load generator. */
  readonly agents: readonly { readonly workers: number; readonly openFiles: number }[];
  /** Those of the scenario, in its order. */
  readonly servers: readonly {
    readonly name: string;
    /** `127.0.0.1:7000` */
    readonly listen: readonly string[];
    readonly processes: number;
    /** Planned to it, over all workloads. */
    readonly connections: number;
  }[];
  /** Those of the scenario, in its order. */
  readonly workloads: readonly {
    readonly name: string;
    /** Where it sends to: `127.0.0.1:7000`. */
    readonly endpoints: readonly string[];
    readonly connections: number;
    /** Inclusive: `127.32.0.1-127.32.0.254`, or one address. */
    readonly sources: readonly string[];
    readonly addressesUsed: number;
    /** For Wireshark, and for tcpdump: its clients. */
    readonly displayFilter: string;
    readonly captureFilter: string;
  }[];
  /** Over all workloads. */
  readonly totals: {
    readonly connections: number;
    /** Of both ends. */
    readonly sockets: number;
    /** An estimate. */
    readonly memoryBytes: number;
  };
  /** Whether a run would begin: no check refuses it. */
  readonly fits: boolean;
  /** What preflight found; empty where all is well. */
  readonly checks: readonly MachineCheck[];
  /** What else is to be known, for people. */
  readonly warnings: readonly string[];
}
