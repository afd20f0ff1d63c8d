import type { AgentProcess, StartAgent } from "../agent/agent-process.ts";
import { withTimesOf } from "../agent/message-times.ts";
import { monotonicNs } from "../base/clock.ts";
import { debugLog } from "../base/debug.ts";
import type { Channel } from "../channel/channel.ts";
import type { AgentPlan, Plan } from "../plan/plan-types.ts";
import type { FromHost, ToHost } from "./protocol.ts";

const debug = debugLog("hosts");

/** How long an agent that has nothing left to do may take to exit. */
const endTimeoutMs = 5_000;

export interface SessionOptions {
  readonly name: string;
  readonly startAgent: StartAgent;
  /** Says why a plan is refused here, as the host's own limits say; null: it is not. */
  refuses(plan: Plan): string | null;
  /** Called with a plan that is not refused, before anything of it is started. */
  accepted(plan: Plan): void;
}

/** A host's part in one run, from the claim until its coordinator ends it or is gone. */
export class HostSession {
  /** Resolves once no agent is left, with why the session ended; never rejects. */
  readonly ended: Promise<string>;
  readonly #channel: Channel<FromHost, ToHost>;
  readonly #options: SessionOptions;
  readonly #agents = new Map<number, AgentProcess>();
  #plan: Plan | null = null;
  #offsetNs = 0;

  constructor(channel: Channel<FromHost, ToHost>, options: SessionOptions) {
    this.#channel = channel;
    this.#options = options;
    channel.onMessage((message) => this.#receive(message));
    this.ended = channel.closed.then(async (why) => {
      debug("session ended: %s", why);
      await this.killAll();
      return why;
    });
  }

  /** Ends all traffic at once. */
  async killAll(): Promise<void> {
    for (const agent of this.#agents.values()) agent.kill();
    await Promise.all([...this.#agents.values()].map(({ exited }) => exited));
  }

  #receive(message: ToHost): void {
    switch (message.type) {
      case "clock":
        this.#channel.send({ type: "clock", sentNs: message.sentNs, atNs: monotonicNs() });
        break;
      case "plan":
        this.#accept(message.plan, message.offsetNs);
        break;
      case "open":
        this.#open(message.agent);
        break;
      case "toAgent":
        this.#pass(message);
        break;
      case "begin":
        if (this.#plan !== null) {
          const { agent } = message;
          this.#agents.get(agent)?.send({ type: "start", plan: this.#plan, agent });
        }
        break;
      case "kill":
        this.#agents.get(message.agent)?.kill();
    }
  }

  #accept(plan: Plan, offsetNs: number): void {
    // Agents that have begun would go on with another plan than the one that is looked at.
    if (this.#plan !== null) return;
    const refusal = this.#options.refuses(plan);
    if (refusal !== null) {
      this.#channel.send({ type: "refused", reason: refusal });
      return;
    }
    this.#options.accepted(plan);
    this.#plan = plan;
    this.#offsetNs = offsetNs;
    this.#channel.send({ type: "accepted" });
  }

  #open(index: number): void {
    const plan = this.#plan?.agents.find((one): one is AgentPlan => one.index === index);
    if (plan === undefined || plan.host !== this.#options.name || this.#agents.has(index)) return;
    const agent = this.#options.startAgent(plan, (message) => {
      this.#channel.send({
        type: "fromAgent",
        agent: index,
        message: withTimesOf(message, -this.#offsetNs),
      });
    });
    this.#agents.set(index, agent);
    void agent.exited.then((exit) => {
      this.#agents.delete(index);
      this.#channel.send({ type: "exited", agent: index, exit });
    });
  }

  #pass({ agent: index, message }: Extract<ToHost, { readonly type: "toAgent" }>): void {
    // Types end at the network: with a start would come a plan that nobody has looked at.
    if (message.type !== "schedule" && message.type !== "end") return;
    const agent = this.#agents.get(index);
    agent?.send(withTimesOf(message, this.#offsetNs));
    if (message.type === "end") void agent?.finish(endTimeoutMs);
  }
}
