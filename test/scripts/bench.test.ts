import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { judge } from "../../scripts/bench/bars.js";
import { figures } from "../../scripts/bench/figures.js";
import { measureOutside } from "../../scripts/bench/outside.js";
import { parseCpuList } from "../../scripts/bench/pinning.js";
import { run } from "../../scripts/bench/processes.js";
import { MissingError } from "../../scripts/bench/programs.js";
import { runWork, type Work } from "../../scripts/bench/rounds.js";
import { median } from "../../scripts/bench/statistics.js";
import {
  betweenMarks,
  renderMarkdown,
  renderSummary,
  renderText,
} from "../../scripts/bench/table.js";
import { cpuBetween, stealTime, tree, usageOf } from "../../scripts/bench/usage.js";
import { watchRate } from "../../scripts/bench/works/pace.js";
import { onlyOnRequest, works } from "../../scripts/bench/works/works.js";

const netLoop = fileURLToPath(new URL("../../scripts/bench/net-loop.js", import.meta.url));
const options = { rounds: 3, warmUpSeconds: 0.1, seconds: 0.1 };
const quiet = () => undefined;

/** Returns these figures, one after the other; an Error is thrown. */
function contender(...results: (number | Error)[]) {
  return async () => {
    const next = results.shift() ?? 0;
    if (next instanceof Error) throw next;
    return { cpuUs: next };
  };
}

function work(parts: Partial<Work>): Work {
  return {
    name: "trial",
    title: "A trial",
    headline: "cpuUs",
    cases: [{ label: "50", params: {} }],
    contenders: {},
    bars: [],
    ...parts,
  };
}

describe("figures", () => {
  test.skipIf(process.platform !== "linux")(
    "the time that the hypervisor took is a part of all time",
    async () => {
      const before = stealTime();
      await sleep(50);
      const after = stealTime();
      const all = after.all - before.all;
      expect(all).toBeGreaterThan(0);
      expect(after.stolen - before.stolen).toBeGreaterThanOrEqual(0);
      expect(after.stolen - before.stolen).toBeLessThanOrEqual(all);
    },
  );

  test("the median is the middle, or the mean of the two in the middle", () => {
    expect(median([3])).toBe(3);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 1, 4, 2])).toBe(3);
  });

  test("CPU lists as the kernel writes them", () => {
    expect(parseCpuList("0-1")).toEqual([0, 1]);
    expect(parseCpuList("3")).toEqual([3]);
    expect(parseCpuList("0,2,5-7")).toEqual([0, 2, 5, 6, 7]);
    expect(parseCpuList("")).toEqual([]);
  });

  test("CPU time grows evenly between two samples, and stays constant outside them", () => {
    const sample = (ns: number, userSeconds: number, systemSeconds: number) => ({
      ns,
      userSeconds,
      systemSeconds,
      rssBytes: 0,
    });
    const samples = [sample(100, 0, 0), sample(200, 1, 1), sample(400, 1, 5)];
    expect(cpuBetween(samples, 100, 400)).toBe(6);
    expect(cpuBetween(samples, 150, 300)).toBe(3);
    expect(cpuBetween(samples, 0, 1_000)).toBe(6);
  });
});

describe.skipIf(process.platform !== "linux")("from outside", () => {
  test("a process and its descendants, and what they use", () => {
    expect(tree(process.pid)).toContain(process.pid);
    const { userSeconds, rssBytes } = usageOf([process.pid]);
    expect(userSeconds).toBeGreaterThan(0);
    expect(rssBytes).toBeGreaterThan(1e6);
    expect(usageOf([]).userSeconds).toBe(0);
  });

  test("the plain loop is counted by the server, in whole messages", async () => {
    let received = 0;
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (bytes) => {
        received += bytes.length;
        // In two parts, so that a reply may arrive in two reads.
        socket.write(bytes.subarray(0, 10));
        socket.write(bytes.subarray(10));
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const words = [process.execPath, netLoop, port, 5, "x".repeat(64), 64];
    const measured = await measureOutside(words, {
      server: {
        port,
        pids: [],
        report: async () => ({ ns: performance.now() * 1e6, bytes: received }),
        stop: async () => undefined,
      },
      count: (report) => report.bytes / 64,
      warmUpSeconds: 0.1,
      seconds: 0.3,
      cpu: undefined,
    });
    server.close();
    await once(server, "close");
    expect(measured.perSecond).toBeGreaterThan(0);
    expect(measured.cpuUs).toBeGreaterThan(0);
    expect(received % 64).toBe(0);
  });
});

test("the plain loop fails when the server does", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const ended = run([process.execPath, netLoop, port, 2, "x", 1], undefined);
  await expect(ended).rejects.toThrow(/the server closed a connection|ECONNRESET|EPIPE/);
  server.close();
  await once(server, "close");
});

