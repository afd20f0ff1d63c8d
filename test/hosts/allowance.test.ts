import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  type Allowance,
  allowanceLines,
  allowanceRefusal,
  readPaths,
} from "../../src/hosts/allowance.ts";
import { parseLimits } from "../../src/hosts/limits.ts";
import type { PlanHost } from "../../src/plan/over-hosts.ts";
import { planRun } from "../../src/plan/plan.ts";
import type { Plan, Portion } from "../../src/plan/plan-types.ts";
import type { Workload } from "../../src/scenario/scenario.ts";
import { scenario } from "../plan/samples.ts";
import { machine } from "../support/scenario-parts.ts";
import { makeTempDir } from "../support/temp-dir.ts";

function plan(workload: Partial<Workload>, data: readonly string[] = []) {
  const hosts = ["a", "b"].map(
    (name, index): PlanHost => ({
      name,
      addresses: [`10.0.0.${index + 2}/24`],
      sources: [],
      machine: machine(),
      io: "uring",
      avoid: [],
    }),
  );
  const to = { server: null, endpoints: [{ address: "10.0.0.1", port: 7000 }], sources: [] };
  const whole = {
    ...scenario([{ ...to, connections: 40, ...workload }]),
    data: data.map((file) => ({ name: "rows", file, columns: ["a"] }) as never),
  };
  return planRun(whole, machine(), { io: "node", workers: 1, hosts });
}

function allowance(changes: Partial<Allowance> = {}, texts = {}): Allowance {
  const given = { allowTarget: ["10.0.0.0/24"], maxConnections: undefined, maxRate: undefined };
  return { limits: parseLimits({ ...given, ...texts }), commands: [], files: [], ...changes };
}

const at = (ratePerSecond: number) => ({
  load: {
    model: "open" as const,
    startRatePerSecond: 0,
    stages: [{ durationNs: 1e9, ratePerSecond }],
    arrivals: "constant" as const,
  },
});

describe("what a host allows", () => {
  it("is all said at once", () => {
    const texts = { allowTarget: [], maxConnections: "1" };
    expect(allowanceRefusal(allowance({}, texts), plan(at(1)), "a")).toMatch(
      /its clients may not go to 10\.0\.0\.1:7000.*; it would have 20 connections/,
    );
  });

  it("refuses plans that no planner makes, in which more would happen than is added up", () => {
    const made = plan(at(1));
    const [workload] = made.workloads;
    const [first, second] = made.agents;
    const [portion, other] = workload?.portions ?? [];
    if (workload === undefined || first === undefined || second === undefined)
      throw new Error("there are a workload, and agents of two hosts");
    if (portion === undefined || other === undefined) throw new Error("each has a portion");
    const refusal = (changes: Partial<Plan>) =>
      allowanceRefusal(allowance(), { ...made, ...changes }, "a");
    const portions = (...given: readonly Portion[]) =>
      refusal({ workloads: [{ ...workload, portions: given }] });
    const { part: _, ...partless } = portion;
    expect(refusal({})).toBeNull();
    expect(refusal({ hosts: [] })).toContain("not among its hosts");
    expect(refusal({ agents: [second, first] })).toContain("agents are out of order");
    expect(refusal({ agents: [first, { ...first, index: 1 }] })).toContain("in two places");
    expect(portions(portion, portion, other)).toContain("two portions");
    expect(portions({ ...portion, connections: -20 }, other)).toContain("is not one");
    expect(portions(partless, other)).toContain("is not one");
    expect(refusal({ workloads: [{ ...workload, index: 7 }] })).toContain("workload is missing");
    expect(portions(partless)).toBe(
      "its plan is not one that slash8 makes: a portion of a workload is not one; " +
        "install the same version of slash8 where load is called",
    );
  });

  it("has modules run and files read only within what it was started with", () => {
    const folder = makeTempDir();
    const inside = join(folder, "in");
    mkdirSync(inside);
    const [module, outside, link] = ["in/chat.mts", "secret.mts", "in/link.mts"].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    writeFileSync(module, "");
    writeFileSync(outside, "");
    symlinkSync(outside, link);
    const speaks = (path: string) => ({
      ...at(1),
      applicationProtocol: { name: "x", path, options: {}, secrets: [] },
    });
    const commands = readPaths("--allow-commands", [inside]);
    const with_ = (path: string, more: Partial<Allowance> = { commands }) =>
      allowanceRefusal(allowance(more), plan(speaks(path)), "a");
    expect(with_(module)).toBeNull();
    expect(with_(module, {})).toBe(
      `its agent may not run ${module}: start it with --allow-commands ${module}`,
    );
    expect(with_(outside)).toContain(`may not run ${outside}`);
    expect(with_(link)).toContain(`may not run ${link}`);
    expect(with_(join(inside, "none.mts"))).toContain("copy it there, to the same path");
    const rows = plan(at(1), [outside]);
    expect(allowanceRefusal(allowance({ commands }), rows, "a")).toContain(
      `may not read ${outside}: start it with --allow-files`,
    );
    expect(allowanceRefusal(allowance({ files: [outside] }), rows, "a")).toBeNull();
    expect(() => readPaths("--allow-files", [join(folder, "none")])).toThrow(
      /--allow-files .*none: it is not there/,
    );
    expect(allowanceLines(allowance({ commands, files: [outside] }))).toEqual([
      "targets: 10.0.0.0/24",
      `modules: ${inside}`,
      `files: ${outside}`,
    ]);
  });
});
