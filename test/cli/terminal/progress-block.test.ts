import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { renderProgress } from "../../../src/cli/terminal/progress-block.ts";
import { progressSample, workloadSample } from "./samples.ts";

const most = ["workload", "pattern"];
const rates = ["rate", "offered"];
const wide = { columns: 150, rows: 24, color: false, unicode: true };

describe("renderProgress", () => {
  test("shows the run's state and one line per workload", () => {
    expect(renderProgress(progressSample(), wide)).toEqual([
      "steady  12 s  ███████░░░░░░░░░░░░░░░░░   30 %  28 s left",
      "  workload  pattern      state     open  planned      rate   offered     p50      p99      max  errors  last 30 s",
      "  idle      tcp hold     steady  95,000   95,000       0/s         -       -        -        -       0",
      `  chatter   tcp request  steady   5,000    5,000  20,004/s  20,000/s  210 us  1.42 ms  5.10 ms       3  p99  ${"▁▁█▂".padStart(30)}`,
    ]);
  });

  test.each([
    ["no time left known", { remainingNs: null }, "steady  12 s"],
    [
      "nothing done yet",
      { elapsedNs: 0, remainingNs: 40e9 },
      `steady  0 s  ${"░".repeat(24)}    0 %  40 s left`,
    ],
    ["all done", { remainingNs: 0 }, `steady  12 s  ${"█".repeat(24)}  100 %  0 s left`],
    [
      "nothing at all",
      { elapsedNs: 0, remainingNs: 0 },
      `steady  0 s  ${"█".repeat(24)}  100 %  0 s left`,
    ],
    ["over a minute", { elapsedNs: 90e9, remainingNs: null }, "steady  1m30s"],
  ])("shows the time: %s", (_name, change, line) => {
    expect(renderProgress({ ...progressSample(), ...change }, wide)[0]).toBe(line);
  });

  test.each([
    [
      120,
      [...most, "state", "open", "planned", ...rates, "p50", "p99", "max", "errors", "last 10 s"],
    ],
    [100, ["workload", "state", "open", ...rates, "p50", "p99", "max", "errors", "last 12 s"]],
    [90, ["workload", "state", "open", ...rates, "p50", "p99", "errors", "last 11 s"]],
    [80, ["workload", "state", "open", "rate", "p50", "p99", "errors", "last 11 s"]],
    [75, ["workload", "state", "open", ...rates, "p50", "p99", "errors"]],
    [62, ["workload", "state", "open", "rate", "p50", "p99", "errors"]],
    [56, ["workload", "open", "rate", "p50", "p99", "errors"]],
    [50, ["workload", "open", "rate", "p99", "errors"]],
    [44, ["workload", "rate", "p99", "errors"]],
  ])("leaves out the less important columns in %d characters", (columns, titles) => {
    const [, head] = renderProgress(progressSample(), { ...wide, columns });
    expect(head?.trim().split(/ {2,}/)).toEqual(titles);
  });

  test.each([1, 2, 5, 10, 20, 33, 40, 60, 80, 200])(
    "no line reaches the edge of %d columns, coloured or not",
    (columns) => {
      for (const [color, unicode] of [
        [false, true],
        [true, true],
        [true, false],
      ] as const) {
        const layout = { columns, rows: 24, color, unicode };
        for (const line of renderProgress(progressSample(), layout)) {
          expect([...stripVTControlCharacters(line)].length).toBeLessThanOrEqual(
            Math.max(1, columns - 1),
          );
        }
      }
    },
  );

  test.each([
    [24, 8, 10, false],
    [11, 8, 10, false],
    [10, 8, 9, true],
    [5, 8, 4, true],
    [3, 8, 2, true],
    [2, 8, 1, false],
    [1, 8, 1, false],
  ])("in %d rows, %d workloads make %d lines", (rows, count, lines, counted) => {
    const workloads = Array.from({ length: count }, (_, n) => workloadSample({ name: `w${n}` }));
    const block = renderProgress({ ...progressSample(), workloads }, { ...wide, rows });
    expect(block).toHaveLength(lines);
    expect(/and \d+ more/.test(block.join("\n"))).toBe(counted);
  });

  test("shows the rate of workloads without replies, and nothing for idle ones", () => {
    const recent = (rates: number[]) =>
      rates.map((ratePerSecond) => ({ p99Ns: null, ratePerSecond }));
    const workloads = [
      workloadSample({ recent: recent([0, 500, 1000]) }),
      workloadSample({ recent: recent([0, 0]) }),
      workloadSample({ recent: [] }),
    ];
    const [, , ...rows] = renderProgress({ ...progressSample(), workloads }, wide);
    expect(rows.map((row) => / 3(?: {2}(.*))?$/.exec(row)?.[1])).toEqual([
      `rate ${"▄█".padStart(30)}`,
      undefined,
      undefined,
    ]);
  });

  test("uses plain characters where others cannot be shown", () => {
    const plain = { ...wide, unicode: false };
    for (const columns of [30, 80, 150]) {
      const text = renderProgress(progressSample(), { ...plain, columns }).join("\n");
      expect(text).toMatch(/^[\n\x20-\x7e]+$/);
    }
    expect(renderProgress(progressSample(), plain)[0]).toBe(
      "steady  12 s  #######-----------------   30 %  28 s left",
    );
  });

  test("colours errors, and only when requested", () => {
    const red = "\x1b[31m";
    const [, , none, some] = renderProgress(progressSample(), { ...wide, color: true });
    expect(none).not.toContain(red);
    expect(some).toContain(red);
    expect(renderProgress(progressSample(), wide).join("")).not.toContain("\x1b");
  });

  test("has only the first line before the plan is known", () => {
    const progress = { ...progressSample(), state: "planning" as const, workloads: [] };
    expect(renderProgress({ ...progress, remainingNs: null }, wide)).toEqual(["planning  12 s"]);
  });
});