test("a held rate is the server's count by its own clock, so that falling behind shows", async () => {
  // A server that sees half of 1,000/s, by a clock that the reports carry.
  const reports = [0, 0, 500, 1_000].map((count, n) => ({ ns: n * 1e9, bytes: count * 64 }));
  const last = { ns: 4e9, bytes: 1_500 * 64 };
  const server = {
    port: 1,
    pids: [],
    report: async () => reports.shift() ?? last,
    stop: async () => undefined,
  };
  expect(await watchRate(server, 0, 0, () => false)).toBe(500);
});

describe("rounds", () => {
  const stopped: string[] = [];
  afterEach(() => {
    stopped.length = 0;
  });
  const server = async () => ({
    port: 1,
    pids: [],
    stop: async () => stopped.push("stopped"),
  });

  test("contenders take turns, each round starting with another one, on one server", async () => {
    const calls: string[] = [];
    const named = (name: string, cpuUs: number) => async (run: { server: unknown }) => {
      calls.push(name);
      expect(run.server).toMatchObject({ port: 1 });
      return { cpuUs };
    };
    const contenders = { a: named("a", 10), b: named("b", 20), c: named("c", 40) };
    const { rows } = await runWork(work({ contenders, server }), options, null, quiet);
    expect(calls.join("")).toBe("abcbcacab");
    expect(rows.map((row) => [row.contender, row.medians])).toEqual([
      ["a", { cpuUs: 10 }],
      ["b", { cpuUs: 20 }],
      ["c", { cpuUs: 40 }],
    ]);
    expect(stopped).toEqual(["stopped"]);
  });

  test("what is missing is named and not tried again; what fails is, and others go on", async () => {
    const missing = contender(new MissingError("wrk is missing: apt install wrk"), 1, 1);
    const failing = contender(new Error("broken"), 3, 5);
    const bars = [
      { figure: "cpuUs", ours: "well", theirs: "missing", most: 1 },
      { figure: "cpuUs", ours: "well", theirs: "failing", most: 1 },
    ];
    const contenders = { well: contender(2, 2, 9), missing, failing, none: async () => null };
    const measured = await runWork(work({ contenders, bars, server }), options, null, quiet);
    expect(
      measured.rows.map(({ contender: name, medians, problems }) => [name, medians, problems]),
    ).toEqual([
      ["well", { cpuUs: 2 }, []],
      ["missing", {}, ["wrk is missing: apt install wrk"]],
      ["failing", { cpuUs: 4 }, ["broken"]],
    ]);
    expect(measured.verdicts.map(({ value, verdict }) => [value, verdict])).toEqual([
      [null, "no data"],
      [0.5, "met"],
    ]);
    expect(renderText([measured])).toContain("missing: wrk is missing: apt install wrk");
    expect(renderMarkdown([measured])).toContain("missing: wrk is missing: apt install wrk");
  });

  test("a figure that is not a number is a failure, and so is a server that does not start", async () => {
    const contenders = { a: contender(Number.NaN, Number.NaN, Number.NaN) };
    const { rows } = await runWork(work({ contenders }), options, null, quiet);
    expect(rows[0]?.problems).toEqual(["cpuUs is NaN", "cpuUs is NaN", "cpuUs is NaN"]);
    const none = work({ contenders, server: () => Promise.reject(new MissingError("no gcc")) });
    expect((await runWork(none, options, null, quiet)).rows[0]?.problems).toEqual(["no gcc"]);
  });

  test("a work may have its own number of rounds", async () => {
    const one = work({ contenders: { a: contender(1, 2, 3) }, rounds: 1 });
    expect((await runWork(one, options, null, quiet)).rows[0]?.rounds).toEqual([{ cpuUs: 1 }]);
  });
});

