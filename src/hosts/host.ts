import { randomUUID } from "node:crypto";
import { networkInterfaces } from "node:os";
import type { NatsConnection } from "@nats-io/transport-node";
import { parseRanges, rangeTexts } from "../address/ranges.ts";
import { ownHello, refusalOf } from "../agent/hello.ts";
import { LocalAgent } from "../agent/local-agent.ts";
import { debugLog } from "../base/debug.ts";
import { UserError } from "../base/errors.ts";
import { decodeMessage, encodeMessage } from "../channel/encoding.ts";
import { natsChannel } from "../channel/nats-channel.ts";
import { Leases, readLeased } from "../machine/leases.ts";
import { readListening } from "../machine/listening.ts";
import { readHost } from "../machine/machine.ts";
import { planOnHost } from "../plan/plan-on-host.ts";
import type { Plan } from "../plan/plan-types.ts";
import { chooseIo } from "../preflight/io-choice.ts";
import { makeLogFolder, removeLogFolder, ServerLog } from "../processes/child-log.ts";
import {
  type Announcement,
  type Claim,
  type Claimed,
  type FromHost,
  hostLimits,
  subjects,
  type ToHost,
} from "./protocol.ts";
import { HostSession } from "./session.ts";

const debug = debugLog("hosts");

/** Node's own log of a run's agents on this host; no server can have the name. */
const logName = "_agents";

export interface HostOptions {
  /** A letter, then letters, digits, "_" and "-". */
  readonly name: string;
  /** What runs may do here, for people. */
  readonly limits: readonly string[];
  /** Says why a plan is refused here; null: it is not. */
  refuses(plan: Plan): string | null;
  /** Called with a line for people when a run begins and when it ends. */
  readonly onMessage: (message: string) => void;
}

/** A host that waits for runs, one at a time, until it is stopped. */
export interface Host {
  /** Ends a run that goes on, with its traffic, and answers nobody any more. */
  stop(): Promise<void>;
}

/**
 * Answers coordinators on a NATS server: says who is here, and runs the agents of a run that claims this host.
 *
 * @param connection stays open
 */
export function serveHost(connection: NatsConnection, options: HostOptions): Host {
  const { name, limits, onMessage } = options;
  const instance = randomUUID();
  const hello = ownHello();
  let purpose: string | null = null;
  let current: { readonly session: HostSession; end(): void } | null = null;

  async function announcement(): Promise<Announcement> {
    const [facts, { io }] = await Promise.all([readHost(), chooseIo("auto")]);
    const addresses = ownAddresses();
    return { name, instance, hello, facts, addresses, io, busyWith: purpose, limits };
  }

  async function claimed(claim: Claim): Promise<Claimed> {
    const refusal = refusalOf(`the agent of host ${name}`, hello, claim.hello);
    if (refusal !== null) return { type: "refused", reason: refusal };
    if (purpose !== null) {
      const reason = `host ${name} runs ${purpose} now; wait until it has ended, or leave the host out`;
      return { type: "refused", reason };
    }
    // From here on nobody else gets it.
    purpose = claim.purpose;
    try {
      const [facts, listening, chosen] = await Promise.all([
        readHost(),
        readListening(),
        chooseIo(claim.io),
      ]);
      begin(claim);
      return {
        type: "claimed",
        ...chosen,
        facts,
        listening,
        addresses: ownAddresses(),
        leased: [...readLeased()].map((ranges) =>
          rangeTexts(ranges).map(([from, to]) => `${from}-${to}`),
        ),
      };
    } catch (error) {
      purpose = null;
      if (!(error instanceof UserError)) throw error;
      return { type: "refused", reason: `host ${name}: ${error.message}` };
    }
  }

  function begin({ run, purpose: what }: Claim): void {
    const channel = natsChannel<FromHost, ToHost>(
      connection,
      { send: subjects.up(run, name), receive: subjects.down(run, name) },
      hostLimits,
    );
    const leases = new Leases();
    const folder = makeLogFolder(null);
    const log = new ServerLog(folder, logName);
    const running = new HostSession(channel, {
      name,
      startAgent: ({ index }, receive) => new LocalAgent(index, log, receive),
      refuses: (plan) => options.refuses(plan),
      accepted: (plan) => announceSources(planOnHost(plan, name), leases),
    });
    current = { session: running, end: () => channel.end() };
    onMessage(`runs ${what}`);
    void running.ended.then((why) => {
      void leases.release();
      current = null;
      purpose = null;
      log.removeIfEmpty();
      const isKept = !removeLogFolder(folder, false);
      const logs = isKept ? `; what the agents printed is in ${folder}` : "";
      onMessage(`is idle: ${why}${logs}`);
    });
  }

  const answers = [
    connection.subscribe(subjects.discover, {
      callback: (error, message) => {
        if (error !== null) return;
        void announcement().then((all) => message.respond(encodeMessage(all)));
      },
    }),
    connection.subscribe(subjects.claim(name), {
      callback: (error, message) => {
        if (error !== null) return;
        const claim = decoded(message.data);
        if (claim === null || claim.instance !== instance) return;
        debug("claimed for %s", claim.purpose);
        void claimed(claim).then((answer) => message.respond(encodeMessage(answer)));
      },
    }),
  ];
  return {
    async stop() {
      for (const answer of answers) answer.unsubscribe();
      const last = current;
      if (last === null) return;
      await last.session.killAll();
      last.end();
      await last.session.ended;
    },
  };
}

/** Other runs on this machine keep their own sources off those of a run over hosts. */
function announceSources({ workloads }: Plan, leases: Leases): void {
  const all = workloads.map(({ space }) =>
    parseRanges(space.sources.map(([from, to]) => `${from}-${to}`)),
  );
  // It never rejects.
  for (const ranges of all) void leases.announce(ranges);
}

function decoded(bytes: Uint8Array): Claim | null {
  try {
    return decodeMessage(bytes) as Claim;
  } catch {
    return null;
  }
}

/** Addresses of this machine's interfaces, without loopback and those of one link, with the lengths of their prefixes. */
function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, scopeid = 0 }) => !internal && scopeid === 0)
    .flatMap(({ cidr }) => cidr ?? []);
}
