/**
 * The process of a built-in server: started by child_process.fork with a channel, controlled by the
 * messages of protocol.ts. With several processes this is the one that manages them, and the same
 * program runs in each of the others.
 */
import cluster from "node:cluster";
import { monotonicNs } from "../../base/clock.ts";
import type { FromServer, ToServer } from "../protocol.ts";
import { startLocalServer } from "./local-server.ts";
import type { DrainingServer, RunningServer } from "./running-server.ts";
import { startServerGroup } from "./server-group.ts";

let server: RunningServer | (RunningServer & DrainingServer) | null = null;

/** Sends the last message; the process may exit only once the message has been handed to the system. */
function exitAfter(message: FromServer, status: number): void {
  process.send?.(message, () => process.exit(status));
}

function fail(error: unknown): void {
  const { code = "ESERVER", message } = error as NodeJS.ErrnoException;
  exitAfter({ type: "failed", code, message }, 1);
}

async function obey(message: ToServer): Promise<void> {
  if (message.type === "hello") {
    process.send?.({ type: "ready" } satisfies FromServer);
  } else if (message.type === "serve") {
    const { request, startNs = monotonicNs() } = message;
    const start = request.processes > 1 ? startServerGroup : startLocalServer;
    server = await start(request, startNs);
    server.lost.then(fail);
    const { endpoints, pids } = server;
    process.send?.({ type: "listening", endpoints, pids } satisfies FromServer);
  } else if (server === null) {
    // A message to stop, drain or report before it listens: there is nothing to end or to report.
    if (message.type !== "stats" && message.type !== "steady") process.exit(0);
  } else if (message.type === "steady") {
    server.planSteady(message);
  } else if (message.type === "drain") {
    // Several processes in a group never receive `drain`: see normalise-restart.ts.
    if (!("drain" in server)) return;
    server.drain();
    process.send?.({ type: "draining" } satisfies FromServer);
    await server.drained;
    exitAfter({ type: "stats", stats: await server.stop() }, 0);
  } else if (message.type === "stats") {
    process.send?.({ type: "stats", stats: await server.stats() } satisfies FromServer);
  } else {
    exitAfter({ type: "stats", stats: await server.stop() }, 0);
  }
}

if (process.send === undefined) {
  process.stderr.write("this program is started by slash8: use `slash8 serve`\n");
  process.exit(2);
}
// A terminal or a CI job signals the whole group; the coordinator decides when the server ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (message: ToServer) => {
  obey(message).catch(fail);
});
// A group's first process (server-group.ts) may send its requests only from now on.
if (cluster.isWorker) process.send?.({ type: "ready" } satisfies FromServer);
