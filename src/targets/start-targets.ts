import { formatEndpoint } from "../address/flow.ts";
import { debugLog } from "../base/debug.ts";
import { serversOf, workloadsOf } from "../plan/needs.ts";
import type { Plan, ServerPlan } from "../plan/plan-types.ts";
import { makeLogFolder, removeLogFolder } from "../processes/child-log.ts";
import type { Server } from "../scenario/scenario.ts";
import type { ServerStats } from "../servers/protocol.ts";
import { startBuiltin } from "./builtin.ts";
import { startCommand } from "./command.ts";
import { checkTarget, findExternal } from "./external.ts";
import { startRestarting } from "./restarting.ts";
import type { ServerHandle, StartContext } from "./target.ts";

const debug = debugLog("targets");

export interface StartServersOptions {
  /** Where logs go; left out: a new folder among the temporary files. */
  readonly logFolder?: string;
  /** A server that was ready exited unexpectedly. */
  readonly onExit?: (
    name: string,
    code: number | null,
    signal: string | null,
    logTail: string,
  ) => void;
  /** An old instance of a restarted server had not drained in time, and is killed. */
  readonly onKilled?: StartContext["onKilled"];
  /** Aborted when the user interrupts the start: all servers are stopped, and the start rejects (exit 130). */
  readonly signal?: AbortSignal;
}

export interface RunningServers {
  /** In the plan's order. */
  readonly servers: readonly ServerHandle[];
  /** What built-in servers counted, by name; after `stop`, their last stats. */
  stats(): Promise<ReadonlyMap<string, ServerStats>>;
  /** Ends all that was started, with every process; idempotent, never rejects. */
  stop(): Promise<void>;
}

/**
 * Starts the plan's servers one after the other, in its order, each when the previous one is ready: a
 * proxy finds its backend. Then checks the targets that are not servers of the scenario.
 *
 * @throws (rejects with) UserError (exit 2; SkippedError: exit 0; interrupted: exit 130), when all
 *         that was started has been stopped again
 */
export async function startServers(
  plan: Plan,
  options: StartServersOptions = {},
): Promise<RunningServers> {
  const pairs = serversOf(plan);
  let folder: string | null = null;
  const context: StartContext = {
    // Created with the first log: a run of external servers leaves no empty folder.
    get logFolder() {
      folder ??= makeLogFolder(options.logFolder ?? null);
      return folder;
    },
    onExit: options.onExit ?? (() => {}),
    onKilled: options.onKilled ?? (() => {}),
    seed: plan.scenario.seed,
    signal: options.signal ?? null,
  };
  const servers: ServerHandle[] = [];
  const stop = async (): Promise<void> => {
    debug("all are stopped");
    await Promise.all(servers.map((server) => server.stop()));
    if (folder !== null) removeLogFolder(folder, false);
  };
  try {
    for (const { plan: server, scenario } of pairs) {
      debug("%s, a %s server: starts", scenario.name, scenario.kind);
      const started = await startServer(server, scenario, context);
      debug(
        "%s: ready at %s, processes %s",
        started.name,
        started.endpoints.map(formatEndpoint).join(" "),
        started.pids.join(" "),
      );
      servers.push(started);
    }
    for (const { plan: workload, scenario } of workloadsOf(plan)) {
      if (scenario.server !== null) continue;
      await checkTarget(
        `target of workload ${workload.name}`,
        scenario.protocol,
        workload.endpoints,
      );
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    servers,
    stop,
    async stats() {
      const all = await Promise.all(servers.map((server) => server.stats()));
      return new Map(
        servers.flatMap(({ name }, i) => {
          const stats = all[i] ?? null;
          return stats === null ? [] : [[name, stats] as const];
        }),
      );
    },
  };
}

function startServer(
  plan: ServerPlan,
  server: Server,
  context: StartContext,
): Promise<ServerHandle> {
  if (server.restart !== null || server.activation) return startRestarting(plan, server, context);
  switch (server.kind) {
    case "builtin":
      return startBuiltin(plan, server, context);
    case "command":
      return startCommand(plan, server, context);
    case "external":
      return findExternal(plan, server);
  }
}
