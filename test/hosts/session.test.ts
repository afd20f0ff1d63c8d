import { describe, expect, it } from "vitest";
import type { AgentExit, AgentProcess } from "../../src/agent/agent-process.ts";
import type { FromAgent, ToAgent } from "../../src/agent/protocol.ts";
import type { Channel } from "../../src/channel/channel.ts";
import type { FromHost, ToHost } from "../../src/hosts/protocol.ts";
import { HostSession } from "../../src/hosts/session.ts";
import type { Plan } from "../../src/plan/plan-types.ts";

/** A session with agents that do nothing but what the test says. */
function session(refuses: string | null = null) {
  const sent: FromHost[] = [];
  let receive: (message: ToHost) => void = () => {};
  let close: (why: string) => void = () => {};
  const channel: Channel<FromHost, ToHost> = {
    send: (message) => sent.push(message),
    onMessage: (set) => {
      receive = set;
    },
    closed: new Promise((resolve) => {
      close = resolve;
    }),
  };
  const agents: {
    got: ToAgent[];
    says: (message: FromAgent) => void;
    ends: () => void;
    killed: boolean;
  }[] = [];
  const startAgent = (_: unknown, says: (message: FromAgent) => void): AgentProcess => {
    let end: (exit: AgentExit) => void = () => {};
    const exit = { exit: { code: 0, signal: null }, words: "", reason: "agent 0 exited" };
    const agent = { got: [] as ToAgent[], says, ends: () => end(exit), killed: false };
    agents.push(agent);
    return {
      pid: 1,
      exited: new Promise((resolve) => {
        end = resolve;
      }),
      send: (message) => agent.got.push(message),
      kill: () => {
        agent.killed = true;
        agent.ends();
      },
      finish: async () => {},
    };
  };
  const host = new HostSession(channel, {
    name: "a",
    startAgent,
    refuses: () => refuses,
    accepted: () => {},
  });
  return {
    host,
    sent,
    agents,
    to: (message: ToHost) => receive(message),
    close: (why: string) => close(why),
  };
}

const plan = {
  agents: [
    { index: 0, host: "b", workers: [0], openFiles: 1 },
    { index: 1, host: "a", workers: [1], openFiles: 1 },
  ],
} as unknown as Plan;

describe("a host's part in a run", () => {
  it("answers with its time, starts its own agents, and gives them the plan and times of its clock", () => {
    const { sent, agents, to } = session();
    to({ type: "clock", sentNs: 5 });
    expect(sent[0]).toMatchObject({ type: "clock", sentNs: 5 });
    to({ type: "plan", plan, offsetNs: 100 });
    to({ type: "open", agent: 1 });
    to({ type: "open", agent: 1 });
    // Of another host, and of none.
    to({ type: "open", agent: 0 });
    to({ type: "open", agent: 7 });
    expect(agents).toHaveLength(1);
    to({ type: "begin", agent: 1 });
    to({ type: "toAgent", agent: 1, message: { type: "schedule", workload: 0, openAtNs: 50 } });
    expect(agents[0]?.got).toEqual([
      { type: "start", plan, agent: 1 },
      { type: "schedule", workload: 0, openAtNs: 150 },
    ]);
    agents[0]?.says({
      type: "finished",
      worker: 1,
      workload: 0,
      steadyNs: 160,
      endNs: 170,
      beganLateNs: 1,
    });
    expect(sent.slice(1)).toEqual([
      { type: "accepted" },
      {
        type: "fromAgent",
        agent: 1,
        message: {
          type: "finished",
          worker: 1,
          workload: 0,
          steadyNs: 60,
          endNs: 70,
          beganLateNs: 1,
        },
      },
    ]);
  });

  it("starts nothing where its own limits refuse the plan, or before it has one", () => {
    const { sent, agents, to } = session("too many connections");
    to({ type: "open", agent: 1 });
    to({ type: "plan", plan, offsetNs: 0 });
    to({ type: "open", agent: 1 });
    expect(agents).toEqual([]);
    expect(sent).toEqual([{ type: "refused", reason: "too many connections" }]);
  });

  it("gives agents no plan but the one that was looked at", () => {
    const { sent, agents, to } = session();
    to({ type: "plan", plan, offsetNs: 0 });
    to({ type: "open", agent: 1 });
    const other = { ...plan, io: "node" } as Plan;
    for (const message of [{ type: "start", plan: other, agent: 1 }, { type: "hello" }]) {
      to({ type: "toAgent", agent: 1, message: message as never });
    }
    to({ type: "plan", plan: other, offsetNs: 0 });
    to({ type: "begin", agent: 1 });
    expect(agents[0]?.got).toEqual([{ type: "start", plan, agent: 1 }]);
    expect(sent).toEqual([{ type: "accepted" }]);
  });

  it("says how an agent ended", async () => {
    const { sent, agents, to } = session();
    to({ type: "plan", plan, offsetNs: 0 });
    to({ type: "open", agent: 1 });
    agents[0]?.ends();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent.at(-1)).toMatchObject({
      type: "exited",
      agent: 1,
      exit: { reason: "agent 0 exited" },
    });
  });

  it("kills its agents when the coordinator is gone", async () => {
    const { host, agents, to, close } = session();
    to({ type: "plan", plan, offsetNs: 0 });
    to({ type: "open", agent: 1 });
    close("the other end was silent for 1.5 s");
    expect(await host.ended).toBe("the other end was silent for 1.5 s");
    expect(agents[0]?.killed).toBe(true);
  });
});
