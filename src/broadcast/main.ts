/**
 * A process of listeners: started by the coordinator, it runs a thread for each part of its listeners
 * and stands between them and the coordinator (protocol.ts).
 */
import { Worker } from "node:worker_threads";
import type { ListenerCounts } from "../metrics/broadcast/receiver-counts.ts";
import { type FromAudience, type ListenRequest, spread, type ToAudience } from "./protocol.ts";

let threads: readonly Worker[] = [];

function tell(message: FromAudience): void {
  if (process.connected) process.send?.(message);
}

/** Says the last word; the exit must wait until it is on its way. */
function exitAfter(message: FromAudience, status: number): void {
  process.send?.(message, () => process.exit(status));
}

function fail({ code = "EAUDIENCE", message }: NodeJS.ErrnoException): void {
  exitAfter({ type: "failed", code, message }, 1);
}

function listen(request: ListenRequest): void {
  let listening = 0;
  const reports: ListenerCounts[] = [];
  let reported = 0;
  threads = spread(request.listeners, request.threads).map((listeners) => {
    const workerData: ListenRequest = { ...request, listeners, threads: 1 };
    const thread = new Worker(new URL("./worker.js", import.meta.url), { workerData });
    thread.on("message", (message: FromAudience) => {
      if (message.type === "listening") {
        listening++;
        if (listening === threads.length) tell(message);
      } else if (message.type === "reports") {
        reports.push(...message.reports);
        reported++;
        if (reported === threads.length) exitAfter({ type: "reports", reports }, 0);
      } else if (message.type === "failed") {
        exitAfter(message, 1);
      } else {
        tell(message);
      }
    });
    thread.on("error", fail);
    return thread;
  });
}

if (process.send === undefined) {
  process.stderr.write("this program is started by slash8\n");
  process.exit(2);
}
// A terminal or a CI job signals the whole group; the coordinator decides when it ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (message: ToAudience) => {
  if (message.type === "listen") listen(message.request);
  else if (threads.length === 0) process.exit(0);
  else for (const thread of threads) thread.postMessage(message);
});
