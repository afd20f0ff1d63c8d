import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backends } from "../../src/io/backends.ts";
import { filesPerAgent, filesPerWorker, planAssignment } from "../../src/plan/workers.ts";

const { mostSlots } = backends.uring;

const anyConnections = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });
const anyWorkers = fc.integer({ min: 1, max: 17 });
const anyLimit = fc.integer({ min: 191, max: 1000 });

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}

describe("planAssignment", () => {
  it("shares every workload exactly, contiguously and evenly", () => {
    fc.assert(
      fc.property(anyConnections, anyWorkers, anyLimit, (connections, requested, limit) => {
        const assignment = planAssignment(connections, "node", requested, limit);
        const perWorker = new Array<number>(assignment.workers).fill(0);
        for (const [index, portions] of assignment.portions.entries()) {
          let following = 0;
          const expected = portions.map(({ connections }, place) => {
            const firstConnection = following;
            following += connections;
            return { firstConnection, portion: place, ofPortions: portions.length };
          });
          expect(portions).toMatchObject(expected);
          for (const portion of portions) {
            perWorker[portion.worker] = (perWorker[portion.worker] ?? 0) + portion.connections;
          }
          expect(following).toBe(connections[index]);
          const counts = portions.map((portion) => portion.connections);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          // The larger shares come first, so that a strided share of the space holds each of them.
          expect(counts).toEqual([...counts].sort((a, b) => b - a));
          expect(new Set(portions.map((portion) => portion.worker)).size).toBe(portions.length);
          expect(portions.length).toBe(Math.min(assignment.workers, connections[index] ?? 0));
        }
        expect(Math.max(...perWorker) - Math.min(...perWorker)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("keeps every agent within its open files, with as few agents as do", () => {
    fc.assert(
      fc.property(anyConnections, anyWorkers, anyLimit, (connections, requested, limit) => {
        const { agents, workers, portions } = planAssignment(connections, "node", requested, limit);
        expect(workers).toBe(Math.max(requested, agents.length));
        expect(agents.flatMap((agent) => agent.workers)).toEqual(
          Array.from({ length: workers }, (_, i) => i),
        );
        for (const agent of agents) {
          const held = sum(
            portions.flat().map((s) => (agent.workers.includes(s.worker) ? s.connections : 0)),
          );
          expect(agent.openFiles).toBe(
            filesPerAgent + filesPerWorker * agent.workers.length + held,
          );
          expect(agent.openFiles).toBeLessThanOrEqual(limit);
        }
        const oneLess = agents.length - 1;
        if (oneLess > 0) {
          // One agent less would pass the limit, with the remainders on the lowest workers.
          const workersThen = Math.max(requested, oneLess);
          const total = sum(connections);
          const heldBy = (worker: number) =>
            Math.floor(total / workersThen) + (worker < total % workersThen ? 1 : 0);
          const files = new Array<number>(oneLess).fill(filesPerAgent);
          for (let worker = 0; worker < workersThen; worker++) {
            // Consecutive workers, as many for each agent, but for one.
            const agent = Math.ceil(((worker + 1) * oneLess) / workersThen) - 1;
            files[agent] = (files[agent] ?? 0) + filesPerWorker + heldBy(worker);
          }
          expect(Math.max(...files)).toBeGreaterThan(limit);
        }
      }),
    );
  });

  it("needs three agents for 50,000 connections with a limit of 20,000 files", () => {
    const assignment = planAssignment([50_000], "node", 1, 20_000);
    expect(assignment.agents.map((agent) => agent.workers)).toEqual([[0], [1], [2]]);
    expect(assignment.portions[0]?.map((portion) => portion.connections)).toEqual([
      16_667, 16_667, 16_666,
    ]);
  });

  it("needs one agent where connections take a place in a ring, and a file for each ring", () => {
    const assignment = planAssignment([1_000_000], "uring", 2, 20_000);
    expect(assignment.agents).toEqual([
      {
        index: 0,
        host: null,
        workers: [0, 1],
        openFiles: filesPerAgent + 2 * filesPerWorker + 2 + 50,
      },
    ]);
    // Small rings: more of them than one process may have files.
    expect(planAssignment([1_000_000], "uring", 1, 1024).agents).toHaveLength(2);
  });

  it("gives no worker more connections than a transport over io_uring has slots", () => {
    const assignment = planAssignment([3 * mostSlots, 5], "uring", 1, 20_000);
    expect(assignment.workers).toBe(3);
    for (const portion of assignment.portions.flat()) {
      expect(portion.connections).toBeLessThanOrEqual(mostSlots);
    }
  });

  it("leaves a limit that nothing fits into to preflight", () => {
    for (const limit of [0, 100, 190]) {
      const { agents } = planAssignment([1000, 1], "node", 4, limit);
      expect(agents).toHaveLength(1);
      expect(agents[0]?.openFiles).toBeGreaterThan(limit);
    }
  });
});
