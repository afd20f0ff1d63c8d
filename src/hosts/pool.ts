import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { createInbox, type NatsConnection } from "@nats-io/transport-node";
import { parseRanges } from "../address/ranges.ts";
import type { AgentProcess, StartAgent } from "../agent/agent-process.ts";
import { ownHello, refusalOf } from "../agent/hello.ts";
import { CapacityError } from "../base/errors.ts";
import type { IoChoice } from "../base/io-kind.ts";
import { printableData } from "../base/printable.ts";
import { decodeMessage, encodeMessage } from "../channel/encoding.ts";
import { natsChannel } from "../channel/nats-channel.ts";
import type { HostFacts } from "../machine/host-facts.ts";
import { machineOf } from "../machine/machine.ts";
import type { PlanHost } from "../plan/over-hosts.ts";
import { planToSend } from "../plan/plan-on-host.ts";
import type { Plan } from "../plan/plan-types.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { namePattern } from "../scenario/schema/values.ts";
import {
  type Announcement,
  type Claim,
  type Claimed,
  coordinatorLimits,
  type FromHost,
  subjects,
  type ToHost,
} from "./protocol.ts";
import { RemoteHost } from "./remote-host.ts";

/** How long hosts may take to say that they are there, those that a run names, which may be busy, and to answer a claim. */
const discoverMs = 1_000;
const discoverNamedMs = 5_000;
const claimMs = 10_000;

/** A host of a run, as far as its preflight needs to know it. */
export interface HostToPlan extends PlanHost {
  readonly facts: HostFacts;
  /** Why the fast io cannot be used; null where it can. */
  readonly obstacle: string | null;
}

/** Returns who is there, by name; waits until `enough` says so, or for a time. */
export async function discoverHosts(
  connection: NatsConnection,
  enough: (found: readonly Announcement[]) => boolean = () => false,
  withinMs = discoverMs,
): Promise<readonly Announcement[]> {
  const found: Announcement[] = [];
  const inbox = createInbox();
  await new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      answers.unsubscribe();
      resolve();
    };
    const timer = setTimeout(end, withinMs);
    const answers = connection.subscribe(inbox, {
      callback: (error, message) => {
        // Nobody is subscribed: the server says so at once.
        if (error !== null || message.data.length === 0) return;
        const announcement = announced(message.data);
        if (announcement !== null) found.push(announcement);
        if (enough(found)) end();
      },
    });
    connection.publish(subjects.discover, undefined, { reply: inbox });
  });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Null where it is none: whoever has a key of the NATS server can answer. Its texts can be printed. */
function announced(bytes: Uint8Array): Announcement | null {
  try {
    const given = printableData(decodeMessage(bytes)) as Partial<Announcement> | null;
    const { name, hello, facts, addresses, limits } = given ?? {};
    const isOne =
      typeof name === "string" &&
      namePattern.test(name) &&
      [hello, facts].every((part) => typeof part === "object" && part !== null) &&
      Array.isArray(addresses) &&
      Array.isArray(limits);
    return isOne ? (given as Announcement) : null;
  } catch {
    return null;
  }
}

/** The hosts of one run, from the claim until they are let go. */
export class ClaimedHosts {
  #hosts: readonly RemoteHost[];
  readonly #scenario: Scenario;

  private constructor(scenario: Scenario, hosts: readonly RemoteHost[]) {
    this.#scenario = scenario;
    this.#hosts = hosts;
  }

  /** From `begin` on those that have clients. */
  get hosts(): readonly RemoteHost[] {
    return this.#hosts;
  }

  /**
   * Claims the hosts that a scenario names, or all that are there.
   *
   * @throws (rejects with) UserError that names each host that is not there, is busy, of another version, or refuses; none
   *         stays claimed
   */
  static async claim(
    connection: NatsConnection,
    scenario: Scenario,
    io: IoChoice,
  ): Promise<ClaimedHosts> {
    const names = scenario.hosts.map(({ name }) => name);
    const found = await discoverHosts(
      connection,
      (so) => names.length > 0 && names.every((name) => so.some((one) => one.name === name)),
      names.length > 0 ? discoverNamedMs : discoverMs,
    );
    const wanted = names.length === 0 ? [...new Set(found.map(({ name }) => name))] : names;
    const problems = missing(wanted, found);
    if (problems.length > 0) throw new CapacityError(problems.join("\n"));
    const run = randomUUID();
    const answers = await Promise.all(
      wanted.map(async (name) => {
        const { instance } = found.find((one) => one.name === name) as Announcement;
        return await claimOne(connection, name, { instance, run, io, scenario: scenario.name });
      }),
    );
    const hosts = answers.filter((answer) => answer instanceof RemoteHost);
    const refusals = answers.filter((answer) => typeof answer === "string");
    if (refusals.length > 0) {
      await Promise.all(hosts.map((host) => host.close()));
      throw new CapacityError(refusals.join("\n"));
    }
    return new ClaimedHosts(scenario, hosts);
  }

