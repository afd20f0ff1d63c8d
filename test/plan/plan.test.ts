import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCursor } from "../../src/address/churn-cursor.ts";
import { emptyFlow } from "../../src/address/flow.ts";
import { createFlowSpace, type FlowSpaceSpec } from "../../src/address/flow-space.ts";
import { countPorts, intersectPorts, occupiedPorts } from "../../src/address/ports.ts";
import { parseRanges } from "../../src/address/ranges.ts";
import { RotationPorts } from "../../src/address/rotation-ports.ts";
import { UserError } from "../../src/base/errors.ts";
import { fewerWorkersNotice, planRun } from "../../src/plan/plan.ts";
import type { MachineFacts, Plan } from "../../src/plan/plan-types.ts";
import type { Scenario, Server, UdpMode, Workload } from "../../src/scenario/scenario.ts";
import { rounds } from "../support/fuzz.ts";
import { machine, server, tlsByDefault } from "../support/scenario-parts.ts";
import { scenario } from "./samples.ts";

const byNode = { io: "node", workers: null } as const;

function messageOf(input: Scenario, facts: MachineFacts = machine()): string {
  try {
    planRun(input, facts, byNode);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).status).toBe(2);
    return (error as UserError).message;
  }
  throw new Error("the plan was accepted");
}

/** The 4-tuples that a plan's workers hold, by protocol: connections, and for churn `turns` walks of each. */
function tuplesOf(plan: Plan, turns = 2): { udp: boolean; text: string }[] {
  const flow = emptyFlow();
  const tuples: { udp: boolean; text: string }[] = [];
  for (const planned of plan.workloads) {
    const { pattern, protocol, socket, connections } = plan.scenario.workloads[
      planned.index
    ] as Workload;
    const space = createFlowSpace(planned.space);
    const add = (k: number) => {
      space.at(k, flow);
      const text = `${flow.sourceAddress}:${flow.sourcePort} ${flow.destinationAddress}:${flow.destinationPort}`;
      tuples.push({ udp: protocol === "udp", text });
    };
    if (socket === "rotating") {
      for (const text of rotating(planned.space, connections, turns))
        tuples.push({ udp: true, text });
      continue;
    }
    for (const portion of planned.portions) {
      if (pattern !== "churn") {
        for (let i = 0; i < portion.connections; i++) add(portion.firstConnection + i);
        continue;
      }
      const cursor = createCursor(space.size, portion.portion, portion.ofPortions);
      expect(cursor.count).toBeGreaterThanOrEqual(portion.connections);
      const steps = Math.min(cursor.count, portion.connections * turns);
      for (let i = 0; i < steps; i++) add(cursor.next());
    }
  }
  return tuples;
}

/** What the flows of a rotating workload take, each port once. */
function rotating(spec: FlowSpaceSpec, connections: number, times: number): string[] {
  const flow = emptyFlow();
  const space = createFlowSpace(spec);
  const ports = new RotationPorts(spec, connections, 1);
  return Array.from({ length: connections }, (_, k) => {
    space.at(k, flow);
    const taken = new Set([flow.sourcePort]);
    for (let time = 0, port = flow.sourcePort; time < times; time++) {
      port = ports.next(k, port, time);
      taken.add(port);
    }
    const to = `${flow.destinationAddress}:${flow.destinationPort}`;
    return [...taken].map((port) => `${flow.sourceAddress}:${port} ${to}`);
  }).flat();
}

const anyWorkload: fc.Arbitrary<Partial<Workload>> = fc.record({
  protocol: fc.constantFrom("tcp", "tcp", "udp"),
  pattern: fc.constantFrom("request", "hold", "churn", "stream"),
  sources: fc.constantFrom<(readonly string[])[]>(
    ["127.16.0.0/28"],
    ["127.16.0.8-127.16.0.30"],
    ["127.16.0.1"],
    ["127.16.0.0/24", "!127.16.0.1"],
    [],
  ),
  ports: fc.option(
    fc
      .tuple(fc.integer({ min: 1024, max: 1060 }), fc.integer({ min: 1, max: 60 }))
      .map(([from, count]) => [[from, from + count - 1] as const]),
    { nil: null },
  ),
  connections: fc.integer({ min: 1, max: 300 }),
  connectionsPerSource: fc.option(fc.integer({ min: 1, max: 40 }), { nil: null }),
  socket: fc.constantFrom("connected", "unconnected", "rotating"),
  totalConnections: fc.option(fc.integer({ min: 1, max: 500 }), { nil: null }),
});

