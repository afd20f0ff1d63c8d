import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { familiesOf } from "../../src/live/families.ts";
import type { Family } from "../../src/live/family.ts";
import { prometheusName } from "../../src/live/prometheus.ts";
import { counters } from "../../src/metrics/snapshot.ts";
import { TcpTotals } from "../../src/metrics/tcp/totals.ts";
import { tcpSample } from "../metrics/tcp/samples.ts";
import { earlyView, hostView, runView } from "./samples.ts";

const families = familiesOf(runView());
const named = (name: string): Family => {
  const family = families.find((one) => one.name === `slash8.${name}`);
  if (family === undefined) throw new Error(`no ${name}`);
  return family;
};
const chatter = { workload: "chatter", server: "echo" };

describe("the value of", () => {
  test.each([
    ["exchanges.sent", chatter, 4000],
    ["exchanges.received", chatter, 4000],
    ["exchanges.timed_out", chatter, 0],
    ["sent", chatter, 256_000],
    ["connections.opened", chatter, 10],
    ["connections.open", chatter, 5000],
    ["rate.offered", chatter, 20_000],
    ["rate.achieved", chatter, 20_001],
    ["rate.received", chatter, 20_004],
    ["response_time.p99", chatter, 0.00142],
    ["exchanges.status", { ...chatter, status: "200" }, 6],
    ["exchanges.status", { ...chatter, status: "503" }, 2],
    ["errors", { ...chatter, code: "ECONNRESET", side: "target" }, 6],
    ["errors", { ...chatter, code: "EMFILE", side: "generator" }, 2],
    ["workload.phase", { ...chatter, phase: "steady" }, 1],
    ["workload.phase", { ...chatter, phase: "draining" }, 0],
    ["run.state", { state: "steady" }, 1],
    ["run.elapsed", {}, 12],
    ["run.remaining", {}, 28],
    ["server.cpu", { server: "echo" }, 1.5],
    ["server.resident_memory", { server: "echo" }, 50_000_000],
    ["generator.cpu", {}, 1.5],
    ["run.info", { id: "0001", scenario: 'fake"', version: "0.1.0", io: "node" }, 1],
  ])("%s %j", (name, labels, value) => {
    expect(named(name).samples).toContainEqual({ labels, value });
  });

  test("a histogram of all phases: count, sum and distribution", () => {
    const { samples } = named("response_time");
    expect(samples[0]).toMatchObject({
      labels: chatter,
      buckets: { count: 4000, sum: 4000e6, min: 1e6, max: 1e6 },
    });
  });

  test("what is not known is left out", () => {
    expect(named("generator.open_files").samples).toEqual([]);
    expect(named("response_time.p99").samples).toHaveLength(1);
    const early = familiesOf(earlyView()).filter(({ samples }) => samples.length > 0);
    expect(early.map(({ name }) => name)).toEqual([
      "slash8.run.info",
      "slash8.run.state",
      "slash8.run.elapsed",
    ]);
  });
});

describe("parts of workloads", () => {
  const view = runView();
  const [chatter] = view.workloads as [(typeof view.workloads)[number]];
  const { accumulator } = chatter;
  const parts = ["get", "set"].map((name) => ({
    name,
    accumulator,
    live: { perSecond: () => 7, p50Ns: 1e6, p99Ns: 2e6, maxNs: null },
  }));
  const all = familiesOf({ ...view, workloads: [{ ...chatter, parts }] });
  const added = all.filter(({ name }) => name.startsWith("slash8.part."));
  const labels = { workload: "chatter", server: "echo", part: "set" };

  test("have families of their own, with a label that says which, so that no sum counts anything twice", () => {
    expect(all.filter(({ name }) => !name.startsWith("slash8.part."))).toHaveLength(
      families.length,
    );
    for (const { samples } of all.filter((family) => !added.includes(family))) {
      expect(samples.every((sample) => !("part" in sample.labels))).toBe(true);
    }
    const samplesOf = (name: string) => added.find((one) => one.name === `slash8.part.${name}`);
    expect(samplesOf("exchanges.sent")?.samples).toContainEqual({ labels, value: 4000 });
    expect(samplesOf("rate.received")?.samples).toContainEqual({ labels, value: 7 });
    expect(samplesOf("response_time.p99")?.samples).toContainEqual({ labels, value: 0.002 });
    expect(samplesOf("response_time.max")?.samples).toEqual([]);
    expect(samplesOf("errors")?.samples).toContainEqual({
      labels: { ...labels, code: "EMFILE", side: "generator" },
      value: 2,
    });
    expect(samplesOf("response_time")?.samples[1]).toMatchObject({
      labels,
      buckets: { count: 4000 },
    });
  });

  test("are in docs/live.md", () => {
    const docs = readFileSync(new URL("../../docs/live.md", import.meta.url), "utf8");
    for (const family of added) expect(docs).toContain(`\`${prometheusName(family)}\``);
  });
});

