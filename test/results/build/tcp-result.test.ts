import { describe, expect, test } from "vitest";
import { emptyFlow } from "../../../src/address/flow.ts";
import { createFlowSpace } from "../../../src/address/flow-space.ts";
import { TupleIds } from "../../../src/address/tuple-ids.ts";
import { tcpField, tcpFields } from "../../../src/metrics/tcp/fields.ts";
import { TcpTotals } from "../../../src/metrics/tcp/totals.ts";
import { buildPageModel } from "../../../src/report/build-model.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { renderTimelineCsv } from "../../../src/results/exports/timeline-csv.ts";
import { resultOf as readAgain } from "../../../src/results/files/read.ts";
import { renderSummary } from "../../../src/results/text/summary.ts";
import { slowReply } from "../../metrics/samples.ts";
import { tcpSample } from "../../metrics/tcp/samples.ts";
import { resultSchemaProblems } from "../../support/result-schema.ts";
import { measured, resultInput, startNs } from "../fixture.ts";

/** Steady state is from 2 s to 6 s; looks at 1, 2, ... 5 s. */
function totals(changes: Parameters<typeof tcpSample>[0] = {}): TcpTotals {
  const tcp = new TcpTotals(1e9, startNs);
  for (let second = 1; second < 6; second++) {
    tcp.add(
      tcpSample({
        atNs: startNs + second * 1e9,
        steady: second >= 2,
        steadySince: second > 2,
        rttNs: [second * 1e6, second * 2e6],
        minRttNs: 40_000,
        added: {
          retransmits: second === 1 ? 2 : 0,
          segmentsSent: 100,
          busyNs: 100e6,
          receiveWindowLimitedNs: 43e6,
        },
        receiveWindowLimited: 1,
        costNs: 10_000,
        ...changes,
      }),
    );
  }
  return tcp;
}

/** The connection of client 3 is known, that of 4 is not. */
function withConnection(tcp: TcpTotals): TcpTotals {
  const space = resultInput().plan.workloads[0]?.space;
  if (space === undefined) throw new Error("there is a workload");
  const flow = emptyFlow();
  createFlowSpace(space).at(3, flow);
  const figures = new Float64Array(tcpFields.length);
  figures[tcpField.rttNs] = 5e6;
  figures[tcpField.congestionWindow] = 10;
  figures[tcpField.busyNs] = 80e6;
  figures[tcpField.receiveWindowLimitedNs] = 60e6;
  tcp.ended({ workload: 0, ids: Float64Array.of(new TupleIds(space).ofFlow(flow)), figures });
  return tcp;
}

function resultOf(tcp: TcpTotals, gates: readonly string[] = []) {
  const base = measured(0, {
    note(recorder, quarters) {
      if (quarters !== 12) return;
      for (const [client, ns] of [
        [3, 12e6],
        [4, 15e6],
      ] as const) {
        slowReply(recorder, client, ns);
      }
    },
  });
  return buildResult(resultInput({ workloads: [{ ...base, tcp }], gates }));
}

const result = resultOf(withConnection(totals()));
const chat = result.workloads.chat;

describe("the kernel's figures in a result", () => {
  test("are of steady state, retransmits of the whole run", () => {
    expect(chat?.tcp).toMatchObject({
      connections: 2,
      sampled: false,
      everyMs: 1000,
      looks: 5,
      costNs: 50_000,
      costNsPerConnection: 5000,
      minRttNs: 40_000,
      retransmits: 2,
      segmentsSent: 500,
      busyMs: 300,
      receiveWindowLimitedMs: 129,
      sendBufferLimitedMs: 0,
      congestionWindowSegments: { min: 10, p50: 10, p99: 10, max: 10 },
      unackedSegments: { max: 1 },
    });
    expect(chat?.tcp?.rtt).toMatchObject({ unit: "ns", count: 8, min: 2e6, max: 10e6 });
    expect(chat?.tcp?.timeline[0]).toMatchObject({
      atMs: 1000,
      retransmits: 2,
      segmentsSent: 100,
      busyMs: 100,
      receiveWindowLimitedMs: 43,
      receiveWindowLimited: 1,
      rtt: { max: 2e6 },
    });
  });

  test("and of the slowest clients, where their connections were seen", () => {
    const [slowest, second] = chat?.clients.slowest ?? [];
    expect(slowest).toMatchObject({ client: 4, tcp: null });
    expect(second).toMatchObject({
      client: 3,
      tcp: {
        rttNs: 5e6,
        minRttNs: null,
        congestionWindowSegments: 10,
        deliveryRateBytesPerSecond: null,
        retransmits: 0,
        busyMs: 80,
        receiveWindowLimitedMs: 60,
        sendBufferLimitedMs: 0,
      },
    });
  });

  test("are read again, and what an earlier version wrote is null", () => {
    expect(resultSchemaProblems(result)).toEqual([]);
    const written = JSON.parse(JSON.stringify(result));
    expect(readAgain("r.json", structuredClone(written))).toEqual(written);
    const { tcp: _, ...without } = written.workloads.chat;
    const older = { ...written, workloads: { chat: without } };
    expect(readAgain("r.json", older).workloads.chat?.tcp).toBeNull();
  });

  test("that nobody took are none", () => {
    const none = resultOf(new TcpTotals(1e9, startNs), ["chat.tcp.retransmits == 0"]);
    expect(none.workloads.chat?.tcp).toMatchObject({ looks: 0, retransmits: null, busyMs: null });
    expect(none.gates[0]).toMatchObject({ verdict: "noData" });
    expect(renderSummary(none, { color: false, width: 80 })).toContain("nobody looked");
  });
});

