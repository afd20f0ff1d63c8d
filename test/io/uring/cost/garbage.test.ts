import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { BuiltinName, Workload } from "../../../../src/scenario/scenario.ts";
import { isLong } from "../../../support/fuzz.ts";
import { start } from "../../../support/run-cli.ts";
import { constantRate, makeWorkload } from "../../../support/traffic.ts";

const program = fileURLToPath(new URL("./garbage-run.js", import.meta.url));

/** See garbage-run.js. */
interface Round {
  readonly bytes: number;
  readonly messages: number;
  readonly turns: number;
  readonly yields: number;
  readonly collections: number;
}

/**
 * What a turn costs whatever it brings, at most: clocks are read, and Node hands out their time in arrays. A server
 * reads fewer; too high a price would hide what its messages leave, where a turn brings few of them.
 */
const turnBytes = { client: 192, server: 96 };
/** What it costs to let the event loop have its turn, once in 20 ms: a promise, an immediate. */
const yieldBytes = 2048;
/** Of a message, at most: less than one object. */
const mostBytes = 16;

/** Bytes that each message left, in the best round: code that is not optimised yet makes more objects. */
function perMessage(rounds: readonly Round[], bytesOfTurn: number): number {
  const whole = rounds.filter(({ collections }) => collections === 0);
  expect(whole.length).toBeGreaterThan(0);
  return Math.min(
    ...whole.map(
      ({ bytes, messages, turns, yields }) =>
        (bytes - bytesOfTurn * turns - yieldBytes * yields) / messages,
    ),
  );
}

/** What client and server left in a round. */
interface BothEnds {
  readonly client: Round;
  readonly server: Round;
}

/** Bytes of a message, of which either end leaves fewer; null where that does not matter. */
interface Good {
  readonly client: number;
  readonly server: number | null;
}

interface How {
  readonly litter?: boolean;
  readonly exchanges?: number;
  readonly busyPoll?: boolean;
}

/** V8 optimises what has run for long enough: as many rounds are made as that takes, and no more. */
const mostRounds = isLong ? 160 : 50;

async function measure(
  builtin: BuiltinName,
  changes: Partial<Workload>,
  good: Good,
  how: How = {},
) {
  const workload = makeWorkload({
    message: { kind: "bytes", base64: Buffer.alloc(64, "x").toString("base64") },
    expect: { kind: "any" },
    connections: 256,
    durationNs: 600e9,
    ...changes,
  });
  const { litter = false, exchanges = 10_000, busyPoll = false } = how;
  const costs = { ofTurn: turnBytes, ofYield: yieldBytes };
  const task = {
    workload,
    builtin,
    litter,
    rounds: mostRounds,
    good,
    ...costs,
    exchanges,
    busyPoll,
  };
  // The young generation holds all that is made in a round: nothing is collected meanwhile. Code is optimised in its own
  // thread, at once, and not in another one that a busy machine lets wait.
  const flags = [
    ...["--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64"],
    "--no-concurrent-recompilation",
  ];
  const answer = await start([...flags, program, JSON.stringify(task)]).finished;
  if (answer.status !== 0) throw new Error(answer.stderr);
  const found: { rounds: BothEnds[]; littered: BothEnds | null } = JSON.parse(answer.stdout);
  const ofEnds = (measured: readonly BothEnds[]) => ({
    client: perMessage(
      measured.map(({ client }) => client),
      turnBytes.client,
    ),
    server: perMessage(
      measured.map(({ server }) => server),
      turnBytes.server,
    ),
  });
  return {
    ...ofEnds(found.rounds),
    littered: found.littered === null ? null : ofEnds([found.littered]),
  };
}

const stamped = { message: { kind: "size", bytes: 64 } } as const;
/** A server finds out whose a datagram is by a number of 48 bits, which is an object. */
const peerBytes = 16;

const works: [string, BuiltinName, Partial<Workload>, number][] = [
  ["TCP request", "tcp-echo", {}, 0],
  ["UDP request", "udp-echo", { protocol: "udp" }, peerBytes],
  ["UDP request, stamped", "udp-echo", { protocol: "udp", ...stamped }, peerBytes],
  ["TCP stream", "tcp-sink", { pattern: "stream" }, 0],
  ["UDP stream", "udp-sink", { protocol: "udp", pattern: "stream", ...stamped }, peerBytes],
];

describe("a message leaves nothing to the garbage collector, and one object for each would be seen", () => {
  it.each(works)("%s", async (_, builtin, changes, serverBytes) => {
    const good = { client: mostBytes, server: serverBytes + mostBytes };
    const { client, server, littered } = await measure(builtin, changes, good, { litter: true });
    expect(client).toBeLessThan(mostBytes);
    expect(server).toBeLessThan(serverBytes + mostBytes);
    expect(littered?.client).toBeGreaterThan(mostBytes);
    // One turn of a sink takes in hundreds of messages of a stream, in a few pieces.
    if (builtin !== "tcp-sink") expect(littered?.server).toBeGreaterThan(mostBytes);
  });
});

describe("a busy-wait leaves nothing to the garbage collector", () => {
  it("for its looks at the clock, of which there are hundreds for each message of a rate", async () => {
    const rate = constantRate(10_000, 600e9);
    const how = { exchanges: 2_000, busyPoll: true };
    const { client } = await measure("tcp-echo", rate, { client: 1024, server: null }, how);
    // Were each look an object, they would come to 10 KB.
    expect(client).toBeLessThan(1024);
  });
});