  /** What the planner and the preflight need. */
  get toPlan(): readonly HostToPlan[] {
    return this.hosts.map(({ name, claimed }) => {
      const { facts, listening, addresses, io, obstacle, leased } = claimed;
      const own = this.#scenario.hosts.find((host) => host.name === name);
      return {
        name,
        addresses,
        sources: own?.sources ?? [],
        machine: machineOf(facts, listening),
        io,
        obstacle,
        avoid: leased.map((ranges) => parseRanges(ranges)),
        facts,
      };
    });
  }

  /**
   * Gives each host its plan, and finds how far its clock is from ours; lets those go that have no clients in it, as there
   * are fewer connections than hosts, or the workloads name others.
   *
   * @throws (rejects with) UserError where one refuses, or is gone
   */
  async begin(plan: Plan): Promise<void> {
    const isUsed = ({ name }: RemoteHost) => plan.hosts.some((host) => host.name === name);
    const unused = this.#hosts.filter((host) => !isUsed(host));
    this.#hosts = this.#hosts.filter(isUsed);
    await Promise.all([
      ...unused.map((host) => host.close()),
      ...this.#hosts.map((host) => host.begin(planOf(planToSend(plan, host.name), host))),
    ]);
  }

  readonly startAgent: StartAgent = (agent, onMessage): AgentProcess => {
    const host = this.hosts.find(({ name }) => name === agent.host);
    if (host === undefined) throw new Error(`assertion failed: agent ${agent.index} has a host`);
    return host.start(agent, onMessage);
  };

  /** Finds once more how far the clocks are from ours, as the run has ended. */
  async measureClocks(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.measureClock()));
  }

  /** Lets the hosts go: what still runs there is ended. Never rejects. */
  async close(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.close()));
  }
}

/** What a host is sent: its own part, its own io, and of the servers nothing but what their clients need. */
function planOf(plan: Plan, { name }: RemoteHost): Plan {
  const io = plan.hosts.find((host) => host.name === name)?.io ?? plan.io;
  return {
    ...plan,
    io,
    servers: plan.servers.map((server) => ({
      ...server,
      tls: server.tls === null ? null : { ...server.tls, key: "", ticketKeys: "" },
    })),
    scenario: {
      ...plan.scenario,
      servers: plan.scenario.servers.map((server) => ({ ...server, command: null })),
      at: [],
    },
  };
}

function missing(wanted: readonly string[], found: readonly Announcement[]): readonly string[] {
  if (wanted.length === 0) {
    return [
      "no host is there: start slash8 agent --nats with the same server on each of them, then slash8 hosts --nats shows them",
    ];
  }
  const ours = ownHello();
  return wanted.flatMap((name) => {
    const own = found.filter((one) => one.name === name);
    const [one] = own;
    if (one === undefined) {
      const others = found.map((other) => other.name).join(", ");
      return [
        `host ${name} is not there (${others === "" ? "nobody is" : `there: ${others}`}); start slash8 agent --name ${name} on it`,
      ];
    }
    if (own.length > 1) {
      return [`${own.length} agents are called ${name}; give each a name of its own with --name`];
    }
    const refusal = refusalOf(`the agent of host ${name}`, one.hello, ours);
    return refusal === null ? [] : [refusal];
  });
}

/** Returns the host, or why it cannot be had. */
async function claimOne(
  connection: NatsConnection,
  name: string,
  wish: Pick<Claim, "instance" | "run" | "io"> & { readonly scenario: string },
): Promise<RemoteHost | string> {
  const { scenario, ...rest } = wish;
  const purpose = `${scenario} of ${userInfo().username}@${hostname()}`;
  const claim: Claim = { ...rest, hello: ownHello(), purpose };
  let answer: Claimed;
  try {
    const { data } = await connection.request(subjects.claim(name), encodeMessage(claim), {
      timeout: claimMs,
    });
    answer = decodeMessage(data) as Claimed;
  } catch (error) {
    return `host ${name} did not answer: ${(error as Error).message}; look at its slash8 agent`;
  }
  if (answer.type === "refused") return answer.reason;
  const channel = natsChannel<ToHost, FromHost>(
    connection,
    { send: subjects.down(wish.run, name), receive: subjects.up(wish.run, name) },
    coordinatorLimits,
  );
  return new RemoteHost(name, answer, channel);
}
