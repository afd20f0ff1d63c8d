import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { everyFamily, familiesOf } from "../../src/live/families.ts";
import { grafanaDashboard } from "../../src/live/grafana.ts";
import { prometheusName } from "../../src/live/prometheus.ts";
import { TcpTotals } from "../../src/metrics/tcp/totals.ts";
import { isInstalled } from "../support/programs.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { hostView, runView } from "./samples.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

const text = grafanaDashboard();
const { panels, templating } = JSON.parse(text) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
};
const expressions = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
const namesIn = (expr: string) => expr.match(/slash8_\w+/g) ?? [];

test("every metric is known without a run, by the same name", () => {
  const { workloads, ...view } = runView();
  const parts = workloads.slice(0, 1).map((workload) => ({
    ...workload,
    parts: [
      {
        name: "get",
        accumulator: workload.accumulator,
        live: { perSecond: () => 7, p50Ns: 1, p99Ns: 1, maxNs: 1 },
      },
    ],
  }));
  const known = familiesOf({
    ...view,
    hosts: [hostView("a")],
    workloads: parts.map((workload) => ({ ...workload, tcp: new TcpTotals(1e9, 0) })),
  });
  expect(everyFamily()).toEqual(
    known.map(({ name, unit, help, kind }) => ({ name, unit, help, kind })),
  );
});

describe("the dashboard", () => {
  test("asks for nothing that is not exported", () => {
    const exported = new Set(
      everyFamily().flatMap((family) => {
        const name = prometheusName(family);
        return family.kind === "histogram" ? [`${name}_bucket`] : [name];
      }),
    );
    const asked = [...expressions, ...templating.list.map(({ query }) => query)].flatMap(namesIn);
    expect(asked.length).toBeGreaterThan(40);
    expect(asked.filter((name) => !exported.has(name))).toEqual([]);
  });

  test("shows everything that can go wrong, and everything that is timed", () => {
    const asked = new Set(expressions.flatMap(namesIn));
    const wanted = everyFamily().filter(
      ({ name, kind }) =>
        (kind === "histogram" && !name.startsWith("slash8.part.")) ||
        (kind === "counter" && /^slash8\.(connections|errors)/.test(name)),
    );
    const missing = wanted
      .map((family) => prometheusName(family) + (family.kind === "histogram" ? "_bucket" : ""))
      .filter((name) => !asked.has(name));
    expect(missing).toEqual([]);
  });

  test("has panels that do not overlap, each with an id of its own", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    for (const { targets = [] } of panels) {
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
  });

  test("is the file in docs/, which npm run schema writes", () => {
    const file = new URL("../../docs/grafana-dashboard.json", import.meta.url);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test.skipIf(!isInstalled("promtool"))("has queries that Prometheus can parse", () => {
    const path = `${makeTempDir()}/rules.yml`;
    const rules = expressions.map((expr, at) => ({
      record: `slash8:query:${at}`,
      expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$workload", ".*"),
    }));
    writeFileSync(path, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "rules", path], {
      encoding: "utf8",
    });
    expect(`${stdout}${stderr}`).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(status).toBe(0);
  });
});
