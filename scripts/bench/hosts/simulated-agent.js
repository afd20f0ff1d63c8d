/** An agent that is none, but sends four snapshots a second, as a worker records them. */
import { load } from "./load.js";
import { intervalMs, samplesPerInterval } from "./plan.js";

const { ownHello } = /** @type {typeof import("../../../src/agent/hello.ts")} */ (
  await load("agent/hello")
);
const { monotonicNs } = /** @type {typeof import("../../../src/base/clock.ts")} */ (
  await load("base/clock")
);
const { Recorder } = /** @type {typeof import("../../../src/metrics/recorder.ts")} */ (
  await load("metrics/recorder")
);
const { counter, momentOf, phase } =
  /** @type {typeof import("../../../src/metrics/snapshot.ts")} */ (await load("metrics/snapshot"));

/** Snapshots that are sent over and over again, with other times. */
const shapes = snapshotShapes(32);
let sent = 0;

/** How many snapshots all agents of this process have sent. */
export function sentSnapshots() {
  return sent;
}

/** An AgentProcess. */
export class SimulatedAgent {
  pid = null;
  #resolve = (/** @type {any} */ _) => {};
  /** @type {Promise<any>} */
  exited = new Promise((resolve) => {
    this.#resolve = resolve;
  });
  /** @type {NodeJS.Timeout | null} */
  #timer = null;
  #number = 0;
  #zeroNs = 0;
  #agent;
  #receive;

  /**
   * @param {import("../../../src/plan/plan-types.ts").AgentPlan} agent
   * @param {(message: import("../../../src/agent/protocol.ts").FromAgent) => void} receive
   */
  constructor(agent, receive) {
    this.#agent = agent;
    this.#receive = receive;
    setImmediate(() => receive(ownHello()));
  }

  /** @param {import("../../../src/agent/protocol.ts").ToAgent} message */
  send(message) {
    const { index } = this.#agent;
    if (message.type === "start") {
      this.#receive({ type: "ready", agent: index, threads: [] });
    } else if (message.type === "end") this.kill();
    else if (message.beginAtNs !== undefined) this.#begin(message.beginAtNs);
    else if (message.endAtNs !== undefined) {
      if (this.#timer !== null) clearInterval(this.#timer);
      this.#receive({ type: "done", agent: index, cpu: null, workers: [] });
    }
  }

  kill() {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#resolve({ exit: { code: 0, signal: null }, words: "", reason: "it was ended" });
  }

  async finish() {
    await this.exited;
  }

  /** @param {number} atNs */
  #begin(atNs) {
    this.#zeroNs = atNs;
    this.#timer = setInterval(() => this.#report(), intervalMs);
  }

  #report() {
    const [worker = 0] = this.#agent.workers;
    const toNs = monotonicNs();
    const second = Math.floor((toNs - this.#zeroNs) / 1e9);
    const shape = /** @type {typeof shapes[number]} */ (
      shapes[(this.#agent.index + this.#number++) % shapes.length]
    );
    sent++;
    this.#receive({
      type: "snapshot",
      snapshot: {
        ...shape,
        worker,
        fromNs: toNs - intervalMs * 1e6,
        toNs,
        seconds: shape.seconds.map((one) => ({ ...one, second: second + (one.second ?? 0) })),
      },
    });
    if (this.#number % 2 === 0) this.#receive({ type: "alive", inspected: false });
  }
}

/**
 * Snapshots of a real recorder; every fourth of them lies in two seconds.
 *
 * @param {number} count
 */
function snapshotShapes(count) {
  const recorder = new Recorder(0, 0, 0, 1000);
  let state = 12_345;
  const uniform = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state + 1) / 4_294_967_297;
  };
  return Array.from({ length: count }, (_, number) => {
    for (let n = 0; n < samplesPerInterval; n++) {
      const normal = Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
      // The shape of latencies: a log-normal body and a tail.
      const responseNs = Math.floor(200_000 * Math.exp(normal * 0.8));
      const isEarlier = number % 4 === 0 && n < samplesPerInterval / 2;
      const moment = momentOf(phase.steady, isEarlier ? -1 : 0);
      recorder.count(moment, counter.offered, 1);
      recorder.count(moment, counter.sent, 1);
      recorder.answered(moment, responseNs, responseNs - 1000 - (n % 7) * 300, number);
    }
    return recorder.snapshot(number);
  });
}
