/** Which server of a scenario a command replaces, and with what: shared by `ab` and `bisect`. */
import { UserError } from "../../base/errors.ts";
import { hintFor } from "../../base/suggestion.ts";
import { loadChecked } from "../../run/check-scenario.ts";
import type { Scenario } from "../../scenario/scenario.ts";

/**
 * Returns the name of the server whose command is replaced.
 *
 * @param requested `--server`
 * @param command   that replaces it: "ab"
 * @throws          UserError
 */
export function replacedServer(
  scenario: Scenario,
  requested: string | undefined,
  command: string,
): string {
  const name = chosenServer(scenario, requested, command);
  const { kind, builtin } = scenario.servers.find((server) => server.name === name) ?? {};
  if (kind !== "builtin") return name;
  throw new UserError(
    `server ${name} is built in (${builtin}): ${command} replaces the command of a server; give it command: instead of builtin: in the scenario`,
  );
}

/**
 * Reads the scenario that the arguments name, with another command or directory for one of its servers.
 *
 * @param server its name
 * @param values of its fields; undefined: as in the scenario
 * @param set    more assignments, after those of `--set` and these
 * @throws       (rejects with) UserError
 */
export function readReplaced(
  args: Readonly<Record<string, unknown>>,
  server: string,
  values: { readonly command: string | undefined; readonly cwd: string | undefined },
  set: readonly string[] = [],
): Promise<Scenario> {
  const own = Object.entries(values).flatMap(([key, value]) =>
    // A quoted string means the same in YAML as in JSON.
    value === undefined ? [] : [`servers.${server}.${key}=${JSON.stringify(value)}`],
  );
  return loadChecked(String(args.scenario), {
    set: [...(args.set as readonly string[]), ...own, ...set],
    env: process.env,
    allowRemote: args["allow-remote"] === true,
  });
}

function chosenServer(scenario: Scenario, requested: string | undefined, command: string): string {
  const names = scenario.servers.map(({ name }) => name);
  if (requested !== undefined) {
    if (names.includes(requested)) return requested;
    throw new UserError(
      `--server ${requested}: there is no such server${hintFor(requested, names)}`,
    );
  }
  const commands = scenario.servers.filter(({ kind }) => kind === "command");
  const [only, ...more] = commands.length > 0 ? commands.map(({ name }) => name) : names;
  if (only === undefined) {
    throw new UserError(
      `the scenario has no server under "servers" that ${command} could replace; add one with "command"`,
    );
  }
  if (more.length === 0) return only;
  throw new UserError(
    `which server should be replaced? give one with --server: ${[only, ...more].join(", ")}`,
  );
}
