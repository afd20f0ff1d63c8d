/** Names of hosts in a scenario: looked up once, before it is checked. */
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { type Family, formatIp, isLoopback, parseIp } from "../address/ip.ts";
import { UserError } from "../base/errors.ts";
import { type Tree, treeAt } from "./source/tree.ts";

/** What a name stands for. */
export type HostLookup =
  /** Canonical, in the system's order; at least one. */
  { readonly addresses: readonly string[] } | { readonly failure: string };

/** By name, in lower case. */
export type HostLookups = ReadonlyMap<string, HostLookup>;

export const noHosts: HostLookups = new Map();

/** A name server that does not answer is not waited for any longer. */
const longestLookupMs = 5_000;

/** Labels of letters, digits, "-" and "_"; the last one, which is no number, begins with a letter. */
const hostName = /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z](?:[a-z0-9_-]*[a-z0-9_])?\.?$/i;

export function isHostName(text: string): boolean {
  return text.length <= 253 && hostName.test(text);
}

/** The name in "localhost:7000" or "tcp://localhost:7000"; null where it is an address, or neither. */
function nameIn(text: string): string | null {
  const name = /^\s*(?:(?:tcp|udp):\/\/)?([^[\]:/]+):\d+\s*$/.exec(text)?.[1]?.trim() ?? "";
  return isHostName(name) ? name.toLowerCase() : null;
}

/** The names in texts such as "localhost:7000" and "udp://localhost:53", in lower case. */
export function hostNamesIn(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.map(nameIn).filter((name) => name !== null));
}

/** All names in the places of a scenario where an address and a port may stand. */
export function hostNamesOf(tree: Tree): ReadonlySet<string> {
  const places = [
    ["servers", "listen"],
    ["workloads", "target"],
  ] as const;
  const names = places.flatMap(([kind, key]) => {
    const parts = treeAt(tree, [kind]);
    if (parts?.kind !== "map") return [];
    return [...parts.entries.values()].flatMap(({ value }) => namesAt(treeAt(value, [key])));
  });
  return new Set(names);
}

function namesAt(tree: Tree | null): string[] {
  if (tree?.kind === "list") return tree.items.flatMap(namesAt);
  const name = tree?.kind === "scalar" ? nameIn(tree.text) : null;
  return name === null ? [] : [name];
}

/** Looks all of them up at once, as the system's programs do: /etc/hosts, then DNS. Never rejects. */
export async function lookUpHosts(
  names: ReadonlySet<string>,
  ask: (name: string) => Promise<readonly LookupAddress[]> = askSystem,
): Promise<HostLookups> {
  const found = await Promise.all(
    [...names].map(async (name) => [name, await lookUp(name, ask)] as const),
  );
  return new Map(found);
}

async function lookUp(
  name: string,
  ask: (name: string) => Promise<readonly LookupAddress[]>,
): Promise<HostLookup> {
  const tooLong = new AbortController();
  try {
    const found = await Promise.race([ask(name), timeUp(tooLong.signal)]);
    const addresses = new Set(found.flatMap(({ address }) => usable(address)));
    if (addresses.size === 0) return { failure: "it has no address that can be used" };
    return { addresses: [...addresses] };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { failure: failures[code ?? ""] ?? message };
  } finally {
    tooLong.abort();
  }
}

const failures: Readonly<Record<string, string>> = {
  ENOTFOUND: "the system knows no such name (/etc/hosts, DNS)",
  EAI_AGAIN: "the name server did not answer",
};

function timeUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const why = `the name server did not answer within ${longestLookupMs / 1e3} s`;
    const timer = setTimeout(() => reject(new Error(why)), longestLookupMs);
    signal.addEventListener("abort", () => clearTimeout(timer));
  });
}

function askSystem(name: string): Promise<readonly LookupAddress[]> {
  return lookup(name, { all: true, verbatim: true });
}

/** Not link-local ones, whose scope only this machine knows. */
function usable(address: string): string[] {
  try {
    return [formatIp(parseIp(address))];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [];
  }
}

/** Which of a name's addresses is used, and the others. */
export interface HostChoice {
  readonly used: string;
  readonly others: readonly string[];
}

/**
 * Chooses one address of a name: of the wanted family; where none is wanted an IPv4 one, as only these have a whole
 * network of source addresses on every machine.
 *
 * @throws UserError where the name is not known, or has no address of that family
 */
export function chooseAddress(name: string, hosts: HostLookups, wanted: Family | null): HostChoice {
  const found = hosts.get(name.toLowerCase());
  if (found === undefined) {
    throw new UserError(`names are not looked up here: write the address of ${name}`);
  }
  if ("failure" in found) {
    throw new UserError(
      `"${name}" is not an address, and as a name it cannot be resolved: ${found.failure}`,
    );
  }
  const { addresses } = found;
  const of = (family: Family) => addresses.find((address) => parseIp(address).family === family);
  const used = wanted === null ? (of(4) ?? addresses[0]) : of(wanted);
  if (used === undefined) {
    throw new UserError(
      `${name} is ${addresses.join(" and ")}, and the sources are IPv${wanted}: give sources of the same family`,
    );
  }
  return { used, others: addresses.filter((address) => address !== used) };
}

/**
 * What `parseEndpoints` takes to read names with; which of several addresses is used is noted. A name that stands for an
 * address that is not allowed is that address, for the caller to refuse.
 *
 * @param who    for people: "workload chat"
 * @param wanted family of the sources that are named; null: none are
 */
export function addressOf(
  {
    hosts,
    notices,
    allowRemote,
  }: {
    readonly hosts: HostLookups;
    readonly notices: string[];
    readonly allowRemote: boolean;
  },
  who: string,
  wanted: Family | null,
): (name: string) => string {
  return (name) => {
    const { used, others } = chooseAddress(name, hosts, wanted);
    const remote = [used, ...others].find((address) => !isLoopback(address));
    if (remote !== undefined && !allowRemote) return remote;
    if (others.length > 0) {
      const { family } = parseIp(used);
      const why =
        wanted === null
          ? family === 4
            ? "as IPv4 has source addresses on every machine"
            : "the first of them"
          : `as the sources are IPv${wanted}`;
      const all = [used, ...others].sort().join(" and ");
      notices.push(`${who}: ${name} is ${all}; ${used} is used, ${why}`);
    }
    return used;
  };
}