/** What the normaliser lets through: only exchanges over UDP are rotating. */
function sensible(workload: Partial<Workload>): Partial<Workload> {
  const { protocol, pattern, socket } = workload;
  const can = protocol === "udp" && pattern === "request";
  return socket === "rotating" && !can ? { ...workload, socket: "connected" } : workload;
}

const anyMachine = fc
  .record({
    platform: fc.constantFrom("linux", "darwin", "other"),
    cpus: fc.integer({ min: 1, max: 12 }),
    openFilesLimit: fc.integer({ min: 195, max: 1000 }),
    reserved: fc.array(
      fc.integer({ min: 1020, max: 1090 }).map((port) => [port, port + 2] as const),
      { maxLength: 3 },
    ),
    listening: fc.array(
      fc.record({
        address: fc.constantFrom("127.16.0.3", "127.0.0.1", "0.0.0.0", "::", "::1"),
        port: fc.integer({ min: 1024, max: 1100 }),
      }),
      { maxLength: 4 },
    ),
  })
  .map(({ reserved, listening, ...rest }) =>
    machine({ ...rest, reservedPorts: reserved, listening: { tcp: listening, udp: listening } }),
  );

const anyScenario = fc
  .tuple(
    fc.array(anyWorkload, { minLength: 1, maxLength: 5 }),
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 5 }),
  )
  .map(([workloads, destinations]) => {
    const listen = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ address: "127.0.0.1", port: 7000 + i }));
    return scenario(
      workloads
        .map(sensible)
        .map((one, index) => ({ ...one, endpoints: listen(destinations[index] ?? 1) })),
      [],
    );
  });

