import { AssertionError } from "node:assert";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { gate } from "../../src/api/gates.ts";
import type { RunResult } from "../../src/api/result.ts";
import {
  assertHolds,
  assertNoSlower,
  assertPasses,
  NoVerdictError,
} from "../../src/assert/index.ts";
import { UserError } from "../../src/base/errors.ts";
import { writeResult } from "../../src/results/files/write.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { disturbed, invalid, made, side } from "./results.ts";

/** What an assertion throws. */
function thrown<Kind extends Error>(
  assertion: () => void,
  kind: abstract new (...args: never[]) => Kind,
): Kind {
  try {
    assertion();
  } catch (error) {
    expect(error).toBeInstanceOf(kind);
    return error as Kind;
  }
  throw new Error("nothing was thrown");
}

describe("assertPasses", () => {
  test("says of a failed run which gate, what it was, its limit, and of how many samples", () => {
    const gates = ["chat.responseTime.p99 < 5ms", "total.errors == 0"];
    assertPasses(made({ gates }));
    const failed = made({ gates, responseNs: 8e6, file: "/results/chat.json" });
    const error = thrown(() => assertPasses(failed), AssertionError);
    expect(error).not.toBeInstanceOf(NoVerdictError);
    expect(error.message.split("\n")).toEqual([
      "chat test fails: 1 of 2 gates do not hold",
      expect.stringMatching(
        /^ {2}✗ {2}chat\.responseTime\.p99 < 5ms {2}was 8\.0\d ms {2}limit 5\.00 ms {2}[\d,]+ samples$/,
      ),
      expect.stringMatching(/^ {2}✓ {2}total\.errors == 0 {12}was 0 {8}limit 0$/),
      "",
      "result: /results/chat.json",
    ]);
    expect(error.actual).toMatch(
      /^gate failed: chat\.responseTime\.p99 < 5ms \(it was 8\.0\d ms\)$/,
    );
    expect(error.expected).toBe("pass");
    expect(error.operator).toBe("assertPasses");
  });

  test("says of an invalid run that nothing was found, and why", () => {
    const error = thrown(() => assertPasses(invalid()), NoVerdictError);
    expect(error).toBeInstanceOf(AssertionError);
    expect(error.reason).toBe("the run is invalid: the machine was busy");
    expect(error.message).toContain("the run is invalid: nothing was found about the server");
    expect(error.message).toContain("  - the machine was busy");
  });

  test("names the findings that matter", () => {
    const result = made({
      gates: ["chat.responseTime.p99 < 1us"],
      changed: (result) => ({
        ...result,
        run: {
          ...result.run,
          findings: (["warning", "info"] as const).map((severity) => ({
            about: "server",
            severity,
            code: "server.cpu",
            subject: "chat",
            text: `this is a matter of ${severity}`,
            evidence: {},
            todo: "give it a CPU",
          })),
        },
      }),
    });
    const { message } = thrown(() => assertPasses(result), AssertionError);
    expect(message).toContain(
      "! server  this is a matter of warning\n      what to do: give it a CPU",
    );
    expect(message).not.toContain("matter of info");
  });

  test("takes nothing but results", () => {
    const error = thrown(() => assertPasses({} as RunResult), UserError);
    expect(error.message).toContain("this is not a result of slash8: give what run() resolves to");
  });
});

