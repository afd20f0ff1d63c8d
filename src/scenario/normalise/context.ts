import type { Family } from "../../address/ip.ts";
import { UserError } from "../../base/errors.ts";
import type { DataSet, DataSpec } from "../../messages/data/data-set.ts";
import type { SlotBytes } from "../../messages/template/slot-bytes.ts";
import type { HostLookups } from "../host-names.ts";
import type { ProtocolLookups } from "../protocol/lookup.ts";
import type { Diagnostics } from "../source/diagnostics.ts";
import type { Path } from "../source/tree.ts";

/** A scenario's data, read. */
export interface ReadData {
  readonly sets: readonly DataSet[];
  /** Without the columns that messages use. */
  readonly specs: readonly DataSpec[];
  /** Names of what could not be read, which is noted. */
  readonly unread: ReadonlySet<string>;
}

/** What normalising needs in addition to its input. */
export interface NormaliseContext {
  readonly diagnostics: Diagnostics;
  /** Absolute path of the scenario file's directory; commands run there. */
  readonly directory: string;
  readonly allowRemote: boolean;
  readonly data: ReadData;
  /** What is known of the protocols of workloads. */
  readonly protocols: ProtocolLookups;
  /** What the names of hosts stand for. */
  readonly hosts: HostLookups;
  /** What the scenario calls the hosts of its clients. */
  readonly namesOfHosts: readonly string[];
  /** The family of the sources that a server's workloads name, all of one; null where none names any. */
  familyOfClients(server: string): Family | null;
  /** Remarks for people on how the scenario was read; what is to be said is added. */
  readonly notices: string[];
  /** What messages take from each connection, by name; left out: nothing. */
  readonly captured?: ReadonlyMap<string, SlotBytes>;
}

/** The family of the sources that a workload names, all of one; null where it names none. */
export function familyOfSources(sources: unknown): Family | null {
  const texts = itemsOf<unknown>(sources ?? [], []).map(([text]) => String(text));
  if (texts.length === 0) return null;
  return texts.every((text) => text.includes(":")) ? 6 : 4;
}

/** The value, or null when reading it ended with a message for the user, which is reported at the path. */
export function attempt<T>(diagnostics: Diagnostics, path: Path, read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    diagnostics.value(path, error.message);
    return null;
  }
}

/** One or many, with the path of each. */
export function itemsOf<T>(input: T | readonly T[], path: Path): readonly (readonly [T, Path])[] {
  if (!Array.isArray(input)) return [[input as T, path]];
  return (input as readonly T[]).map((item, index) => [item, [...path, index]] as const);
}

/** The one key of a map that takes exactly one; null and a problem where there are none or more. */
export function soleKey<K extends string>(
  diagnostics: Diagnostics,
  path: Path,
  input: Readonly<Partial<Record<K, unknown>>>,
  known: readonly string[],
): K | null {
  const given = Object.keys(input) as K[];
  if (given.length === 1) return given[0] as K;
  const got = given.length === 0 ? "got none" : `got ${given.join(" and ")}`;
  diagnostics.key(path, `${String(path.at(-1))} takes exactly one of ${known.join(", ")}; ${got}`);
  return null;
}
