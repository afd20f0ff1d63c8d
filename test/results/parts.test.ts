/** What a result has of the parts of a workload, and what shows it: as of a workload, wherever there is room for it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { MetricRef } from "../../src/gates/metric.ts";
import { parseGate } from "../../src/gates/parse.ts";
import { Disturbances } from "../../src/metrics/disturbance/disturbances.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";
import { buildPageModel } from "../../src/report/build-model.ts";
import { buildResult } from "../../src/results/build/build.ts";
import { workloadData } from "../../src/results/build/input.ts";
import { writeIntervalLog } from "../../src/results/build/interval-log.ts";
import { metricView } from "../../src/results/build/metric-view.ts";
import { exportFiles } from "../../src/results/exports/export-files.ts";
import { renderMarkdown } from "../../src/results/exports/markdown.ts";
import { renderTimelineCsv } from "../../src/results/exports/timeline-csv.ts";
import { readResult } from "../../src/results/files/read.ts";
import type { PartResult } from "../../src/results/result.ts";
import { resultValues } from "../../src/results/series/result-values.ts";
import { renderBrief } from "../../src/results/text/brief.ts";
import { renderSummary } from "../../src/results/text/summary.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { measured, partsPlan, partsStory, resultInput } from "./fixture.ts";

const plan = partsPlan(resultInput().plan);
const names = {
  workloads: ["chat"],
  servers: ["echo"],
  parts: new Map([["chat", ["get", "set"]]]),
};
const metric = (text: string): MetricRef => parseGate(`${text} == ${text}`, names).left.metric;
const gates = ["chat.get.responseTime.p99 < 2ms", "chat.set.errors == 0"];
const input = resultInput({ plan, workloads: [measured(0, partsStory)], gates });
const result = buildResult(input);
const chat = result.workloads.chat;
const plain = { color: false, width: 80 };

// Two workers, 16 quarter seconds of steady state, 75 and 25 messages in each.
const figures: readonly (readonly [string, number | null])[] = [
  ["chat.exchanges.sent", 3200],
  ["chat.get.exchanges.sent", 2400],
  ["chat.set.exchanges.sent", 800],
  ["chat.set.exchanges.received", 768],
  ["chat.set.exchanges.timedOut", 32],
  ["chat.get.rate.receivedPerSecond", 600],
  ["chat.set.bytes.sent", 51_200],
  ["chat.get.errors", 0],
  ["chat.set.errors.target", 32],
  ["chat.get.responseTime.p99", 1e6],
  ["chat.set.responseTime.p50", 5_013_503],
  ["chat.set.responseTime.max", 1e9],
  ["chat.set.serviceTime.count", 800],
  ["chat.set.sendLag.count", 800],
  ["total.errors", 32],
];

describe("figures of parts", () => {
  const view = metricView(workloadData(input), input.servers, input.run.disturbances);
  const written = resultValues(JSON.parse(JSON.stringify(result)));

  test.each(figures)("%s is %d, in gates and in the written result", (name, value) => {
    const ref = metric(name);
    if (name.endsWith("p50")) expect(view.value(ref)).toBeGreaterThan(4.9e6);
    else expect(view.value(ref)).toBe(value);
    expect(written.value(ref)).toBe(view.value(ref));
  });

  test("in windows: each second has its own", () => {
    const ref = metric("chat.set.exchanges.sent");
    const windows = view.windows(2e9, [ref]);
    expect(windows.map((window) => window.value(ref))).toEqual([400, 400, 400]);
    expect(windows.every((window) => !window.isPause(ref))).toBe(true);
  });

  test("a part or a workload that is not there has none", () => {
    expect(written.value({ ...metric("chat.errors"), part: "del" } as MetricRef)).toBeNull();
    expect(written.value({ ...metric("chat.errors"), workload: "x" } as MetricRef)).toBeNull();
  });

  test("gates over them are judged", () => {
    expect(result.gates.map(({ verdict, actual }) => [verdict, actual])).toEqual([
      ["pass", 1e6],
      ["fail", 32],
    ]);
  });

  test("what a pause disturbed is taken out of the part that it disturbed", () => {
    const disturbances = new Disturbances();
    const disturbed = measured(0, {
      ...partsStory,
      disturbances,
      disturbed: (snapshot, quarters) => {
        const [, set] = snapshot.parts ?? [];
        const steady = set?.seconds[0]?.steady;
        if (quarters !== 12 || steady === undefined || set === undefined) return undefined;
        Object.assign(set.seconds[0] as object, {
          disturbed: { responseTime: steady[0], serviceTime: steady[1], timedOut: 1 },
        });
        return {
          responseTime: noCounts,
          serviceTime: noCounts,
          timedOut: 0,
          ns: 1,
          saturated: false,
        };
      },
    });
    const { workloads } = buildResult(
      resultInput({ plan, workloads: [disturbed], run: { disturbances } }),
    );
    expect(workloads.chat?.parts?.get?.undisturbed).toMatchObject({ count: 2400, ratio: 1 });
    expect(workloads.chat?.parts?.set?.undisturbed.count).toBe(750);
  });
});

describe("a result with parts", () => {
  test("has them by name; one without has none", () => {
    expect(Object.keys(chat?.parts ?? {})).toEqual(["get", "set"]);
    expect(chat?.parts?.get?.exchanges).toMatchObject({ sent: 2400, received: 2400, timedOut: 0 });
    expect(buildResult(resultInput()).workloads.chat).not.toHaveProperty("parts");
  });

  test("is read as it was written, and refused where a part is damaged", () => {
    const path = join(makeTempDir(), "result.json");
    const json = JSON.parse(JSON.stringify(result));
    writeFileSync(path, JSON.stringify(json));
    expect(readResult(path)).toEqual(json);
    json.workloads.chat.parts.get.exchanges.sent = "many";
    writeFileSync(path, JSON.stringify(json));
    expect(() => readResult(path)).toThrow(/workloads\.chat\.parts\.get\.exchanges\.sent/);
  });

  test("is shown with a line for each", () => {
    const summary = renderSummary(result, plain);
    expect(summary).toContain(
      [
        "  part            sent  received  failed      p50      p99    p99.9      max",
        "  get            2,400     2,400       0  1.00 ms  1.00 ms  1.00 ms  1.00 ms",
        "  set              800       768      32  5.00 ms   1.00 s   1.00 s   1.00 s",
      ].join("\n"),
    );
    const lines = renderBrief(result, plain).split("\n");
    expect(lines.filter((line) => /^ {2}chat/.test(line))).toEqual([
      "  chat        10  792/s      40  1.00 ms  5.00 ms   1.00 s",
      "  chat.get        600/s       0  1.00 ms  1.00 ms  1.00 ms",
      "  chat.set        192/s      40  5.00 ms   1.00 s   1.00 s",
    ]);
  });

  test("is exported with them", () => {
    const paths = (["hgrm", "fortio", "vegeta"] as const).flatMap((format) =>
      exportFiles(result, format, "r").map(({ path }) => path),
    );
    expect(paths).toEqual(
      ["hgrm", "fortio.json", "vegeta.json"].flatMap((ending) =>
        ["chat", "chat_get", "chat_set"].map((name) => `r.${name}.${ending}`),
      ),
    );
    const [, fortio] = exportFiles(result, "fortio", "r");
    expect(JSON.parse(fortio?.text ?? "")).toMatchObject({
      Labels: "chat test chat.get, request",
      DurationHistogram: { Count: 2400 },
      RetCodes: { OK: 2400 },
    });
    const csv = renderTimelineCsv(result).split("\n");
    expect(csv.filter((line) => line.startsWith("chat.set,"))).toHaveLength(
      csv.filter((line) => line.startsWith("chat,")).length,
    );
    expect(csv.find((line) => line.startsWith("chat.set,2000,"))).toMatch(
      /^chat\.set,2000,,200,192,,,8,/,
    );
    expect(renderMarkdown(result)).toMatch(/\| chat\.set \| {2}\| 768 \| 192\/s \| 5\.00 ms/);
  });

  test("has them in its interval log", () => {
    const path = join(makeTempDir(), "r.hlog");
    writeIntervalLog(path, input);
    const tags = new Set(readFileSync(path, "utf8").match(/^Tag=[^,]+/gm));
    expect([...tags]).toContain("Tag=chat.get.responseTime");
    expect([...tags]).toContain("Tag=chat.set.outsideSteady.serviceTime");
  });

  test("has a part of its page for each, without connections of its own", () => {
    const model = buildPageModel([{ label: "a", result }]);
    expect(model.workloads.map(({ name }) => name)).toEqual(["chat", "chat.get", "chat.set"]);
    expect(model.summary.rows.map((row) => row.slice(0, 5))).toEqual([
      ["chat", "10", "800/s", "800/s", "792/s"],
      ["chat.get", "–", "–", "600/s", "600/s"],
      ["chat.set", "–", "–", "200/s", "192/s"],
    ]);
    const [, get] = model.workloads;
    expect(get?.tables.map(({ title }) => title)).toEqual([
      "Latency, in steady state",
      "Exchanges, in steady state",
      "Rates, in steady state",
    ]);
    expect(get?.charts.map(({ id }) => id)).toContain("latency");
    expect(get?.charts.map(({ id }) => id)).not.toContain("open");
    expect(model.addresses).toEqual(
      buildPageModel([{ label: "a", result: withoutParts() }]).addresses,
    );
  });
});

function withoutParts(): typeof result {
  const { parts: _, ...whole } = chat as NonNullable<typeof chat>;
  return { ...result, workloads: { chat: whole } };
}

test("of what only a server counts, a part has what was sent", () => {
  const delivered = { received: 1, duplicated: 0, reordered: 0, bytesReceived: 1, lost: null };
  const stream = {
    ...measured(0, partsStory),
    delivered: { ...delivered, arrivals: null },
  };
  const streaming = partsPlan(resultInput({ pattern: "stream" }).plan);
  const { workloads } = buildResult(resultInput({ plan: streaming, workloads: [stream] }));
  const get = workloads.chat?.parts?.get as PartResult;
  // Of the whole run, as the workload's.
  expect(get.exchanges).toMatchObject({ sent: 3000, received: null });
  expect(get.rate).toEqual({ achievedPerSecond: 600, receivedPerSecond: null });
  expect(get.bytes).toEqual({ sent: 192_000, received: null });
});
