/** What `slash8 init` has to know of a server, however it came to know it. */
import type { Protocol as Transport } from "../../address/protocol.ts";
import type { OptionSetting } from "../../protocols/spec.ts";

/** Where a reply of a protocol of one's own ends: a number is its length, bytes. */
export type Reply = "line" | "crlf" | "echo" | "none" | "datagram" | number;

export type Speech =
  | {
      readonly protocol: string;
      /** Those that are set. */
      readonly options: Readonly<Record<string, OptionSetting>>;
      /** Null: requests have no payload, or it is left out. */
      readonly message: string | null;
      readonly isOneWay: boolean;
    }
  | { readonly protocol: null; readonly message: string; readonly reply: Reply };

export interface Answers {
  readonly name: string;
  /** The scenario's file, relative to the working directory. */
  readonly out: string;
  /** For the shell; null: the server runs already. */
  readonly command: string | null;
  /** "127.0.0.1:7000" or "localhost:7000". */
  readonly listen: string;
  readonly transport: Transport;
  readonly speech: Speech;
  /** Fields of the workload's `tls`; null: none. `ca` is relative to the working directory. */
  readonly tls: Readonly<Record<string, string | boolean>> | null;
}

export type WorkflowKind = "github" | "gitlab";

/** What is done with it. */
export interface Choices {
  /** Null: none is written. */
  readonly workflow: WorkflowKind | null;
  /** Whether package.json gets a script. */
  readonly script: boolean;
  readonly firstRun: boolean;
  readonly force: boolean;
}
