/**
 * The coordinator's end of a run over many hosts, without the run: it gives them their plan, takes what they report and
 * merges it as `slash8 load --nats` does.
 *
 * Arguments: the NATS server's address, the run, and how many hosts. After the first line on its standard input the hosts
 * have to be there; each one is answered with a line of JSON, what it has received so far. When the input ends it ends the
 * hosts, and answers once more.
 */
import { createInterface } from "node:readline";
import { load } from "./load.js";
import { hostName, planOf } from "./plan.js";

const { Agents } = /** @type {typeof import("../../../src/agent/agents.ts")} */ (
  await load("agent/agents")
);
const { monotonicNs } = /** @type {typeof import("../../../src/base/clock.ts")} */ (
  await load("base/clock")
);
const { natsChannel } = /** @type {typeof import("../../../src/channel/nats-channel.ts")} */ (
  await load("channel/nats-channel")
);
const { connectNats } = /** @type {typeof import("../../../src/channel/nats-connect.ts")} */ (
  await load("channel/nats-connect")
);
const { coordinatorLimits, subjects } =
  /** @type {typeof import("../../../src/hosts/protocol.ts")} */ (await load("hosts/protocol"));
const { RemoteHost } = /** @type {typeof import("../../../src/hosts/remote-host.ts")} */ (
  await load("hosts/remote-host")
);
const { Measurements } = /** @type {typeof import("../../../src/run/measurements.ts")} */ (
  await load("run/measurements")
);
const { planToSend } = /** @type {typeof import("../../../src/plan/plan-on-host.ts")} */ (
  await load("plan/plan-on-host")
);

const [, , server = "", run = "", count = "0"] = process.argv;
const begunNs = monotonicNs();
const plan = planOf(Number(count));
const plannedNs = monotonicNs();
print({ planSeconds: (plannedNs - begunNs) / 1e9, planBytes: JSON.stringify(plan).length });
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
await lines.next();
const connection = await connectNats({ servers: [server] });
const hosts = Array.from({ length: Number(count) }, (_, index) => {
  const name = hostName(index);
  const channel = natsChannel(
    connection,
    { send: subjects.down(run, name), receive: subjects.up(run, name) },
    coordinatorLimits,
  );
  // Of the answer to a claim nothing is looked at here.
  return new RemoteHost(name, /** @type {any} */ ({}), /** @type {any} */ (channel));
});
await Promise.all(hosts.map((host) => host.begin(planToSend(plan, host.name))));

/** @type {import("../../../src/run/measurements.ts").Measurements | null} */
let measurements = null;
let snapshots = 0;
/** Of a report: how long ago its interval had ended when it was merged, ms; all clocks are this machine's. */
let latestMs = 0;
/** @type {string[]} */
const exits = [];
const agents = new Agents(
  plan,
  (agent, onMessage) => {
    const host = hosts.find(({ name }) => name === agent.host);
    return /** @type {import("../../../src/hosts/remote-host.ts").RemoteHost} */ (host).start(
      agent,
      onMessage,
    );
  },
  {
    harnessLatency() {},
    connected() {},
    snapshot(snapshot) {
      snapshots++;
      measurements?.add(snapshot);
      latestMs = Math.max(latestMs, (monotonicNs() - snapshot.toNs) / 1e6);
    },
    pauses() {},
    subscriptions() {},
    tcpSample() {},
    tcpConnections() {},
    tcpFailed() {},
    finished() {},
    exited: (_, reason) => exits.push(reason),
  },
);
await agents.ready();
const startNs = monotonicNs();
measurements = new Measurements(plan, startNs);
measurements.begin(startNs);
measurements.steadyAt(0, startNs);
agents.send({ type: "schedule", workload: 0, beginAtNs: startNs });
// As often as a run looks at them.
const looks = setInterval(() => {
  const nowNs = monotonicNs();
  measurements.rollUp(nowNs, nowNs);
  for (const accumulator of measurements.accumulators) {
    accumulator.live(nowNs);
    accumulator.recent(nowNs, 60);
  }
}, 250);
print({ beginSeconds: (startNs - plannedNs) / 1e9 });
while (!(await lines.next()).done) {
  const { inBytes, inMsgs } = connection.stats();
  print({ ns: monotonicNs(), inBytes, inMsgs, snapshots, latestMs });
  latestMs = 0;
}
agents.send({ type: "schedule", workload: 0, endAtNs: monotonicNs() });
await agents.finish();
clearInterval(looks);
await Promise.all(hosts.map((host) => host.close()));
await connection.close();
print({ snapshots, received: measurements.accumulators[0]?.count("received"), exits });

/** @param {object} answer */
function print(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
