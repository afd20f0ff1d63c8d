import { defaultProtocol, protocols } from "../../address/protocol.ts";
import { formatDuration } from "../../base/units.ts";
import type { Restart, Server } from "../scenario.ts";
import type { ServerInput } from "../schema/server.ts";
import type { Path } from "../source/tree.ts";
import { itemsOf, type NormaliseContext } from "./context.ts";

/** `restart` with its defaults; null where it is left out. */
export function restartOf(
  input: ServerInput,
  kind: Server["kind"],
  above: Path,
  context: NormaliseContext,
): Restart | null {
  const { restart } = input;
  if (restart === undefined) return null;
  const { diagnostics } = context;
  const path = [...above, "restart"];
  if (kind === "external") {
    diagnostics.key(
      path,
      "restart is for a server with builtin or command: slash8 starts no other",
    );
  }
  if (kind === "builtin" && restart.signal !== undefined) {
    diagnostics.key(
      [...path, "signal"],
      "signal is for a server with command; a builtin drains without one",
    );
  }
  if (input.processes !== undefined && input.processes > 1) {
    diagnostics.key(
      [...above, "processes"],
      "processes and restart do not go together: an instance that is restarted is one process",
    );
  }
  const isHanded = kind === "builtin" || input.activation === true;
  const order = restart.order ?? (isHanded ? "startFirst" : "stopFirst");
  if (order === "startFirst" && kind === "builtin" && input.activation === false) {
    diagnostics.value(
      [...above, "activation"],
      "two instances of a builtin can listen at once only with activation: leave it out, or use order: stopFirst",
    );
  }
  const { hasConnections } = protocols[input.protocol ?? defaultProtocol];
  const seesPort = hasConnections && (input.ready ?? "port") === "port";
  if (order === "startFirst" && kind === "command" && input.activation !== true && seesPort) {
    diagnostics.key(
      path,
      "with order: startFirst the old instance answers on the port, so slash8 cannot see there when the new " +
        "one is ready: add ready: { output: ... } or { delay: ... }",
    );
  }
  return {
    ...timesOf(restart, path, context),
    order,
    signal: restart.signal ?? "SIGTERM",
    drainTimeoutNs: restart.drainTimeout ?? 10e9,
  };
}

/** Whether slash8 opens the server's sockets. */
export function activationOf(
  input: ServerInput,
  kind: Server["kind"],
  restart: Restart | null,
  above: Path,
  { diagnostics }: NormaliseContext,
): boolean {
  const { activation } = input;
  if (activation === true) {
    if (kind === "external") {
      diagnostics.key(
        [...above, "activation"],
        "activation is for a server with builtin or command: slash8 starts no other",
      );
    }
    if (input.ready === "port") {
      diagnostics.value(
        [...above, "ready"],
        "with activation slash8 opens the port, which answers before the server is ready: use { output: ... } or { delay: 1s }",
      );
    }
    if (input.processes !== undefined && input.processes > 1) {
      diagnostics.key(
        [...above, "processes"],
        "processes and activation do not go together: the sockets are passed to one process",
      );
    }
  }
  return activation ?? (kind === "builtin" && restart?.order === "startFirst");
}

function timesOf(
  { at, every }: NonNullable<ServerInput["restart"]>,
  path: Path,
  { diagnostics }: NormaliseContext,
): Pick<Restart, "atNs" | "everyNs"> {
  if ((at === undefined) === (every === undefined)) {
    const got = at === undefined ? "got none" : "got both";
    diagnostics.key(path, `restart takes one of at and every; ${got}`);
  }
  if (at === undefined) return { atNs: [], everyNs: every ?? null };
  const items = itemsOf(at, [...path, "at"]);
  for (const [index, [ns, place]] of items.entries()) {
    const before = items[index - 1]?.[0];
    if (before === undefined || ns > before) continue;
    diagnostics.value(place, `must be later than the time before it, ${formatDuration(before)}`);
  }
  return { atNs: items.map(([ns]) => ns), everyNs: null };
}
