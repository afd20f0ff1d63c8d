import type { Interval } from "../../address/intervals.ts";
import { anyIpRange, type Family } from "../../address/ip.ts";
import { parsePorts } from "../../address/ports.ts";
import { type AddressRanges, parseRanges } from "../../address/ranges.ts";
import { UserError } from "../../base/errors.ts";
import { hintFor } from "../../base/suggestion.ts";
import type { ScenarioHost, Workload } from "../scenario.ts";
import type { HostsInput } from "../schema/hosts.ts";
import type { WorkloadInput } from "../schema/workload.ts";
import { hasLeadingZeros, leadingZerosMessage } from "../source/plain-scalar.ts";
import type { Path } from "../source/tree.ts";
import { attempt, itemsOf, type NormaliseContext } from "./context.ts";

/** The source addresses as texts that `parseRanges` reads; what is wrong is noted at its item. */
export function normaliseSources(
  input: WorkloadInput["sources"],
  path: Path,
  { diagnostics, allowRemote }: NormaliseContext,
): readonly string[] {
  if (input === undefined) return [];
  const items = itemsOf(input, path);
  const texts = items.map(([text]) => text);
  attempt(diagnostics, faultyItem(items, parseRanges) ?? path, () => {
    const ranges = parseRanges(texts);
    if (!allowRemote && !staysOnLoopback(ranges)) {
      throw new UserError(
        "sources must be loopback addresses (127.0.0.0/8, ::1 or fd00:127::/32); others only with --allow-remote",
      );
    }
  });
  return texts;
}

/** The hosts that a scenario names, in its order. */
export function normaliseHosts(
  input: HostsInput | undefined,
  context: NormaliseContext,
): readonly ScenarioHost[] {
  return Object.entries(input ?? {}).map(([name, host]) => ({
    name,
    sources: normaliseSources(host?.sources, ["hosts", name, "sources"], context),
    position: context.diagnostics.at(["hosts", name]),
  }));
}

/** The hosts that a workload names, each once; those that the scenario does not have are noted. */
export function hostsOfWorkload(
  input: string | readonly string[] | undefined,
  path: Path,
  { namesOfHosts: known, diagnostics }: NormaliseContext,
): readonly string[] {
  if (input === undefined) return [];
  const items = itemsOf(input, path);
  for (const [name, at] of items) {
    if (known.includes(name)) continue;
    diagnostics.value(
      at,
      known.length === 0
        ? `hosts: this scenario has no hosts; name them at the top: hosts: { ${name}: {} }`
        : `there is no host "${name}"${hintFor(name, known)}; name it under hosts at the top`,
    );
  }
  return [...new Set(items.map(([name]) => name))];
}

/** The source ports as disjoint pairs, ascending; problems are reported at their item. */
export function normalisePorts(
  input: WorkloadInput["ports"],
  path: Path,
  { diagnostics }: NormaliseContext,
): Workload["ports"] {
  if (input === undefined) return null;
  const items = itemsOf(input, path).map(([item, at]) => [String(item), at] as const);
  const texts = items.map(([text]) => text);
  const ambiguous = items.find(([text]) => hasLeadingZeros(text));
  if (ambiguous !== undefined) {
    diagnostics.value(ambiguous[1], leadingZerosMessage(ambiguous[0]));
    return null;
  }
  return attempt(diagnostics, faultyItem(items, parsePorts) ?? path, () => parsePorts(texts));
}

/** Index of the first item that is wrong by itself; exclusions cannot be. */
function faultyItem(
  items: readonly (readonly [string, Path])[],
  parse: (texts: readonly string[]) => unknown,
): Path | null {
  for (const [text, at] of items) {
    if (text.trim().startsWith("!")) continue;
    try {
      parse([text]);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return at;
    }
  }
  return null;
}

const loopback: Readonly<Record<Family, readonly Interval<bigint>[]>> = {
  4: [[0x7f000000n, 0x7fffffffn]],
  6: [[1n, 1n], anyIpRange],
};

function holds([first, last]: Interval<bigint>, [from, to]: Interval<bigint>): boolean {
  return first <= from && to <= last;
}

function staysOnLoopback({ family, ranges }: AddressRanges): boolean {
  return ranges.every((range) => loopback[family].some((home) => holds(home, range)));
}