describe("bars", () => {
  const cases = [
    { label: "few", params: {} },
    { label: "many", params: {} },
  ];
  const row = (label: string, name: string, cpuUs: number) => ({
    case: label,
    contender: name,
    medians: { cpuUs },
    rounds: [],
    problems: [],
  });
  const rows = [row("few", "a", 4), row("few", "b", 5), row("many", "a", 8), row("many", "b", 4)];

  test.each([
    ["beside another", { ours: "a", theirs: "b", most: 1 }, [0.8, "met"], [2, "missed"]],
    ["at least", { ours: "a", theirs: "b", least: 1.5 }, [0.8, "missed"], [2, "met"]],
    [
      "on both sides",
      { ours: "a", theirs: "b", least: 0.85, most: 3 },
      [0.8, "missed"],
      [2, "met"],
    ],
    ["by itself", { ours: "a", most: 4 }, [4, "met"], [8, "missed"]],
    ["without figures", { ours: "a", theirs: "c", most: 1 }, [null, "no data"], [null, "no data"]],
  ])("%s", (_, bar, few, many) => {
    const verdicts = judge({ cases, bars: [{ figure: "cpuUs", ...bar }] }, rows);
    expect(verdicts.map(({ value, verdict }) => [value, verdict])).toEqual([few, many]);
  });

  test("in one case only, and across cases", () => {
    const only = { figure: "cpuUs", ours: "a", most: 4, cases: ["many"] };
    const across = { figure: "cpuUs", ours: "a", most: 1.5, across: ["few", "many"] as const };
    expect(judge({ cases, bars: [only, across] }, rows)).toEqual([
      { case: "many", bar: "CPU us: a <= 4", value: 8, verdict: "missed" },
      { case: "few to many", bar: "CPU us: a, most / fewest <= 1.5", value: 2, verdict: "missed" },
    ]);
  });

  test("every bar of every work refers to a contender, a case and a figure that exist", () => {
    for (const { cases: all, contenders, bars, headline } of works) {
      const labels = all.map(({ label }) => label);
      for (const { figure, ours, theirs = ours, across = [], cases: some = [] } of bars) {
        expect(Object.keys(figures)).toContain(figure);
        expect(Object.keys(contenders)).toEqual(expect.arrayContaining([ours, theirs]));
        expect(labels).toEqual(expect.arrayContaining([...across, ...some]));
      }
      expect(Object.keys(figures)).toContain(headline);
    }
    expect(works.map(({ name }) => name)).toEqual(expect.arrayContaining(onlyOnRequest));
  });
});

describe("tables", () => {
  const measured = {
    work: "tcp-echo",
    title: "TCP",
    headline: "cpuUs",
    rows: [
      {
        case: "50",
        contender: "slash8 uring",
        medians: { cpuUs: 5, perSecond: 1e5 },
        rounds: [],
        problems: [],
      },
      { case: "50", contender: "C", medians: { cpuUs: 10 }, rounds: [], problems: [] },
    ],
    verdicts: [
      { case: "50", bar: "CPU us: slash8 uring / C <= 1", value: 0.5, verdict: "met" as const },
    ],
  };

  test("as text", () => {
    expect(renderText([measured]).split("\n")).toEqual([
      "tcp-echo: TCP",
      "                  CPU us  per second",
      "50  slash8 uring    5.00     100,000",
      "    C              10.00           -",
      "met  50  CPU us: slash8 uring / C <= 1  0.50",
    ]);
  });

  test("as a summary: a line for each case", () => {
    expect(renderSummary([measured]).split("\n").at(-1)).toBe(
      "| tcp-echo | 50 | CPU us | 5.00 | - | C 10.00 |",
    );
  });

  test("as Markdown, between two marks", () => {
    const text = renderMarkdown([measured]);
    expect(text).toContain("| 50 | slash8 uring | 5.00 | 100,000 |\n|  | C | 10.00 | - |");
    expect(text).toContain("| tcp-echo | 50 | CPU us: slash8 uring / C <= 1 | 0.50 | met |");
    const document = "before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n";
    const once = betweenMarks(document, "bench", text);
    expect(once.startsWith("before\n<!-- bench -->\n\nTCP:")).toBe(true);
    expect(once.endsWith("\n<!-- /bench -->\nafter\n")).toBe(true);
    expect(once).not.toContain("old");
    expect(betweenMarks(once, "bench", text)).toBe(once);
    expect(() => betweenMarks("nothing", "bench", text)).toThrow(
      "no place for the table: the document needs the marks <!-- bench --> and <!-- /bench -->",
    );
  });
});
