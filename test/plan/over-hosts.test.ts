import { describe, expect, it } from "vitest";
import { emptyFlow } from "../../src/address/flow.ts";
import { createFlowSpace, createPartSpace } from "../../src/address/flow-space.ts";
import { wantedOn } from "../../src/hosts/wanted.ts";
import type { PlanHost } from "../../src/plan/over-hosts.ts";
import { planRun } from "../../src/plan/plan.ts";
import { planOnHost, planToSend } from "../../src/plan/plan-on-host.ts";
import type { Plan } from "../../src/plan/plan-types.ts";
import type { Workload } from "../../src/scenario/scenario.ts";
import { machine, server } from "../support/scenario-parts.ts";
import { scenario } from "./samples.ts";

const target = { address: "10.0.0.1", port: 7000 };

function host(name: string, changes: Partial<PlanHost> = {}): PlanHost {
  return {
    name,
    addresses: [`10.0.0.${name.charCodeAt(0) - 95}/24`],
    sources: [],
    machine: machine(),
    io: "uring",
    avoid: [],
    ...changes,
  };
}

function plan(
  workloads: readonly Partial<Workload>[],
  hosts: readonly PlanHost[] = [host("a"), host("b"), host("c")],
  workers: number | null = 2,
): Plan {
  const to = { server: null, endpoints: [target], sources: [] };
  return planRun(scenario(workloads.map((workload) => ({ ...to, ...workload }))), machine(), {
    io: "node",
    workers,
    hosts,
  });
}

/** The 4-tuples of a workload, as each worker finds its own. */
function tuples({ workloads, agents }: Plan, index = 0) {
  const { portions, space } = workloads[index] as Plan["workloads"][number];
  return portions.flatMap(({ worker, firstConnection, connections, part }) => {
    const own = createPartSpace(space.parts?.[part?.index ?? -1] as never);
    return Array.from({ length: connections }, (_, i) => {
      const flow = emptyFlow();
      own.at(firstConnection + i, flow);
      const { host } = agents.find(({ workers }) => workers.includes(worker)) ?? {};
      return { k: firstConnection + i, host, from: `${flow.sourceAddress}:${flow.sourcePort}` };
    });
  });
}

