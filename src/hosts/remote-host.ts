import type { AgentExit, AgentProcess } from "../agent/agent-process.ts";
import type { FromAgent, ToAgent } from "../agent/protocol.ts";
import { monotonicNs } from "../base/clock.ts";
import { UserError } from "../base/errors.ts";
import type { NatsChannel } from "../channel/nats-channel.ts";
import type { AgentPlan, Plan } from "../plan/plan-types.ts";
import { type ClockEstimate, ClockOffset } from "./clock-offset.ts";
import type { Claimed, FromHost, ToHost } from "./protocol.ts";

/** Questions before and after the run, one after the other, fewer where answers take long; and how often one is asked meanwhile. */
const probes = 40;
const fewestProbes = 8;
const probingNs = 1e9;
const probeEveryMs = 1_000;

/** A host as the coordinator of a run holds it. */
export class RemoteHost {
  readonly name: string;
  readonly claimed: Extract<Claimed, { readonly type: "claimed" }>;
  readonly #channel: NatsChannel<ToHost, FromHost>;
  readonly #agents = new Map<number, RemoteAgent>();
  readonly #clock = new ClockOffset();
  #probes: NodeJS.Timeout | null = null;
  #onClock: () => void = () => {};
  #onPlan: (refusal: string | null) => void = () => {};
  /** Why it is gone; null: it is not, or the run has ended. */
  #lost: string | null = null;
  #isEnding = false;
  readonly #gone: Promise<void>;

  constructor(
    name: string,
    claimed: Extract<Claimed, { readonly type: "claimed" }>,
    channel: NatsChannel<ToHost, FromHost>,
  ) {
    this.name = name;
    this.claimed = claimed;
    this.#channel = channel;
    channel.onMessage((message) => this.#receive(message));
    this.#gone = channel.closed.then((why) => this.#closed(why));
  }

  get clock(): ClockEstimate | null {
    return this.#clock.estimate;
  }

  get lost(): string | null {
    return this.#lost;
  }

  /**
   * Finds how far its clock is from ours, and gives it the plan.
   *
   * @throws (rejects with) UserError where its own limits refuse the plan, or it is gone
   */
  async begin(plan: Plan): Promise<void> {
    await this.#probe();
    this.#clock.begin();
    const { estimate } = this.#clock;
    if (estimate === null || this.#lost !== null) throw this.#goneError();
    const answered = new Promise<string | null>((resolve) => {
      this.#onPlan = resolve;
    });
    this.#channel.send({ type: "plan", plan, offsetNs: estimate.offsetNs });
    await Promise.race([answered, this.#gone]);
    if (this.#lost !== null) throw this.#goneError();
    const refusal = await answered;
    if (refusal !== null) throw new UserError(`host ${this.name} refuses this run: ${refusal}`);
    this.#probes = setInterval(() => this.#ask(), probeEveryMs);
  }

  /** Starts an agent of the plan; see StartAgent. */
  start(plan: AgentPlan, onMessage: (message: FromAgent) => void): AgentProcess {
    const agent = new RemoteAgent(plan.index, (message) => this.#channel.send(message), onMessage);
    this.#agents.set(plan.index, agent);
    if (this.#lost === null) this.#channel.send({ type: "open", agent: plan.index });
    else agent.gone(this.#lost);
    return agent;
  }

  /** Finds once more how far its clock is from ours: how wrong the times of the run are. */
  async measureClock(): Promise<void> {
    if (this.#probes !== null) clearInterval(this.#probes);
    this.#probes = null;
    this.#clock.end();
    if (this.#lost === null) await this.#probe();
  }

  /** Lets it go: what it still runs is ended there. Resolves once it knows, or is gone. */
  async close(): Promise<void> {
    this.#isEnding = true;
    if (this.#probes !== null) clearInterval(this.#probes);
    this.#channel.end();
    await this.#gone;
  }

  #receive(message: FromHost): void {
    switch (message.type) {
      case "clock":
        this.#clock.add(message.sentNs, message.atNs, monotonicNs());
        this.#onClock();
        break;
      case "accepted":
        this.#onPlan(null);
        break;
      case "refused":
        this.#onPlan(message.reason);
        break;
      case "fromAgent":
        this.#agents.get(message.agent)?.receive(message.message);
        break;
      case "exited":
        this.#agents.get(message.agent)?.ended({
          ...message.exit,
          reason: `${message.exit.reason} (on host ${this.name})`,
        });
    }
  }

  #closed(why: string): void {
    if (this.#probes !== null) clearInterval(this.#probes);
    if (!this.#isEnding) this.#lost = why;
    this.#onClock();
    for (const agent of this.#agents.values()) agent.gone(`host ${this.name} is gone: ${why}`);
  }

  async #probe(): Promise<void> {
    const endNs = monotonicNs() + probingNs;
    for (let n = 0; n < probes && this.#lost === null; n++) {
      if (n >= fewestProbes && monotonicNs() > endNs) return;
      const answered = new Promise<void>((resolve) => {
        this.#onClock = resolve;
      });
      this.#ask();
      await answered;
    }
  }

  #ask(): void {
    this.#channel.send({ type: "clock", sentNs: monotonicNs() });
  }

  #goneError(): UserError {
    return new UserError(
      `host ${this.name} is gone: ${this.#lost}; look at its slash8 agent, and at the NATS server between them`,
    );
  }
}

/** An agent on another host. It is not watched here: its host does, and is watched itself. */
class RemoteAgent implements AgentProcess {
  readonly pid = null;
  readonly exited: Promise<AgentExit>;
  readonly #index: number;
  readonly #send: (message: ToHost) => void;
  readonly #onMessage: (message: FromAgent) => void;
  #resolve: (exit: AgentExit) => void = () => {};

  constructor(
    index: number,
    send: (message: ToHost) => void,
    onMessage: (message: FromAgent) => void,
  ) {
    this.#index = index;
    this.#send = send;
    this.#onMessage = onMessage;
    this.exited = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  receive(message: FromAgent): void {
    this.#onMessage(message);
  }

  ended(exit: AgentExit): void {
    this.#resolve(exit);
  }

  /** Its host is gone. */
  gone(why: string): void {
    this.#resolve({ exit: null, words: "", reason: `agent ${this.#index}: ${why}` });
  }

  send(message: ToAgent): void {
    // Its host has the plan, which is large.
    if (message.type === "start") this.#send({ type: "begin", agent: this.#index });
    else this.#send({ type: "toAgent", agent: this.#index, message });
  }

  kill(): void {
    this.#send({ type: "kill", agent: this.#index });
  }

  async finish(withinMs: number): Promise<void> {
    const timer = setTimeout(() => this.kill(), withinMs);
    await this.exited;
    clearTimeout(timer);
  }
}
