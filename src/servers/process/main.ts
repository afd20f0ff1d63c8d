/**
 * The process of a built-in server: started by child_process.fork with a channel, told what to do
 * in the messages of protocol.ts. With several processes this is the one that holds them together,
 * and the same program again in each of the others.
 */
import cluster from "node:cluster";
import { monotonicNs } from "../../base/clock.ts";
import type { FromServer, ToServer } from "../protocol.ts";
import { startLocalServer } from "./local-server.ts";
import type { DrainingServer, RunningServer } from "./running-server.ts";
import { startServerGroup } from "./server-group.ts";

let server: RunningServer | (RunningServer & DrainingServer) | null = null;

/** Says the last word; the exit must wait until it is on its way. */
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
    // Told to end, or asked, before it listens: there is nothing to end or to tell.
    if (message.type !== "stats") process.exit(0);
  } else if (message.type === "drain") {
    // Several processes in a group are never told to: see normalise-restart.ts.
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
// Only now may a group's first process (server-group.ts) send what it wants.
if (cluster.isWorker) process.send?.({ type: "ready" } satisfies FromServer);