describe("the kernel's figures of connections", () => {
  const tcp = new TcpTotals(1e9, 0);
  const view = runView();
  const [chatter] = view.workloads as [(typeof view.workloads)[number]];
  const all = () => familiesOf({ ...view, workloads: [{ ...chatter, tcp }] });
  const added = () => all().filter(({ name }) => name.startsWith("slash8.tcp."));
  const labels = { workload: "chatter", server: "echo" };
  const samplesOf = (name: string) =>
    added().find((family) => family.name === `slash8.tcp.${name}`)?.samples;

  test("are of the workloads that have them, and left out where nobody looked yet", () => {
    expect(families.some(({ name }) => name.startsWith("slash8.tcp."))).toBe(false);
    expect(added().every(({ samples }) => samples.length === 0)).toBe(true);
  });

  test("count from the start, or are those of the last look", () => {
    tcp.add(
      tcpSample({ connections: 3, rttNs: [1e6, 2e6, 9e6], added: { retransmits: 4, busyNs: 5e8 } }),
    );
    tcp.add(
      tcpSample({ connections: 2, rttNs: [3e6, 3e6], added: { retransmits: 1, busyNs: 5e8 } }),
    );
    expect(samplesOf("retransmits")).toEqual([{ labels, value: 5 }]);
    expect(samplesOf("busy")).toEqual([{ labels, value: 1 }]);
    expect(samplesOf("connections")).toEqual([{ labels, value: 2 }]);
    const [p99] = samplesOf("rtt.p99") as readonly { readonly value: number }[];
    expect(p99?.value).toBeCloseTo(0.003, 5);
  });

  test("are in docs/live.md", () => {
    const docs = readFileSync(new URL("../../docs/live.md", import.meta.url), "utf8");
    for (const family of added()) expect(docs).toContain(`\`${prometheusName(family)}\``);
  });
});

describe("hosts with clients", () => {
  const all = familiesOf({ ...runView(), hosts: [hostView("a"), hostView("b")] });
  const added = all.filter(({ name }) => name.startsWith("slash8.host."));

  test.each([
    ["exchanges.sent", 40_000],
    ["exchanges.received", 39_000],
    ["errors", 3],
    ["connections.open", 2_500],
    ["rate.achieved", 8_000],
    ["rate.received", 7_990],
    ["response_time.p50", 0.001],
    ["response_time.p99", 0.003],
  ])("%s of each, in a family of its own", (name, value) => {
    const family = added.find((one) => one.name === `slash8.host.${name}`);
    const labels = (host: string) => ({ ...chatter, host });
    expect(family?.samples).toEqual(["a", "b"].map((host) => ({ labels: labels(host), value })));
  });

  test("have nothing more, and there is none where the clients are on one machine", () => {
    expect(added).toHaveLength(8);
    expect(all.length - added.length).toBe(families.length);
  });

  test("are in docs/live.md", () => {
    const docs = readFileSync(new URL("../../docs/live.md", import.meta.url), "utf8");
    for (const family of added) expect(docs).toContain(`\`${prometheusName(family)}\``);
  });
});

test("every name stands for one metric, every label set of a metric for one value", () => {
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
  expect(new Set(families.map(prometheusName)).size).toBe(families.length);
  for (const { samples } of families) {
    const sets = samples.map(({ labels }) => JSON.stringify(labels));
    expect(new Set(sets).size).toBe(sets.length);
  }
});

test("no counter is forgotten: those left out are listed here", () => {
  const counted = families.filter(({ kind }) => kind === "counter").length;
  const elsewhere = [
    ...["exchangesAbandoned", "arrivedLater", "arrivedOfEarlier", "openAtEnd"],
    ...["resetByRestart", "truncated", "fragmented", "fragments"],
  ];
  const processes = ["server.cpu", "generator.cpu"];
  const [errors, statuses] = [1, 1];
  expect(counted).toBe(counters.length - elsewhere.length + processes.length + errors + statuses);
});

test("docs/live.md lists every metric, with its type, labels and unit", () => {
  const docs = readFileSync(new URL("../../docs/live.md", import.meta.url), "utf8");
  const rows = docs
    .split("\n")
    .filter((line) => line.startsWith("| `slash8_"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const listed = rows.map(([, name = "", type = "", labels = ""]) =>
    [name.replaceAll("`", ""), type, labels].join(" | "),
  );
  const labelsOf = ({ samples }: Family) =>
    [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))].join(", ");
  const all = families.map((family) => {
    const labels = family.name.startsWith("slash8.generator") ? "" : labelsOf(family);
    return [prometheusName(family), family.kind, labels].join(" | ");
  });
  expect(listed).toEqual(all);
});