describe("a plan over hosts", () => {
  it("is sent to each host without the others, and gives its workers the same tuples", () => {
    const over = plan([{ connections: 20 }, { connections: 6, hosts: ["b"] }]);
    const sent = ["a", "b", "c"].map((name) => planToSend(over, name));
    for (const index of [0, 1]) {
      const own = sent.flatMap((one) => tuples(one, index));
      expect(own.map(({ k, from }) => [k, from])).toEqual(
        tuples(over, index).map(({ k, from }) => [k, from]),
      );
    }
    expect(wantedOn(sent[1] as Plan, "b")).toEqual(wantedOn(over, "b"));
    expect(planOnHost(sent[1] as Plan, "b")).toMatchObject({
      workers: 2,
      totals: over.hosts[1]?.totals,
    });
    expect(JSON.stringify(sent[0]).includes("10.0.0.3")).toBe(false);
  });

  it("gives every worker an even part, with addresses of its own host", () => {
    const over = plan([{ connections: 20 }]);
    expect(over.workers).toBe(6);
    expect(over.agents.map(({ index, host, workers }) => [index, host, workers])).toEqual([
      [0, "a", [0, 1]],
      [1, "b", [2, 3]],
      [2, "c", [4, 5]],
    ]);
    expect(over.workloads[0]?.portions.map(({ connections }) => connections)).toEqual([
      4, 4, 3, 3, 3, 3,
    ]);
    const all = tuples(over);
    expect(all.map(({ k }) => k)).toEqual(Array.from({ length: 20 }, (_, k) => k));
    expect(new Set(all.map(({ from }) => from)).size).toBe(20);
    expect(
      all.every(({ host, from }) =>
        from.startsWith({ a: "10.0.0.2:", b: "10.0.0.3:", c: "10.0.0.4:" }[host ?? ""] ?? "?"),
      ),
    ).toBe(true);
    const whole = createFlowSpace(over.workloads[0]?.space as never);
    const flow = emptyFlow();
    for (const { k, from } of all) {
      whole.at(k, flow);
      expect(`${flow.sourceAddress}:${flow.sourcePort}`).toBe(from);
    }
    expect(over.totals.connections).toBe(20);
  });

  it("gives a host with more CPUs more of the clients", () => {
    const large = { ...machine(), cpus: 6 };
    const small = { ...machine(), cpus: 2 };
    const over = plan(
      [{ connections: 80 }],
      [host("a", { machine: large }), host("b", { machine: small })],
      null,
    );
    expect(over.agents.map(({ workers }) => workers.length)).toEqual([6, 2]);
    expect(over.workloads[0]?.space.parts?.map(({ tuples }) => tuples)).toEqual([60, 20]);
  });

  it("keeps a workload on the hosts that it names", () => {
    const over = plan([{ connections: 4, hosts: ["b"] }, { connections: 9 }]);
    expect(new Set(tuples(over, 0).map(({ host }) => host))).toEqual(new Set(["b"]));
    expect(new Set(tuples(over, 1).map(({ host }) => host)).size).toBe(3);
    const used = plan([{ connections: 4, hosts: ["b"] }]);
    expect(used.hosts.map(({ name }) => name)).toEqual(["b"]);
  });

  it("gives a new connection of churn a tuple of its own host, one after the other", () => {
    const over = plan([{ pattern: "churn", connections: 6, ports: [[5000, 5099]] }]);
    const { space, portions } = over.workloads[0] as Plan["workloads"][number];
    expect(space.parts?.map(({ first, tuples }) => [first, tuples])).toEqual([
      [0, 100],
      [100, 100],
      [200, 100],
    ]);
    expect(portions.map(({ part }) => part)).toEqual(
      [0, 0, 1, 1, 2, 2].map((index, place) => ({ index, portion: place % 2, ofPortions: 2 })),
    );
  });

  it("gives each host a block of loopback addresses where the target is its own", () => {
    const local = { endpoints: [{ address: "127.0.0.1", port: 7000 }] };
    const over = plan([{ connections: 9, ...local }]);
    const firsts = over.workloads[0]?.space.parts?.map(({ spec }) => spec.sources[0]?.[0]);
    expect(new Set(firsts).size).toBe(3);
    expect(firsts?.every((first) => first?.startsWith("127."))).toBe(true);
    const named = plan([{ connections: 9, ...local, sources: ["127.9.0.1-127.9.0.9"] }]);
    expect(named.workloads[0]?.space.parts?.map(({ spec }) => spec.sources)).toEqual([
      [["127.9.0.1", "127.9.0.3"]],
      [["127.9.0.4", "127.9.0.6"]],
      [["127.9.0.7", "127.9.0.9"]],
    ]);
  });

  it("takes more agents on a host whose processes may have few files", () => {
    const few = { ...machine(), openFilesLimit: 1_000 };
    const over = plan(
      [{ connections: 4_000 }],
      [host("a", { machine: few, io: "node" }), host("b", { io: "node" })],
      1,
    );
    const agents = over.agents.filter(({ host }) => host === "a");
    expect(agents.length).toBeGreaterThan(2);
    expect(agents.every(({ openFiles }) => openFiles <= 1_000)).toBe(true);
    expect(tuples(over)).toHaveLength(4_000);
  });

  it.each([
    [
      "sources that a host has not",
      [{ connections: 3, sources: ["10.0.0.2"] }],
      undefined,
      "host b has none of its sources 10.0.0.2 (it has 10.0.0.3/24)",
    ],
    [
      "a host with no address of the family",
      [{ connections: 3 }],
      [host("a", { addresses: [] })],
      "host a has no IPv4 address to connect from (it has loopback addresses only)",
    ],
    [
      "too few addresses",
      [{ connections: 3, endpoints: [{ address: "127.0.0.1", port: 1 }], sources: ["127.0.0.2"] }],
      undefined,
      "its sources are 1 address and its clients are on 3 hosts",
    ],
  ])("refuses %s", (_, workloads, hosts, message) => {
    expect(() => plan(workloads, hosts)).toThrow(message);
  });

  it("refuses a server that only this machine reaches", () => {
    const own = scenario([{ connections: 2, sources: [] }], [server()]);
    const options = { io: "node" as const, workers: 1, hosts: [host("a")] };
    expect(() => planRun(own, machine(), options)).toThrow(
      /server echo is on the coordinator's machine and listens on 127\.\S+, where clients on other hosts do not reach it/,
    );
  });
});
