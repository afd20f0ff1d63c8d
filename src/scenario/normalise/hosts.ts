import { hintFor } from "../../base/suggestion.ts";
import type { ScenarioHost } from "../scenario.ts";
import type { HostsInput } from "../schema/hosts.ts";
import type { Path } from "../source/tree.ts";
import { itemsOf, type NormaliseContext } from "./context.ts";
import { normaliseSources } from "./sources.ts";

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
