/** A thread of a process of listeners; started by main.ts, told and telling by protocol.ts. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { monotonicNs } from "../base/clock.ts";
import { createIo } from "../io/create-io.ts";
import type { FromAudience, ListenRequest, ToAudience } from "./protocol.ts";
import { Listeners } from "./receiver-sockets.ts";

/** How late a turn may end when nothing is due to the moment: what comes ends its wait anyway. */
const slackNs = 5e6;

/** Rounds without a datagram, after which what was sent has come. */
const quietRounds = 3;

async function listen(request: ListenRequest, port: MessagePort): Promise<void> {
  const tell = (message: FromAudience) => port.postMessage(message);
  let stopped = false;
  port.on("message", (message: ToAudience) => {
    if (message.type === "stop") stopped = true;
  });
  const io = await createIo(request.io);
  try {
    const listeners = new Listeners(io, request, monotonicNs, tell);
    await listeners.join();
    tell({ type: "listening" });
    while (!stopped) {
      const turned = io.turn(listeners.tick(monotonicNs()), slackNs);
      if (turned !== undefined) await turned;
    }
    let before = -1;
    for (let quiet = 0; quiet < quietRounds; quiet++) {
      if (listeners.arrivals !== before) quiet = 0;
      before = listeners.arrivals;
      const turned = io.turn(monotonicNs(), 0);
      if (turned !== undefined) await turned;
      await new Promise((resolve) => setImmediate(resolve));
    }
    listeners.flush();
    tell({ type: "reports", reports: listeners.reports() });
  } finally {
    await io.end();
  }
}

const port = parentPort;
assert(port !== null, "runs in a thread");
await listen(workerData as ListenRequest, port).catch((error: NodeJS.ErrnoException) => {
  const { code = "EAUDIENCE", message } = error;
  port.postMessage({ type: "failed", code, message } satisfies FromAudience);
});
port.close();