/** Plans, or gives null where the scenario does not fit. */
function tryPlan(input: Scenario, facts: MachineFacts): Plan | null {
  try {
    return planRun(input, facts, byNode);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

describe("a plan", () => {
  it("never gives a 4-tuple twice, over all workloads, agents and workers", () => {
    let planned = 0;
    fc.assert(
      fc.property(anyScenario, anyMachine, (input, facts) => {
        const plan = tryPlan(input, facts);
        if (plan === null) return;
        planned++;
        for (const udp of [false, true]) {
          const tuples = tuplesOf(plan).filter((tuple) => tuple.udp === udp);
          expect(new Set(tuples.map(({ text }) => text)).size).toBe(tuples.length);
        }
      }),
      { numRuns: rounds(150, 3000) },
    );
    expect(planned).toBeGreaterThan(30);
  });

  it("gives each socket a (source, port) pair of its own over UDP, and off Linux", () => {
    let planned = 0;
    fc.assert(
      fc.property(anyScenario, anyMachine, fc.boolean(), (input, facts, udp) => {
        const protocol = udp ? ("udp" as const) : ("tcp" as const);
        const workloads = input.workloads.map((one) => ({
          ...one,
          ...sensible({ ...one, protocol }),
        }));
        const platform = udp ? facts.platform : ("darwin" as const);
        const plan = tryPlan({ ...input, workloads }, { ...facts, platform });
        if (plan === null) return;
        planned++;
        const pairs = tuplesOf(plan, 50).map(({ text }) => text.split(" ")[0]);
        expect(new Set(pairs).size).toBe(pairs.length);
      }),
      { numRuns: rounds(150, 3000) },
    );
    expect(planned).toBeGreaterThan(30);
  });

  it("stays off ephemeral, reserved and listening ports, and counts addresses exactly", () => {
    fc.assert(
      fc.property(anyScenario, anyMachine, (input, facts) => {
        const plan = tryPlan(input, facts);
        if (plan === null) return;
        for (const planned of plan.workloads) {
          const { ports, pattern } = input.workloads[planned.index] as Workload;
          const single = { ...plan, workloads: [planned] };
          const sources = tuplesOf(single).map(({ text }) => text.split(" ")[0] ?? "");
          const avoided = ports === null ? [facts.ephemeralPorts, ...facts.reservedPorts] : [];
          const isTaken = (address: string, port: number) =>
            facts.listening.tcp.some(
              (bound) => bound.port === port && ["0.0.0.0", "::", address].includes(bound.address),
            );
          const wrong = sources.filter((source) => {
            const [address = "", port = Number.NaN] = [
              source.split(":")[0],
              Number(source.split(":")[1]),
            ];
            const isAvoided = avoided.some(([from, to]) => from <= port && port <= to);
            return isAvoided || isTaken(address, port);
          });
          expect(wrong).toEqual([]);
          // So nothing warns of them before a run.
          const { protocol } = input.workloads[planned.index] as Workload;
          const all = parseRanges(planned.space.sources.map(([from, to]) => `${from}-${to}`));
          const occupied = occupiedPorts(facts.listening[protocol], all);
          expect(intersectPorts(planned.space.ports, occupied)).toEqual([]);
          if (pattern === "churn") continue;
          expect(new Set(sources.map((source) => source.split(":")[0])).size).toBe(
            planned.addressesUsed,
          );
        }
      }),
    );
  });

  it("is stable, frozen and plain data", () => {
    const input = scenario([{}, { pattern: "churn" }]);
    const plan = planRun(input, machine(), byNode);
    expect(planRun(input, machine(), byNode)).toEqual(plan);
    expect(structuredClone(plan)).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    const unfrozen: unknown[] = [];
    const visit = (value: unknown) => {
      if (typeof value !== "object" || value === null) return;
      if (!Object.isFrozen(value)) unfrozen.push(value);
      Object.values(value).forEach(visit);
    };
    visit(plan);
    expect(unfrozen).toEqual([]);
  });
});

describe("one source address to one destination", () => {
  const oneSource = (changes: Partial<Workload>) =>
    scenario([{ sources: ["127.16.0.1"], ...changes }]);

  it("holds more than 36,000 connections on the default ports", () => {
    const plan = planRun(oneSource({ connections: 36_280 }), machine(), byNode);
    expect(plan.workloads[0]?.addressesUsed).toBe(1);
    expect(messageOf(oneSource({ connections: 36_281 }))).toBe(
      "test.yaml:10:3: workload w0: 36,281 connections do not fit: on 1 source address with " +
        "36,280 ports, 36,280 fit; 2 addresses would be enough",
    );
  });

  it("holds more than 57,000 with ports 1024-65535", () => {
    const plan = planRun(
      oneSource({ connections: 64_512, ports: [[1024, 65535]] }),
      machine(),
      byNode,
    );
    expect(new Set(tuplesOf(plan).map(({ text }) => text)).size).toBe(64_512);
  });

  it("uses its ports again for a second destination", () => {
    const listen = [7000, 7001].map((port) => ({ address: "127.0.0.1", port }));
    const two = scenario([{ sources: ["127.16.0.1"], connections: 70_000 }], [server({ listen })]);
    expect(new Set(tuplesOf(planRun(two, machine(), byNode)).map(({ text }) => text)).size).toBe(
      70_000,
    );
  });
});

describe("too little space", () => {
  it("names a number of addresses that then works, and is the smallest that does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5000 }),
        fc.integer({ min: 1, max: 20 }),
        fc.option(fc.integer({ min: 1, max: 60 })),
        fc.integer({ min: 1, max: 3 }),
        (connections, portCount, connectionsPerSource, destinations) => {
          const make = (addresses: number) =>
            scenario(
              [
                {
                  sources: [
                    `127.16.0.0-127.16.${addresses >> 8}.${addresses & 255}`,
                    "!127.16.0.0",
                  ],
                  ports: [[2000, 1999 + portCount]],
                  connections,
                  connectionsPerSource,
                },
              ],
              [
                server({
                  listen: Array.from({ length: destinations }, (_, i) => ({
                    address: "127.0.0.1",
                    port: 7000 + i,
                  })),
                }),
              ],
            );
          if (tryPlan(make(1), machine()) !== null) return;
          const match = /([\d,]+) address(?:es)? would be enough/.exec(messageOf(make(1)));
          const enough = Number(match?.[1]?.replaceAll(",", ""));
          expect(tryPlan(make(enough), machine())).not.toBeNull();
          expect(tryPlan(make(enough - 1), machine())).toBeNull();
        },
      ),
    );
  });

  it("says so for connectionsPerSource, with the number that would be enough", () => {
    const input = scenario([{ connections: 5000, connectionsPerSource: 10 }]);
    expect(messageOf(input)).toBe(
      "test.yaml:10:3: workload w0: 5,000 connections do not fit: on 256 source addresses with " +
        "connectionsPerSource 10, 2,560 fit; 500 addresses would be enough, or connectionsPerSource: 20",
    );
    expect(
      tryPlan(scenario([{ connections: 5000, connectionsPerSource: 20 }]), machine()),
    ).not.toBe(null);
  });

  it("reports every workload at once, each at its position", () => {
    const message = messageOf(
      scenario([
        { sources: ["127.16.0.1"], connections: 50_000 },
        {},
        { sources: ["::1"] },
        { sources: ["127.0.0.0/33"] },
        { ports: [[7000, 7000]], sources: ["127.0.0.1"] },
        { endpoints: [{ address: "10.0.0.9", port: 80 }], server: null, sources: [] },
      ]),
    );
    expect(message.split("\n")).toEqual([
      expect.stringMatching(/^test.yaml:10:3: workload w0: 50,000 connections do not fit: /),
      expect.stringMatching(
        /^test.yaml:30:3: workload w2: its sources are IPv6, but 127.0.0.1:7000/,
      ),
      "test.yaml:40:3: workload w3: 127.0.0.0/33: prefix length must be 0 to 32",
      "test.yaml:50:3: workload w4: no source port is left: something listens on every one of 7000",
      expect.stringMatching(
        /^test.yaml:60:3: workload w5: 10.0.0.9:80 is not a loopback address; /,
      ),
    ]);
  });

  it("says with whom the ports were shared", () => {
    const both = { sources: ["127.16.0.1"], connections: 20_000 };
    expect(messageOf(scenario([both, both]))).toBe(
      "test.yaml:20:3: workload w1: 20,000 connections do not fit: on 1 source address, which it " +
        "shares with w0, 16,280 ports are left and 16,280 fit; with sources of its own, 1 address " +
        "would be enough",
    );
  });

  it("says what to do where the ephemeral range is everything", () => {
    expect(messageOf(scenario([{}]), machine({ ephemeralPorts: [1024, 65535] }))).toContain(
      "no source port is left: outside the kernel's ephemeral range 1024-65535",
    );
  });

  it("speaks of aliases on macOS", () => {
    const facts = machine({ platform: "darwin", ephemeralPorts: [49152, 65535] });
    const message = messageOf(scenario([{ sources: [], connections: 60_000 }]), facts);
    expect(message).toContain("2 addresses would be enough (aliases of lo0: see scripts/macos/");
  });
});

