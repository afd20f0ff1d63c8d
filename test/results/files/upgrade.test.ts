import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readJson, readResult } from "../../../src/results/files/read.ts";
import { upgradeResult } from "../../../src/results/files/upgrade.ts";

const version1 = {
  schemaVersion: 1,
  scenario: {
    resolved: {
      servers: [{ name: "s", options: { stall: { everyNs: 3, forNs: 1 } } }],
      workloads: [
        { name: "r", socket: "redialled", redialEvery: 4, audience: null },
        {
          name: "b",
          socket: "connected",
          audience: {
            listeners: 4,
            listenerProcesses: 2,
            listenerThreads: 1,
            comeAndGo: { listeners: 1, stayNs: 2, awayNs: 3 },
          },
        },
      ],
    },
  },
  run: {
    floor: { p50: 1, p99: 2 },
    clientCpu: { userSeconds: 1 },
    clientWorkers: [{ worker: 0, busyShare: 0.5, waitedShare: null }],
  },
  workloads: {
    __proto__: null,
    b: {
      exchanges: { sent: 3, blocked: 2 },
      connections: { opened: 2, redialled: 1 },
      wrongSources: [{ asked: "a", from: "b", count: 1 }],
      listeners: [{ listener: 0, comesAndGoes: true, stays: 2 }],
      contrast: { listenersReached: 1 },
    },
  },
  gates: [{ unit: "share" }, { unit: "ns" }],
};

it("a result of version 1 reads in the words of version 2", () => {
  expect(upgradeResult(version1)).toEqual({
    schemaVersion: 2,
    scenario: {
      resolved: {
        servers: [{ name: "s", options: { pause: { everyNs: 3, forNs: 1 } } }],
        workloads: [
          { name: "r", socket: "rotating", rotateEvery: 4, broadcast: null },
          {
            name: "b",
            socket: "connected",
            broadcast: {
              receivers: 4,
              receiverProcesses: 2,
              receiverThreads: 1,
              membership: { receivers: 1, joinedForNs: 2, leftForNs: 3 },
            },
          },
        ],
      },
    },
    run: {
      harnessLatency: { p50: 1, p99: 2 },
      generator: {
        cpu: { userSeconds: 1 },
        workers: [{ worker: 0, busyRatio: 0.5, waitedRatio: null }],
      },
    },
    workloads: {
      b: {
        exchanges: { sent: 3, unsent: 2 },
        connections: { opened: 2, rotated: 1 },
        wrongSources: [{ destination: "a", from: "b", count: 1 }],
        receivers: [{ receiver: 0, rejoins: true, memberships: 2 }],
        contrast: { receiversReached: 1 },
      },
    },
    gates: [{ unit: "ratio" }, { unit: "ns" }],
  });
});

it("an early result of version 2 has a name of version 1", () => {
  const early = {
    schemaVersion: 2,
    workloads: { w: { exchanges: { sent: 3, aborted: 1 } }, x: 1 },
  };
  expect(upgradeResult(early)).toEqual({
    schemaVersion: 2,
    workloads: { w: { exchanges: { sent: 3, failed: 1 } }, x: 1 },
  });
});

it("a result of this version stays as it is", () => {
  const result = { schemaVersion: 2, run: { floor: 1 } };
  expect(upgradeResult(result)).toBe(result);
});

const reference = fileURLToPath(new URL("../../../results/reference/", import.meta.url));
const files = readdirSync(reference).filter((name) => name.endsWith(".json"));

it.each(files)("the reference result %s is read, and nothing in it is lost", (name) => {
  const written = readJson(`${reference}${name}`) as {
    workloads: Record<string, { responseTime: object }>;
  };
  const result = readResult(`${reference}${name}`);
  for (const [workload, { exchanges, responseTime }] of Object.entries(result.workloads)) {
    expect(responseTime).toMatchObject(written.workloads[workload]?.responseTime ?? {});
    expect(responseTime.count).toBeGreaterThanOrEqual(0);
    expect(exchanges.unsent).toBeGreaterThanOrEqual(0);
  }
});