describe("gates", () => {
  test.each([
    ["chat.tcp.retransmits == 0", 2, "fail"],
    ["chat.tcp.retransmits / chat.tcp.segmentsSent < 1%", 0.004, "pass"],
    ["chat.tcp.receiveWindowLimitedMs < 200ms", 129e6, "pass"],
    ["total.tcp.receiveWindowLimitedMs / total.tcp.busyMs < 1%", 0.43, "fail"],
    ["chat.tcp.rtt.max < 1ms", 10e6, "fail"],
    ["chat.tcp.rtt.count == 8", 8, "pass"],
    ["chat.tcp.rttVariation.max <= 5ms", 5e6, "pass"],
  ])("%s", (gate, actual, verdict) => {
    const [found] = resultOf(totals(), [gate]).gates;
    expect(found?.actual).toBeCloseTo(actual, 6);
    expect(found?.verdict).toBe(verdict);
  });
});

describe("findings", () => {
  const found = (of = result) =>
    of.run.findings.filter(({ code }) => /receiveWindow|sendBuffer|retransmits/.test(code));

  test("name the receive window with what was seen, and of whom", () => {
    expect(found()).toEqual([
      expect.objectContaining({
        code: "server.receiveWindow",
        severity: "info",
        subject: "chat",
        text:
          "the receive window of server echo kept connections of chat from sending for 43 % of the time in which they had data on its way " +
          "(129 ms of 300 ms, summed over the connections); of its 1 slowest client that could be seen, 1 was held up so",
        evidence: {
          busyMs: 300,
          receiveWindowLimitedMs: 129,
          slowestCount: 1,
          slowestHeldUpCount: 1,
        },
      }),
      expect.objectContaining({
        code: "run.retransmits",
        text: expect.stringContaining("2 of 500 segments of chat were sent again over loopback"),
        evidence: { retransmitsCount: 2, segmentsSentCount: 500 },
      }),
    ]);
  });

  test("say nothing of what is too little to be a limit", () => {
    const few = { added: { busyNs: 100e6, receiveWindowLimitedNs: 4e6, segmentsSent: 9 } };
    expect(found(resultOf(totals(few)))).toEqual([]);
    const short = { added: { busyNs: 12e6, receiveWindowLimitedNs: 12e6, segmentsSent: 9 } };
    expect(found(resultOf(totals(short)))).toEqual([]);
  });

  test("name the send buffer", () => {
    const held = { added: { busyNs: 100e6, sendBufferLimitedNs: 50e6, segmentsSent: 9 } };
    expect(found(resultOf(totals(held)))).toMatchObject([
      { code: "generator.sendBuffer", about: "generator", severity: "info" },
    ]);
  });
});

describe("what is shown", () => {
  test("in the summary", () => {
    const text = renderSummary(result, { color: false, width: 200 });
    expect(text).toContain(
      "round trip p50 4.00 ms, p99 10.0 ms, 2 of 500 segments sent again, 129 ms limited by the receive window, busy for 300 ms in all",
    );
    expect(text).toContain(
      "5 looks at 2 connections, one every 1.00 s; they took 50.0 us of CPU time",
    );
    const sampled = renderSummary(resultOf(totals({ complete: false })), {
      color: false,
      width: 200,
    });
    expect(sampled).toContain("5 looks at a sample of 2 connections");
  });

  test("in the report, with charts of what there was", () => {
    const model = buildPageModel([{ label: "r", result }]);
    const [view] = model.workloads;
    const charts = view?.charts.filter(({ id }) => id.startsWith("tcp"));
    expect(charts?.map(({ id }) => id)).toEqual(["tcpRtt", "tcpRetransmits", "tcpReceiveWindow"]);
    expect(charts?.[1]?.series[0]?.values).toContain(2);
    const titles = view?.tables.map(({ title }) => title);
    expect(titles).toContain("TCP, by the clients' kernel");
    const slowest = view?.tables.find(({ title }) => title.startsWith("Slowest clients, as"));
    expect(slowest?.rows).toHaveLength(1);
    expect(slowest?.rows[0]).toContain("60.0 ms");
    const without = buildPageModel([{ label: "r", result: buildResult(resultInput()) }]);
    expect(without.workloads[0]?.charts.some(({ id }) => id.startsWith("tcp"))).toBe(false);
  });

  test("in CSV, beside the seconds", () => {
    const [head, ...rows] = renderTimelineCsv(result).trimEnd().split("\n");
    expect(head).toMatch(/,steady,seconds,tcpRttP50Ns,.*,tcpSendBufferLimitedMs$/);
    expect(rows.map((row) => row.split(",").slice(15).join(",")).slice(0, 3)).toEqual([
      ",,,,",
      expect.stringMatching(/^\d+,\d+,2,43,0$/),
      expect.stringMatching(/^\d+,\d+,0,43,0$/),
    ]);
    expect(renderTimelineCsv(buildResult(resultInput()))).not.toContain("tcp");
  });
});
