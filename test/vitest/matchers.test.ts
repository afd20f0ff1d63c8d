import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { readResult } from "../../src/api/index.ts";
import type { RunResult } from "../../src/api/result.ts";
import { UserError } from "../../src/base/errors.ts";
import { baselineFolder } from "../../src/vitest/baselines.ts";
import { NoVerdictError } from "../../src/vitest/index.ts";
import { matchers } from "../../src/vitest/matchers.ts";
import { invalid, made, side } from "../assert/results.ts";
import { makeTempDir } from "../support/temp-dir.ts";

const good = made({ gates: ["chat.responseTime.p99 < 5ms"] });
const bad = made({ gates: ["chat.responseTime.p99 < 5ms"], responseNs: 8e6 });

describe("matchers", () => {
  test("pass and fail, either way", () => {
    expect(good).toPassGates();
    expect(bad).not.toPassGates();
    expect(good).toHold("chat.responseTime.p50 < 2ms");
    expect(good).not.toHold("chat.responseTime.p50 < 2us");
    expect(() => expect(bad).toPassGates()).toThrow(
      /chat test fails: 1 of 1 gates do not hold\n.*was 8\.\d+ ms {2}limit 5\.00 ms/,
    );
    expect(() => expect(good).not.toPassGates()).toThrow("passes: 1 of 1 gates hold");
    expect(() => expect(good).not.toHold("chat.responseTime.p50 < 2ms")).toThrow(
      "chat.responseTime.p50 < 2ms holds",
    );
    expect(() => expect(good).toHold("chat.responseTime.p50 > 2ms")).toThrow("does not hold");
  });

  test("an invalid run fails either way", () => {
    expect(() => expect(invalid()).toPassGates()).toThrow(NoVerdictError);
    expect(() => expect(invalid()).not.toPassGates()).toThrow(NoVerdictError);
    expect(() => expect(invalid()).not.toHold("chat.responseTime.p50 < 2us")).toThrow(
      "nothing was found about the server",
    );
  });

  test("results are compared with others", () => {
    const base = side(10e6);
    expect(side(10e6)).toBeNoSlowerThan(base);
    expect(side(14e6)).not.toBeNoSlowerThan(base, { by: "10%" });
    expect(() => expect(side(14e6)).toBeNoSlowerThan(base)).toThrow("p99 is worse");
    expect(() => expect(good).toBeNoSlowerThan(base)).toThrow(NoVerdictError);
  });
});

describe("toMatchBaseline", () => {
  const info = () => vi.spyOn(console, "info").mockImplementation(() => {});

  /** As vitest calls it in a test of that file. */
  function matching(folder: string, _updateSnapshot: "none" | "new" | "all", isNot = false) {
    const state = {
      isNot,
      testPath: join(folder, "chat.test.ts"),
      currentTestName: "chat > is no slower",
      snapshotState: { _updateSnapshot },
    };
    return (results: RunResult | readonly RunResult[], options = {}) =>
      matchers.toMatchBaseline.call(state, results, options);
  }

  test("writes what is missing, compares, and writes again when it is asked to", async () => {
    const spy = info();
    const folder = makeTempDir();
    const compared = matching(folder, "new");
    expect(compared(side(10e6)).pass).toBe(true);
    const baseline = baselineFolder(join(folder, "chat.test.ts"), "chat > is no slower");
    expect(spy.mock.lastCall?.[0]).toContain("slash8: baseline written to ");
    expect(readdirSync(baseline).sort()).toEqual([
      "1.json",
      "2.json",
      "3.json",
      "4.json",
      "5.json",
    ]);
    const [kept] = readdirSync(baseline);
    expect((await readResult(join(baseline, kept as string))).run.outcome).toBe("pass");
    expect(compared(side(10e6)).pass).toBe(true);
    const worse = compared(side(14e6), { by: "10%" });
    expect(worse.pass).toBe(false);
    expect(worse.message()).toMatch(
      /p99 is worse\n[\s\S]*\n\nbaseline: .*; vitest -u writes it again$/,
    );
    expect(matching(folder, "none")(side(10e6)).pass).toBe(true);
    expect(matching(folder, "all")(side(14e6, 4)).pass).toBe(true);
    expect(readdirSync(baseline)).toHaveLength(4);
    spy.mockRestore();
  });

  test("writes nothing in CI, and says what to do", () => {
    const folder = makeTempDir();
    const { pass, message } = matching(folder, "none")(side(10e6));
    expect(pass).toBe(false);
    expect(message()).toMatch(/^there is no baseline in .*, and none is written in CI: .* -u/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("keeps no run that has not passed", () => {
    const folder = makeTempDir();
    expect(matching(folder, "new")([good, bad]).pass).toBe(false);
    expect(() => matching(folder, "new")([good, invalid()])).toThrow(NoVerdictError);
    expect(() => matching(folder, "new")([])).toThrow(UserError);
    expect(existsSync(join(folder, "__baselines__"))).toBe(false);
  });

  test("finds nothing on another machine", () => {
    const spy = info();
    const folder = makeTempDir();
    matching(folder, "new")(side(10e6));
    const elsewhere = side(14e6).map((result) => ({
      ...result,
      host: { ...result.host, cpuModel: "Another CPU" },
    }));
    expect(() => matching(folder, "new")(elsewhere)).toThrow(NoVerdictError);
    expect(() => matching(folder, "new")(elsewhere)).toThrow(/CPU model: .* against Another CPU/);
    spy.mockRestore();
  });

  test("has no .not, and has to be in a test", () => {
    const folder = makeTempDir();
    expect(() => matching(folder, "new", true)(good)).toThrow("toMatchBaseline has no .not");
    expect(() => matchers.toMatchBaseline.call({}, good)).toThrow("is used in a test");
  });

  test("names of tests have folders of their own", () => {
    const folders = [
      "holds 2000 clients",
      "holds-2000-clients",
      "holds > 2000 clients",
      "../x",
      "é",
    ].map((name) => baselineFolder("/a/chat.test.ts", name));
    expect(folders[0]).toBe("/a/__baselines__/chat.test.ts/holds-2000-clients");
    expect(new Set(folders).size).toBe(folders.length);
    for (const folder of folders) {
      expect(folder).toBe(join("/a/__baselines__/chat.test.ts", basename(folder)));
    }
  });
});
