import { describe, expect, test } from "vitest";
import { tcpFields } from "../../../src/metrics/tcp/fields.ts";
import { TcpTotals } from "../../../src/metrics/tcp/totals.ts";
import { tcpSample } from "./samples.ts";

const startNs = 5e9;

describe("all looks together", () => {
  test("histograms are of steady state, counts of the whole run, times of the time between looks in it", () => {
    const totals = new TcpTotals(1e9, startNs);
    const add = (atNs: number, steady: boolean, steadySince: boolean, rttNs: number) =>
      totals.add(
        tcpSample({
          atNs: startNs + atNs,
          steady,
          steadySince,
          rttNs: [rttNs],
          added: { retransmits: 2, segmentsSent: 10, busyNs: 100, receiveWindowLimitedNs: 30 },
        }),
      );
    add(1e9, false, false, 9000);
    add(2e9, true, false, 1000);
    add(3e9, true, true, 2000);
    expect(totals.rtt).toMatchObject({ count: 2, max: 2000 });
    expect(totals.whole("retransmits")).toBe(6);
    expect(totals.whole("segmentsSent")).toBe(30);
    expect(totals.steady("busyNs")).toBe(100);
    expect(totals.steady("receiveWindowLimitedNs")).toBe(30);
    expect(totals.moments.map(({ atNs, rttP50 }) => [atNs, rttP50])).toEqual([
      [1e9, 9000],
      [2e9, 1000],
      [3e9, 2000],
    ]);
  });

  test("without a look nothing is known, and 0 is not made up", () => {
    const totals = new TcpTotals(1e9, startNs);
    expect(totals.whole("retransmits")).toBeNull();
    expect(totals.steady("busyNs")).toBeNull();
    expect(totals.minRttNs).toBeNull();
    expect(totals.cost).toEqual({ ns: 0, nsPerConnection: null });
    totals.add(tcpSample({ steady: true, steadySince: false }));
    expect(totals.whole("retransmits")).toBe(0);
    expect(totals.steady("busyNs")).toBeNull();
  });

  test("the shortest round trip, the most connections and whether they are a sample", () => {
    const totals = new TcpTotals(1e9, startNs);
    totals.add(tcpSample({ connections: 50, minRttNs: 700, costNs: 4000 }));
    totals.add(tcpSample({ connections: 150, minRttNs: 0, complete: false, costNs: 6000 }));
    totals.add(tcpSample({ connections: 100, minRttNs: 900 }));
    expect(totals.minRttNs).toBe(700);
    expect([totals.connections, totals.isSample, totals.samples]).toEqual([150, true, 3]);
    expect(totals.cost).toEqual({ ns: 10_000, nsPerConnection: 10_000 / 300 });
  });

  test("the timeline of a long run has an end, and loses nothing that is added up", () => {
    const totals = new TcpTotals(1e9, 0);
    const looks = 5000;
    for (let n = 1; n <= looks; n++) {
      totals.add(
        tcpSample({ atNs: n * 1e9, rttNs: [n * 10], added: { retransmits: 1 }, lost: n % 7 }),
      );
    }
    expect(totals.moments.length).toBeLessThanOrEqual(1200);
    const all = totals.moments.reduce((sum, { added }) => sum + added.retransmits, 0);
    expect(all).toBe(looks);
    expect(totals.moments.at(-1)).toMatchObject({ atNs: looks * 1e9, rttMax: looks * 10 });
    expect(Math.max(...totals.moments.map(({ lost }) => lost))).toBe(6);
  });

  test("the last that was seen of a connection is found by its id", () => {
    const totals = new TcpTotals(1e9, startNs);
    expect(totals.last(7)).toBeNull();
    const figures = Float64Array.from({ length: 2 * tcpFields.length }, (_, index) => index);
    totals.ended({ workload: 0, ids: Float64Array.of(3, 7), figures });
    expect(totals.last(7)?.[0]).toBe(tcpFields.length);
    expect(totals.last(8)).toBeNull();
  });
});