describe("workloads that meet", () => {
  it("divide the ports: first what connections need and some to spare, the rest for churn", () => {
    const sources = ["127.16.0.0/24"];
    const plan = planRun(
      scenario([
        { sources, pattern: "churn", connections: 10 },
        { sources, connections: 1000 },
        { sources, pattern: "churn", connections: 10 },
      ]),
      machine(),
      byNode,
    );
    const counts = plan.workloads.map((one) => countPorts(one.space.ports));
    // Port 7000 is free on 127.16.0.0/24: the server listens on 127.0.0.1 alone.
    expect(counts).toEqual([18_108, 64, 18_108]);
  });

  it("find a division even where one may use few ports only", () => {
    const sources = ["127.16.0.1"];
    const plan = planRun(
      scenario([
        { sources, connections: 100 },
        { sources, connections: 50, ports: [[1024, 1073]] },
      ]),
      machine(),
      byNode,
    );
    expect(plan.workloads.map((one) => one.space.ports)).toEqual([[[1074, 2673]], [[1024, 1073]]]);
  });

  it("take nothing to spare where another would not fit then", () => {
    const sources = ["127.16.0.1"];
    const plan = planRun(
      scenario([
        { sources, connections: 10 },
        { sources, pattern: "churn", connections: 90, ports: [[1024, 1123]] },
      ]),
      machine(),
      byNode,
    );
    expect(plan.workloads.map((one) => one.space.ports)).toEqual([[[1024, 1033]], [[1034, 1123]]]);
  });

  it("keep all their ports where protocol, destination or ports part them", () => {
    const sources = ["127.16.0.1"];
    const other = [{ address: "127.0.0.1", port: 8000 }];
    const parted: Partial<Workload>[] = [
      { protocol: "udp" },
      { server: null, endpoints: other },
      { ports: [[40_000, 50_000]] },
      { sources: ["127.17.0.1"] },
    ];
    for (const changes of parted) {
      const plan = planRun(
        scenario([
          { sources, connections: 30_000 },
          { sources, connections: 10_000, ...changes },
        ]),
        machine(),
        byNode,
      );
      expect(countPorts(plan.workloads[0]?.space.ports ?? [])).toBe(36_280);
    }
  });
});

