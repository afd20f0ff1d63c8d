/**
 * Hosts of a run, many in one process: each answers as the host behind `slash8 agent` does, with an agent that is none but
 * sends four snapshots a second, as a worker records them.
 *
 * Arguments: the NATS server's address, the run, and from which host to which. They are there from the first line on its
 * standard input on. When that ends and they have ended, it prints how many snapshots they sent.
 */

import { createInterface } from "node:readline";
import { load } from "./load.js";
import { hostName } from "./plan.js";
import { SimulatedAgent, sentSnapshots } from "./simulated-agent.js";

const { natsChannel } = /** @type {typeof import("../../../src/channel/nats-channel.ts")} */ (
  await load("channel/nats-channel")
);
const { connectNats } = /** @type {typeof import("../../../src/channel/nats-connect.ts")} */ (
  await load("channel/nats-connect")
);
const { hostLimits, subjects } = /** @type {typeof import("../../../src/hosts/protocol.ts")} */ (
  await load("hosts/protocol")
);
const { HostSession } = /** @type {typeof import("../../../src/hosts/session.ts")} */ (
  await load("hosts/session")
);

const [, , server = "", run = "", from = "0", to = "0"] = process.argv;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

process.stdout.write("ready\n");
await lines.next();
const connection = await connectNats({ servers: [server] });
const sessions = Array.from({ length: Number(to) - Number(from) }, (_, n) => {
  const name = hostName(Number(from) + n);
  const channel = natsChannel(
    connection,
    { send: subjects.up(run, name), receive: subjects.down(run, name) },
    hostLimits,
  );
  return new HostSession(channel, {
    name,
    startAgent: (agent, receive) => new SimulatedAgent(agent, receive),
    refuses: () => null,
    accepted: () => {},
  });
});
await connection.flush();
process.stdout.write("there\n");
await lines.next();
await Promise.all(sessions.map(({ ended }) => ended));
await connection.close();
process.stdout.write(`${JSON.stringify({ sent: sentSnapshots() })}\n`);
