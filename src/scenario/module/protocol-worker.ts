/** A thread in which a protocol's module runs before the run: what it is, and whether its options make a session. */
import { parentPort, workerData } from "node:worker_threads";
import { type Failure, failureOf } from "../../protocols/modules/failure.ts";
import { factsOf, type ProtocolFacts } from "../../protocols/spec.ts";
import { readOptions } from "../protocol/read-options.ts";
import { type TriedSessions, trySessions } from "../protocol/try-sessions.ts";
import type { Tree } from "../source/tree.ts";
import { importProtocol } from "./import-protocol.ts";

export interface ProtocolTask {
  /** Absolute path. */
  readonly path: string;
  /** As scenarios give its options; null: they give none. */
  readonly given: readonly (Tree | null)[];
}

export type ProtocolAnswer =
  | {
      readonly facts: ProtocolFacts;
      /** Of each of `given`; null where the options are wrong. */
      readonly tried: readonly (TriedSessions | null)[];
    }
  | { readonly failure: Failure };

const { path, given } = workerData as ProtocolTask;

async function run(): Promise<ProtocolAnswer> {
  try {
    const protocol = await importProtocol(path);
    const tried: (TriedSessions | null)[] = [];
    for (const tree of given) {
      const { values } = readOptions("", protocol.options, tree);
      tried.push(values === null ? null : await trySessions(protocol, values, path));
    }
    // Whatever else its objects have stays here.
    return { facts: JSON.parse(JSON.stringify(factsOf(protocol))) as ProtocolFacts, tried };
  } catch (error) {
    return { failure: failureOf(error, path) };
  }
}

parentPort?.postMessage(await run());
// It may have left timers and sockets, which nobody is to wait for.
process.exit();
