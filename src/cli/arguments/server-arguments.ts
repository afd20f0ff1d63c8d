/** Which server of a scenario a command replaces: shared by `ab` and `bisect`. */
import { UserError } from "../../base/errors.ts";
import { hintFor } from "../../base/suggestion.ts";
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