describe("sources and destinations", () => {
  it("are chosen where the workload names none", () => {
    const input = scenario([{ sources: [] }, { sources: [] }]);
    const linux = planRun(input, machine(), byNode);
    expect(linux.workloads.map((one) => one.space.sources)).toEqual([
      [["127.64.0.0", "127.64.0.255"]],
      [["127.65.0.0", "127.65.0.255"]],
    ]);
    expect(linux.workloads[0]?.displayFilter).toBe("ip.addr == 127.64.0.0/24");
    expect(linux.workloads[0]?.captureFilter).toBe("net 127.64.0.0/24");
    const darwin = planRun(input, machine({ platform: "darwin" }), byNode);
    expect(darwin.workloads.map((one) => one.space.sources)).toEqual([
      [["127.0.0.1", "127.0.0.1"]],
      [["127.0.0.1", "127.0.0.1"]],
    ]);
    expect(darwin.workloads[0]?.displayFilter).toBe("ip.addr == 127.0.0.1 && tcp.port == 7000");
    expect(darwin.workloads[0]?.captureFilter).toBe("host 127.0.0.1 and tcp port 7000");
  });

  it("are as many as the connections need", () => {
    const own = planRun(
      scenario([{ sources: [], connections: 100_000, connectionsPerSource: 1 }]),
      machine(),
      byNode,
    );
    expect(own.workloads[0]?.space.sources).toEqual([["127.64.0.0", "127.65.255.255"]]);
    expect(own.workloads[0]?.addressesUsed).toBe(100_000);
    const million = planRun(
      scenario([{ sources: [], connections: 1_000_000, ports: [[5000, 5009]] }]),
      machine(),
      byNode,
    );
    expect(million.workloads[0]?.addressesUsed).toBe(2 ** 17);
    expect(
      messageOf(scenario([{ sources: [], connections: 5_000_000, connectionsPerSource: 1 }])),
    ).toContain("more than 4,194,304 must be named");
    const onePort = (sources: string[]) =>
      scenario([
        { sources, protocol: "udp", socket: "rotating", connections: 4, ports: [[5000, 5000]] },
      ]);
    expect(messageOf(onePort([]))).toContain("a rotating flow needs two source ports");
    expect(messageOf(onePort(["127.16.0.1"]))).toContain("name more ports");
  });

  it("reach a wildcard through loopback, and IPv6 from ::1", () => {
    const at = (address: string, changes: Partial<Workload> = {}) =>
      planRun(
        scenario([{ sources: [], ...changes }], [server({ listen: [{ address, port: 7000 }] })]),
        machine(),
        byNode,
      ).workloads[0];
    expect(at("0.0.0.0")?.endpoints).toEqual([{ address: "127.0.0.1", port: 7000 }]);
    expect(at("::")?.endpoints).toEqual([{ address: "::1", port: 7000 }]);
    expect(at("::", { sources: ["127.16.0.1"] })?.endpoints).toEqual([
      { address: "127.0.0.1", port: 7000 },
    ]);
    expect(at("0:0:0:0:0:0:0:1")?.space.sources).toEqual([["::1", "::1"]]);
    expect(at("::1")?.displayFilter).toBe("ipv6.addr == ::1 && tcp.port == 7000");
  });

  it("have a range of their own in IPv6, too, where a prefix is routed to lo", () => {
    const plan = planRun(
      scenario(
        [{ sources: [] }, { sources: [], connections: 100_000 }],
        [server({ listen: [{ address: "fd00:127::1", port: 7000 }] })],
      ),
      machine({ anyIp: ["fd00:127::/64"] }),
      byNode,
    );
    expect(
      plan.workloads.map(({ displayFilter, captureFilter }) => [displayFilter, captureFilter]),
    ).toEqual([
      ["ipv6.addr == fd00:127::40:0/112", "net fd00:127::40:0/112"],
      ["ipv6.addr == fd00:127::41:0/112", "net fd00:127::41:0/112"],
    ]);
    expect(plan.workloads[1]?.addressesUsed).toBe(65_536);
  });

  it("use every 4-tuple of sources x ports x destinations once", () => {
    const listen = Array.from({ length: 200 }, (_, i) => ({
      address: `127.10.0.${i + 1}`,
      port: 7000,
    }));
    const of = (connections: number) =>
      scenario(
        [{ sources: ["127.20.0.1-127.20.0.4"], ports: [[10_000, 10_124]], connections }],
        [server({ listen })],
      );
    const tuples = tuplesOf(planRun(of(100_000), machine(), byNode)).map(({ text }) => text);
    expect(new Set(tuples).size).toBe(100_000);
    const perServer = new Map<string, number>();
    for (const text of tuples) {
      const destination = text.split(" ")[1] as string;
      perServer.set(destination, (perServer.get(destination) ?? 0) + 1);
    }
    expect(perServer.size).toBe(200);
    expect(new Set(perServer.values())).toEqual(new Set([500]));
    expect(messageOf(of(100_001))).toContain("125 ports and 200 destinations, 100,000 fit");
  });

  it("take the endpoints of their family of a server on both", () => {
    const listen = ["127.0.0.1", "::1"].map((address) => ({ address, port: 7000 }));
    const plan = planRun(
      scenario([{ sources: ["127.16.0.1"] }, { sources: ["::1"] }], [server({ listen })]),
      machine(),
      byNode,
    );
    expect(plan.workloads.map((one) => one.endpoints.map(({ address }) => address))).toEqual([
      ["127.0.0.1"],
      ["::1"],
    ]);
    expect(messageOf(scenario([{ sources: [] }], [server({ listen })]))).toContain("two families");
    expect(messageOf(scenario([{ endpoints: listen, sources: ["::1"] }]))).toContain("one family");
  });

  it("say how many addresses churn will use", () => {
    const used = (totalConnections: number | null) =>
      planRun(
        scenario([{ pattern: "churn", connections: 10, totalConnections }]),
        machine(),
        byNode,
      ).workloads[0]?.addressesUsed;
    expect([used(null), used(200_000), used(100), used(5)]).toEqual([256, 256, 100, 10]);
  });
});

