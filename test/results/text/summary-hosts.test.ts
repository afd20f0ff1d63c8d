import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { buildResult } from "../../../src/results/build/build.ts";
import { renderMarkdown } from "../../../src/results/exports/markdown.ts";
import type { RunResult } from "../../../src/results/result.ts";
import { renderSummary } from "../../../src/results/text/summary.ts";
import { hostsInput } from "../hosts-fixture.ts";

const slow = (_: number, worker: number) => (worker === 0 ? 1e6 : 3e6);

function hostsOf(result: RunResult): string {
  const text = renderSummary(result, { color: false, width: 100 });
  return text.split("\n\n").find((section) => section.startsWith("hosts")) ?? "";
}

test("each host has a row: what it contributed, its CPUs, and how wrong its times may be", () => {
  const result = buildResult(hostsInput({ responseNs: slow }));
  expect(hostsOf(result)).toBe(`hosts (2)
  host  connections   rate      p50      p99      max  errors       CPUs  clock error  start error
  a               5  400/s  1.00 ms  1.00 ms  1.00 ms       0  0.50 of 4      20.0 us      20.0 us
  b               5  400/s  3.00 ms  3.00 ms  3.00 ms       0  0.50 of 4      40.0 us      1.04 ms`);
  const head = renderSummary(result, { color: false, width: 100 }).split("\n")[1];
  expect(head).toBe(
    "      7.00 s, io uring, 2 workers in 2 agents on 2 hosts, harness latency 30.0 us",
  );
});

test("a lost host comes first, and says so; what is not known is a dash", () => {
  const input = hostsInput({}, { b: { lost: "no sign of life", cpu: null, totals: [] } });
  const workerExits = [{ worker: 1, reason: "agent 1: host b is gone: no sign of life" }];
  const result = buildResult({ ...input, workerExits });
  const [, , b, a] = hostsOf(result).split("\n");
  expect(b).toMatch(/^ {2}b +- +- +- +- +- +- +- of 4 +40.0 us +- +gone$/);
  expect(a).toMatch(/^ {2}a .* 20.0 us$/);
  const styled = renderSummary(result, { color: true, width: 100 });
  expect(styled).toContain("\u001b[31mgone\u001b[39m");
  expect(stripVTControlCharacters(styled)).toBe(
    renderSummary(result, { color: false, width: 100 }),
  );
});

test("several workloads have a row each, and of many hosts the first are shown", () => {
  const result = buildResult(hostsInput());
  const { a } = result.hosts as { a: RunResult["hosts"][string] };
  const chat = a.workloads.chat as RunResult["hosts"][string]["workloads"][string];
  const one = {
    ...a,
    workloads: {
      chat,
      idle: { ...chat, rate: { achievedPerSecond: null, receivedPerSecond: null } },
    },
  };
  const hosts = Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`h${n}`, one]));
  const workloads = { ...result.workloads, idle: result.workloads.chat as never };
  const lines = hostsOf({ ...result, hosts, workloads }).split("\n");
  expect(lines.slice(0, 4)).toEqual([
    "hosts (25)",
    "  host  workload  connections   rate      p50      p99      max  errors       CPUs  clock error  start error",
    "  h0    chat                5  400/s  1.00 ms  1.00 ms  1.00 ms       0  0.50 of 4      20.0 us      20.0 us",
    "        idle                5      -  1.00 ms  1.00 ms  1.00 ms       0",
  ]);
  expect(lines).toHaveLength(43);
  expect(lines.at(-1)).toBe("  and 5 more hosts, in the result");
});

test("Markdown has the same table", () => {
  const text = renderMarkdown(buildResult(hostsInput({ responseNs: slow })));
  expect(text).toContain("7.00 s, io uring, 2 workers on 2 hosts, /chat.yaml");
  expect(
    text,
  ).toContain(`| host | connections | rate | p50 | p99 | max | errors | CPUs | clock error | start error |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| a | 5 | 400/s | 1.00 ms | 1.00 ms | 1.00 ms | 0 | 0.50 of 4 | 20.0 us | 20.0 us |
`);
});
