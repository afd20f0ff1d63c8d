/** A thread of a process of receivers; started by main.ts, messages as in protocol.ts. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { monotonicNs } from "../base/clock.ts";
import { backends } from "../io/backends.ts";
import type { FromReceivers, ListenRequest, ToReceivers } from "./protocol.ts";
import { ReceiverSockets } from "./receiver-sockets.ts";

/** How late a turn may end when nothing is due at an exact time: an arriving datagram ends its wait anyway. */
const slackNs = 5e6;

/** Rounds without a datagram, after which everything that was sent has arrived. */
const quietRounds = 3;

async function listen(request: ListenRequest, port: MessagePort): Promise<void> {
  const send = (message: FromReceivers) => port.postMessage(message);
  let stopped = false;
  const io = await backends[request.io].create();
  try {
    const receivers = new ReceiverSockets(io, request, monotonicNs, send);
    port.on("message", (message: ToReceivers) => {
      if (message.type === "stop") stopped = true;
      else if (message.type === "steady") receivers.arrivals.plan(message.fromNs, message.toNs);
    });
    await receivers.join();
    send({ type: "listening" });
    while (!stopped) {
      const turned = io.turn(receivers.tick(monotonicNs()), slackNs);
      if (turned !== undefined) await turned;
    }
    let before = -1;
    for (let quiet = 0; quiet < quietRounds; quiet++) {
      if (receivers.datagrams !== before) quiet = 0;
      before = receivers.datagrams;
      const turned = io.turn(monotonicNs(), 0);
      if (turned !== undefined) await turned;
      await new Promise((resolve) => setImmediate(resolve));
    }
    receivers.flush();
    send({
      type: "reports",
      reports: receivers.reports(),
      arrivals: receivers.arrivals.amounts(),
    });
  } finally {
    await io.end();
  }
}

const port = parentPort;
assert(port !== null, "runs in a thread");
await listen(workerData as ListenRequest, port).catch((error: NodeJS.ErrnoException) => {
  const { code = "EBROADCAST", message } = error;
  port.postMessage({ type: "failed", code, message } satisfies FromReceivers);
});
port.close();
