import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  errorMetric,
  hasWindows,
  histograms,
  serverMetrics,
  statusMetric,
  workloadMetrics,
} from "../../src/gates/metric.ts";
import { resolveMetric } from "../../src/gates/metric-name.ts";
import { parseGate } from "../../src/gates/parse.ts";
import { metricsReference } from "../../src/gates/reference.ts";

const page = metricsReference();

it("stands in docs/reference/ as the code has it (else run: npm run schema)", () => {
  const committed = readFileSync(new URL("../../docs/reference/metrics.md", import.meta.url));
  expect(committed.toString()).toBe(page);
});

it("has every metric that a gate can ask for, with what it means", () => {
  const metrics = { ...histograms, ...workloadMetrics };
  for (const [name, { meaning }] of [
    ...Object.entries(metrics),
    ...Object.entries(serverMetrics),
  ]) {
    expect(page).toContain(`| \`${name}\` |`);
    expect(meaning.length, name).toBeGreaterThan(10);
  }
});

it("has the errors by code, after those by side", () => {
  expect(page).toMatch(
    /\n\| `errors\.generator` .*\n\| `errors\.<CODE>` \| count \| yes \| all \| .*\n/,
  );
  expect(page).toContain(errorMetric.meaning);
});

it("has the replies by status, after all replies", () => {
  expect(page).toMatch(
    /\n\| `exchanges\.received` .*\n\| `exchanges\.status\.<status>` \| count \| yes \| .*\n/,
  );
  expect(page).toContain(statusMetric.meaning);
});

it("says rightly what may be asked over windows", () => {
  const names = { workloads: ["w"], servers: ["s"] };
  const rows = [...page.matchAll(/^\| `([\w.]+)` \|(?: [\w ]+ \|)? (yes|no) \|/gm)];
  expect(rows.length).toBe(
    [histograms, workloadMetrics, serverMetrics].flatMap(Object.keys).length,
  );
  for (const [index, [, name, says]] of rows.entries()) {
    const isHistogram = Object.hasOwn(histograms, name as string);
    const isServers = index >= rows.length - Object.keys(serverMetrics).length;
    const text = isServers ? `servers.s.${name}` : `w.${name}${isHistogram ? ".p99" : ""}`;
    expect(hasWindows(resolveMetric(text, 0, names)), name).toBe(says === "yes");
  }
});

it("gives examples that are gates", () => {
  const names = { workloads: ["chat", "new", "old"], servers: ["echo"] };
  const examples = [...page.matchAll(/^ {6}- (.*?)(?: +#.*)?$/gm)].map(
    ([, gate]) => gate as string,
  );
  expect(examples.length).toBe(7);
  for (const gate of examples) expect(parseGate(gate, names).expression).toBe(gate);
});
