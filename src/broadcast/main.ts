/**
 * A process of receivers: started by the coordinator, it runs a thread for each part of its receivers
 * and passes messages between them and the coordinator (protocol.ts).
 */
import { Worker } from "node:worker_threads";
import { packageFile } from "../base/package-file.ts";
import { spread } from "../base/spread.ts";
import { addArrivals } from "../metrics/arrivals-by-second.ts";
import type { ReceiverCounts } from "../metrics/broadcast/receiver-counts.ts";
import type { FromReceivers, ListenRequest, ToReceivers } from "./protocol.ts";

let threads: readonly Worker[] = [];

function send(message: FromReceivers): void {
  if (process.connected) process.send?.(message);
}

/** Sends the last message; the process may exit only once the message has been handed to the system. */
function exitAfter(message: FromReceivers, status: number): void {
  process.send?.(message, () => process.exit(status));
}

function fail({ code = "EBROADCAST", message }: NodeJS.ErrnoException): void {
  exitAfter({ type: "failed", code, message }, 1);
}

function listen(request: ListenRequest): void {
  let listening = 0;
  const names: string[] = [];
  const reports: ReceiverCounts[] = [];
  let arrivals: readonly number[] | null = [];
  let reported = 0;
  threads = spread(request.receivers, request.threads).map((receivers, index) => {
    const firstThread = request.firstThread + index;
    const workerData: ListenRequest = { ...request, receivers, threads: 1, firstThread };
    const thread = new Worker(packageFile("dist/broadcast/worker.js"), { workerData });
    thread.on("message", (message: FromReceivers) => {
      if (message.type === "listening") {
        listening++;
        names.push(...message.threads);
        if (listening === threads.length) send({ ...message, threads: names });
      } else if (message.type === "reports") {
        reports.push(...message.reports);
        arrivals = addArrivals(arrivals, message.arrivals);
        reported++;
        if (reported === threads.length) exitAfter({ type: "reports", reports, arrivals }, 0);
      } else if (message.type === "failed") {
        exitAfter(message, 1);
      } else {
        send(message);
      }
    });
    thread.on("error", fail);
    return thread;
  });
}

if (process.send === undefined) {
  process.stderr.write(
    "this program is started by slash8 and does nothing on its own: run slash8 load\n",
  );
  process.exit(2);
}
// A terminal or a CI job signals the whole group; the coordinator decides when it ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (message: ToReceivers) => {
  if (message.type === "listen") listen(message.request);
  else if (threads.length > 0) for (const thread of threads) thread.postMessage(message);
  else if (message.type === "stop") process.exit(0);
});
