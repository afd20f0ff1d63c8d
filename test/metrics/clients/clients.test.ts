import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FailingClients,
  mergeFailing,
  mergeSlowest,
  mostClients,
  SlowestClients,
} from "../../../src/metrics/clients.ts";
import { Recorder } from "../../../src/metrics/recorder.ts";
import { phase } from "../../../src/metrics/snapshot.ts";

/** Of an exchange that was sent at 0, when it was due, and handed out when it came. */
function add(slowest: SlowestClients, client: number, ns: number): void {
  slowest.add(client, Float64Array.of(ns, ns, ns, Number.NaN, Number.NaN), ns);
}

const replies = fc.array(
  fc.record({
    client: fc.nat({ max: 99 }),
    ns: fc.nat({ max: 1000 }),
    interval: fc.nat({ max: 4 }),
  }),
  { maxLength: 500 },
);

describe("the slowest clients", () => {
  it("are exact, however the replies are spread over intervals and workers", () => {
    fc.assert(
      fc.property(replies, (all) => {
        const intervals = [0, 1, 2, 3, 4].map((number) => {
          const slowest = new SlowestClients(Number.POSITIVE_INFINITY);
          for (const { client, ns, interval } of all) {
            if (interval === number && ns > slowest.overNs) add(slowest, client, ns);
          }
          return slowest.take();
        });
        const worst = new Map<number, number>();
        for (const { client, ns } of all) {
          worst.set(client, Math.max(ns, worst.get(client) ?? 0));
        }
        const expected = [...worst.values()].sort((a, b) => b - a).slice(0, mostClients);
        const merged = mergeSlowest(intervals.flat());
        expect(merged.map(({ worstNs }) => worstNs)).toEqual(expected);
        for (const { client, worstNs } of merged) expect(worst.get(client)).toBe(worstNs);
        expect(new Set(merged.map(({ client }) => client)).size).toBe(merged.length);
      }),
    );
  });

  it("are updated only where a reply is slower than the fastest of them", () => {
    const slowest = new SlowestClients(2);
    expect(slowest.overNs).toBeLessThan(0);
    add(slowest, 7, 100);
    add(slowest, 8, 300);
    expect(slowest.overNs).toBe(100);
    add(slowest, 7, 200);
    expect(slowest.overNs).toBe(200);
    expect(slowest.take()).toMatchObject([
      { client: 8, worstNs: 300 },
      { client: 7, worstNs: 200 },
    ]);
    expect(slowest.overNs).toBeLessThan(0);
    expect(slowest.take()).toEqual([]);
  });

  it("are those of steady state", () => {
    const recorder = new Recorder(0, 0, 0);
    for (const [client, other] of [phase.connect, phase.warmUp, phase.drain].entries()) {
      recorder.answered(other, 1e9, 1e9, 2e9);
      recorder.slow(other, client, 2e9);
    }
    expect(recorder.isSlow(phase.steady, 0)).toBe(true);
    recorder.answered(phase.steady, 5.5, 5.5, 2e9);
    recorder.slow(phase.steady, 3, 2e9);
    expect(recorder.snapshot(1).slowest).toMatchObject([{ client: 3, worstNs: 5 }]);
    expect(recorder.snapshot(2).slowest).toEqual([]);
  });

  it("have the times of their slowest exchange, of the kernel's those that are known", () => {
    const slowest = new SlowestClients(2);
    slowest.add(1, Float64Array.of(90, 70, 1000, 940, 985), 1005);
    slowest.add(1, Float64Array.of(50, 50, 2000, 1960, 1990), 2001);
    slowest.add(2, Float64Array.of(40, 30, 3000, Number.NaN, Number.NaN), 3000);
    const times = {
      intendedNs: 910,
      lagNs: 20,
      queuedNs: 10,
      wireNs: 45,
      wakeNs: 15,
      handOutNs: 5,
    };
    const untimed = { queuedNs: null, wireNs: null, wakeNs: null };
    expect(slowest.take()).toEqual([
      { client: 1, worstNs: 90, times },
      { client: 2, worstNs: 40, times: { intendedNs: 2960, lagNs: 10, ...untimed, handOutNs: 0 } },
    ]);
  });
});

describe("clients with errors", () => {
  it("are counted exactly up to the number that is kept", () => {
    const errors = fc.array(
      fc.record({ client: fc.nat({ max: mostClients - 1 }), late: fc.boolean() }),
    );
    fc.assert(
      fc.property(errors, (all) => {
        const [early, late] = [new FailingClients(), new FailingClients()];
        const counts = new Map<number, number>();
        for (const error of all) {
          (error.late ? late : early).add(error.client, "TIMEOUT");
          counts.set(error.client, (counts.get(error.client) ?? 0) + 1);
        }
        const merged = mergeFailing([...early.take(), ...late.take()]);
        expect(new Map(merged.map(({ client, failures }) => [client, failures]))).toEqual(counts);
        const failures = merged.map((one) => one.failures);
        expect(failures).toEqual(failures.toSorted((a, b) => b - a));
      }),
    );
  });

  it("are bounded, with the code of the first error of each", () => {
    const recorder = new Recorder(0, 0, 0);
    for (let client = 0; client < 100; client++) {
      recorder.failed(client, "ECONNRESET", "target", phase.steady);
      recorder.failed(client, "TIMEOUT", "target", phase.warmUp);
    }
    const { failing, errors } = recorder.snapshot(1);
    expect(failing).toHaveLength(mostClients);
    expect(failing[0]).toEqual({ client: 0, failures: 2, code: "ECONNRESET" });
    expect(errors.map(({ code, count }) => [code, count])).toEqual([
      ["ECONNRESET", 100],
      ["TIMEOUT", 100],
    ]);
    expect(recorder.snapshot(2).failing).toEqual([]);
  });
});