describe("processes", () => {
  it("leave half of the machine to the servers, unless workers are given", () => {
    const workersOf = (cpus: number, option: number | null, own: number | null) =>
      planRun({ ...scenario([{}]), workers: own }, machine({ cpus }), {
        io: "node",
        workers: option,
      }).workers;
    expect([workersOf(1, null, null), workersOf(2, null, null), workersOf(9, null, null)]).toEqual([
      1, 1, 4,
    ]);
    expect([workersOf(2, null, 3), workersOf(2, 5, 3)]).toEqual([3, 5]);
  });

  it("are no more than the connections, and that is said", () => {
    const plan = (workers: number | null) =>
      planRun(scenario([{ connections: 7 }, { connections: 3 }]), machine(), {
        ...byNode,
        workers,
      });
    expect(plan(1000).workers).toBe(10);
    expect(fewerWorkersNotice(plan(1000), 1000)).toBe(
      "10 of 1,000 workers are used: the workloads have 10 connections, and a worker needs one at least",
    );
    const busy = new Set(
      plan(1000).workloads.flatMap(({ portions }) => portions.map((p) => p.worker)),
    );
    expect(busy.size).toBe(10);
    expect(fewerWorkersNotice(plan(10), 10)).toBeNull();
    expect(fewerWorkersNotice(plan(null), null)).toBeNull();
  });

  it("are as many as the open-file limit requires, on both sides", () => {
    const input = scenario([{ connections: 50_000 }]);
    const facts = machine({ openFilesLimit: 20_000, cpus: 2 });
    const plan = planRun(input, facts, byNode);
    expect([plan.agents.length, plan.workers, plan.servers[0]?.processes]).toEqual([3, 3, 3]);
    expect(plan.servers[0]?.connections).toBe(50_000);
    expect(plan.totals.connections).toBe(50_000);
    expect(plan.totals.sockets).toBe(100_001);
    expect(plan.totals.memoryBytes).toBe(50_000 * 18_800 + 7 * 45e6 + 3 * 15e6);
    const fast = planRun(input, facts, { io: "uring", workers: null });
    expect([fast.agents.length, fast.workers]).toEqual([1, 1]);
    expect(fast.servers[0]).toMatchObject({ processes: 1, io: "uring" });
    expect(fast.totals.memoryBytes).toBe(50_000 * 10_400 + 3 * 45e6 + 15e6);
    // TLS takes its memory on both sides where the server is built in.
    const secure = server({ tls: { cert: null, key: null } });
    const encrypts = { connections: 50_000, tls: tlsByDefault };
    const encrypted = planRun(scenario([encrypts], [secure]), facts, {
      io: "uring",
      workers: null,
    });
    const more = encrypted.totals.memoryBytes - fast.totals.memoryBytes;
    expect(more).toBe(50_000 * (48_000 + 36_000));
  });

  it("over io_uring: one server process, but Node's sockets where several must share them", () => {
    const serverOf = (connections: number, changes: Parameters<typeof server>[0] = {}) =>
      planRun(scenario([{ connections }], [server(changes)]), machine(), {
        io: "uring",
        workers: null,
      }).servers[0];
    expect(serverOf(1 << 20)).toMatchObject({ processes: 1, io: "uring" });
    expect(serverOf(100, { processes: 1 })).toMatchObject({ processes: 1, io: "uring" });
    expect(serverOf(100, { processes: 3 })).toMatchObject({ processes: 3, io: "node" });
    expect(serverOf(1_500_000)).toMatchObject({ processes: 2, io: "node" });
    expect(serverOf(100, { kind: "external", builtin: null })?.io).toBe("node");
  });

  it("of servers are one for UDP and for what is not ours, and as many as the scenario says", () => {
    const processesOf = (changes: Parameters<typeof server>[0]) =>
      planRun(
        scenario(
          [{ connections: 50_000, protocol: changes?.protocol ?? "tcp" }],
          [server(changes)],
        ),
        machine({ openFilesLimit: 20_000 }),
        byNode,
      ).servers[0]?.processes;
    expect(processesOf({ protocol: "udp", builtin: "udp-echo" })).toBe(1);
    expect(processesOf({ activation: true })).toBe(1);
    expect(processesOf({ kind: "external", builtin: null })).toBe(1);
    expect(processesOf({ processes: 8 })).toBe(8);
  });

  it("do not crash on a limit below what a process needs; preflight speaks of it", () => {
    const plan = planRun(scenario([{ connections: 500 }]), machine({ openFilesLimit: 64 }), byNode);
    expect(plan.agents).toHaveLength(1);
    expect(plan.agents[0]?.openFiles).toBeGreaterThan(64);
    expect(plan.servers[0]?.processes).toBe(1);
  });
});

