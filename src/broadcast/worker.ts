/** A thread of a process of receivers; started by main.ts, messages as in protocol.ts. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/assert.ts";
import { monotonicNs } from "../base/clock.ts";
import { thisThread } from "../base/schedstat.ts";
import { backends } from "../io/backends.ts";
import type { Io } from "../io/io.ts";
import { pauseClocks } from "../machine/usage/pause-clocks.ts";
import {
  isOwnWork,
  saturatedUtilization,
  UtilizationMeter,
} from "../machine/usage/utilization-meter.ts";
import { Pauses } from "../metrics/disturbance/pauses.ts";
import type { FromReceivers, ListenRequest, ToReceivers } from "./protocol.ts";
import { ReceiverSockets } from "./receiver-sockets.ts";

/** How late a turn may end when nothing is due at an exact time: an arriving datagram ends its wait anyway. */
const slackNs = 5e6;

/** How often an idle thread turns: it has paused where it does so later. */
const lookEveryNs = 20e6;

/** Intervals end at multiples of this on the monotonic clock. */
const intervalNs = 250e6;

/** Rounds without a datagram, after which everything that was sent has arrived. */
const quietRounds = 3;

async function listen(request: ListenRequest, port: MessagePort): Promise<void> {
  const send = (message: FromReceivers) => port.postMessage(message);
  let stopped = false;
  const io = await backends[request.io].create();
  const watch = new LoopWatch(io, request.firstThread, send);
  try {
    const receivers = new ReceiverSockets(io, request, monotonicNs, send, watch.pauses.disturbance);
    port.on("message", (message: ToReceivers) => {
      if (message.type === "stop") stopped = true;
      else if (message.type === "steady") receivers.arrivals.plan(message.fromNs, message.toNs);
    });
    await receivers.join();
    const thread = thisThread();
    send({ type: "listening", threads: thread === null ? [] : [thread] });
    watch.begin(monotonicNs());
    while (!stopped) {
      const nowNs = monotonicNs();
      watch.turned(nowNs, receivers);
      const nextNs = Math.min(receivers.tick(nowNs), nowNs + lookEveryNs);
      watch.pauses.waits(nowNs, nextNs + slackNs);
      const turned = io.turn(nextNs, slackNs);
      if (turned !== undefined) await turned;
    }
    let before = -1;
    for (let quiet = 0; quiet < quietRounds; quiet++) {
      if (receivers.datagrams !== before) quiet = 0;
      before = receivers.datagrams;
      const nowNs = monotonicNs();
      watch.turned(nowNs, receivers);
      watch.pauses.waits(nowNs, nowNs);
      const turned = io.turn(nowNs, 0);
      if (turned !== undefined) await turned;
      await new Promise((resolve) => setImmediate(resolve));
    }
    receivers.flush();
    watch.end(monotonicNs(), receivers);
    send({
      type: "reports",
      reports: receivers.reports(),
      arrivals: receivers.arrivals.amounts(),
    });
  } finally {
    watch.close();
    await io.end();
  }
}

/** What of a thread's loop is not its receivers': when it paused, and whether it had time to spare. */
class LoopWatch {
  readonly pauses: Pauses;
  readonly #thread: number;
  readonly #meter: UtilizationMeter;
  readonly #send: (message: FromReceivers) => void;
  #fromNs = 0;
  #untilNs = Number.POSITIVE_INFINITY;
  #pausedBeforeNs = 0;

  constructor(io: Io, thread: number, send: (message: FromReceivers) => void) {
    const nowNs = monotonicNs();
    this.#thread = thread;
    this.#send = send;
    this.pauses = new Pauses(thread, pauseClocks, nowNs, io);
    this.#meter = new UtilizationMeter(
      thread,
      () => io.utilization(),
      nowNs,
      (fromNs, toNs) => this.pauses.collected(fromNs, toNs),
    );
  }

  begin(nowNs: number): void {
    this.#meter.take(nowNs);
    this.#next(nowNs);
  }

  #next(nowNs: number): void {
    this.#fromNs = nowNs;
    this.#untilNs = (Math.floor(nowNs / intervalNs) + 1) * intervalNs;
  }

  /** A pass of the loop begins. */
  turned(nowNs: number, receivers: ReceiverSockets): void {
    this.pauses.turned(nowNs);
    const backlog = receivers.takeBacklog();
    if (this.pauses.isBehind) this.pauses.check(nowNs, backlog);
    if (nowNs >= this.#untilNs) this.#report(nowNs, receivers, false);
  }

  end(nowNs: number, receivers: ReceiverSockets): void {
    this.#report(nowNs, receivers, true);
  }

  close(): void {
    this.#meter.end();
  }

  #report(nowNs: number, receivers: ReceiverSockets, all: boolean): void {
    const utilization = this.#meter.take(nowNs);
    const { totalNs } = this.pauses.disturbance;
    const interval = {
      thread: this.#thread,
      fromNs: this.#fromNs,
      toNs: nowNs,
      ...receivers.latency.take(),
      pausedNs: totalNs - this.#pausedBeforeNs,
      saturated: utilization.busyRatio >= saturatedUtilization && isOwnWork(utilization),
    };
    this.#pausedBeforeNs = totalNs;
    this.#send({ type: "interval", interval });
    const pauses = this.pauses.take(nowNs, all);
    if (pauses.length > 0) this.#send({ type: "pauses", pauses });
    this.#next(nowNs);
  }
}

const port = parentPort;
assert(port !== null, "runs in a thread");
await listen(workerData as ListenRequest, port).catch((error: NodeJS.ErrnoException) => {
  const { code = "EBROADCAST", message } = error;
  port.postMessage({ type: "failed", code, message } satisfies FromReceivers);
});
port.close();