describe("assertHolds", () => {
  test("judges gates that the scenario has, and others, as text or typed", () => {
    const result = made({ gates: ["chat.responseTime.p99 < 5ms over 2s"] });
    assertHolds(result, "chat.responseTime.p99  <  5ms over 2s");
    assertHolds(result, "chat.responseTime.p50 < 5ms");
    assertHolds(
      result,
      gate<"chat">((run) => run.chat.responseTime.p50.below("5ms")),
    );
    const error = thrown(
      () => assertHolds(result, "chat.responseTime.p50 < 500us"),
      AssertionError,
    );
    expect(error.message).toMatch(
      /^chat test: chat\.responseTime\.p50 < 500us does not hold\n {2}✗ .*was 1\.0\d? ms {2}limit 500 us {2}[\d,]+ samples$/,
    );
    expect(error.actual).toMatch(/^1(\.0\d?)? ms$/);
    expect(error.expected).toBe("< 500 us");
  });

  test.each([
    ["chta.responseTime.p99 < 5ms", /\^\nthere is no workload "chta"; did you mean "chat"\?/],
    ["chat.responseTime.p99 < 5", /has no unit/],
    ["chat.responseTime.p99 < 5ms over 5s", /"over" is judged while the run has all/],
    ["chat.responseTime.p99 <= baseline", /"baseline" is judged while the run has all/],
    ["chat.deliveryLatency.p99 < 5ms", /the run has no data for it, which proves nothing/],
  ])("refuses %s", (expression, message) => {
    expect(thrown(() => assertHolds(made(), expression), UserError).message).toMatch(message);
  });

  test("finds nothing where a disturbance may be why, and fails where it is not", () => {
    const slow = "chat.responseTime.p99 < 5ms";
    const open = thrown(() => assertHolds(disturbed(0.8, 1e6), slow), NoVerdictError);
    expect(open.message).toContain(`${slow} is inconclusive`);
    expect(open.reason).toMatch(/^chat\.responseTime\.p99 < 5ms: it was 9\.\d+ ms, and what dist/);
    thrown(() => assertHolds(disturbed(0.3, 8e6), slow), NoVerdictError);
    const bad = thrown(() => assertHolds(disturbed(0.8, 8e6), slow), AssertionError);
    expect(bad).not.toBeInstanceOf(NoVerdictError);
    assertHolds(disturbed(0.3, 1e6), "chat.responseTime.p99 < 50ms");
    thrown(() => assertHolds(disturbed(0.8, 1e6), "chat.sendLag.p99 < 1ns"), NoVerdictError);
  });

  test("finds nothing in an invalid run", () => {
    thrown(() => assertHolds(invalid(), "chat.responseTime.p99 < 5ms"), NoVerdictError);
  });
});

describe("assertNoSlower", () => {
  const base = side(10e6);

  test("passes, fails, and needs several runs for either", () => {
    assertNoSlower(side(10e6), base);
    const error = thrown(() => assertNoSlower(side(14e6), base), AssertionError);
    expect(error).not.toBeInstanceOf(NoVerdictError);
    expect(error.message).toMatch(/^FAIL {2}5 new runs against 5 of the baseline\n/);
    expect(error.actual).toContain("chat.responseTime.p99 is worse");
    expect(error.expected).toBe("no metric is worse by more than 5 %");
    assertNoSlower(side(14e6), base, { by: "50%" });
    const few = thrown(() => assertNoSlower(made(), made()), NoVerdictError);
    expect(few.reason).toMatch(/^inconclusive: too few runs: with 1 against 1/);
  });

  test("reads files, and compares nothing that was measured under other conditions", () => {
    const folder = makeTempDir();
    const files = base.map((result, index) => {
      const path = join(folder, `base-${index + 1}.json`);
      return writeResult(JSON.parse(JSON.stringify(result)), path, folder).path;
    });
    assertNoSlower(side(10e6), files);
    const elsewhere = base.map((result) => ({ ...result, host: { ...result.host, cpus: 99 } }));
    const error = thrown(() => assertNoSlower(elsewhere, files), NoVerdictError);
    expect(error.reason).toMatch(
      /^the baseline was made under other conditions.*CPUs: \d+ against 99/,
    );
    expect(error.message).toContain("UNLIKE CONDITIONS");
  });

  test.each([
    [{ by: "10ms" }, "by: "],
    [{ by: 4 }, 'by: "4" is not a ratio'],
    [{ alpha: 0.9 }, 'alpha: 0.9 is not a ratio from 0.000001 to 0.5: try "10%"'],
    [{ metrics: ["responseTime.p9x"] }, "p9x"],
  ])("refuses %j", (options, message) => {
    const error = thrown(() => assertNoSlower(base, base, options), UserError);
    expect(error.message).toContain(message);
  });

  test("needs a result on either side", () => {
    const error = thrown(() => assertNoSlower([], base), UserError);
    expect(error.message).toBe("there is no result to compare: give a result, or several");
  });
});