describe("built-in UDP servers", () => {
  const udp = (mode: UdpMode, processes: number | null = null): Server => {
    const base = server({ protocol: "udp", builtin: "udp-echo", processes });
    const options = { mode, idleTimeoutNs: 1e9, newPeersPerSecond: null, remote: false };
    return { ...base, options: base.options && { ...base.options, udp: options } };
  };
  const planOf = (echo: Server, io: "node" | "uring") =>
    planRun(
      { ...scenario([{ protocol: "udp", connections: 10 }]), servers: [echo] },
      machine({ platform: "linux" }),
      { io, workers: null },
    );

  it("share a port between processes over either io", () => {
    for (const io of ["node", "uring"] as const) {
      expect(planOf(udp("reuseport"), io).servers[0]).toMatchObject({ processes: 2, io });
      expect(planOf(udp("reuseport", 3), io).servers[0]).toMatchObject({ processes: 3, io });
      expect(planOf(udp("established"), io).servers[0]).toMatchObject({ processes: 1, io });
    }
  });

  it("on any address leave their port to no client", () => {
    const portsOf = (mode: UdpMode) => planOf(udp(mode), "node").workloads[0]?.space.ports ?? [];
    const has = (mode: UdpMode) => portsOf(mode).some(([from, to]) => from <= 7000 && to >= 7000);
    expect(has("specific")).toBe(true);
    expect(has("wildcard")).toBe(false);
    expect(has("wildcard-pktinfo")).toBe(false);
  });
});
