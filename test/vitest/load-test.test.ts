import { describe, expect, type TestContext, test } from "vitest";
import type { RunResult } from "../../src/api/result.ts";
import type { Snapshot } from "../../src/api/snapshot.ts";
import { CapacityError } from "../../src/base/errors.ts";
import { NoVerdictError } from "../../src/vitest/index.ts";
import { concludeRuns, type LoadTestCheck } from "../../src/vitest/load-test.ts";
import { RunWatch } from "../../src/vitest/watch.ts";
import { invalid, made } from "../assert/results.ts";

class Skipped extends Error {}

interface Concluded {
  readonly outcome: "passed" | "failed" | "skipped";
  readonly text: string;
  readonly error: unknown;
  readonly meta: TestContext["task"]["meta"];
  readonly annotations: readonly string[];
}

/** What vitest would make of a test. */
async function concluded(
  make: () => Promise<readonly RunResult[]>,
  {
    onInvalid,
    check,
    signal = new AbortController().signal,
  }: {
    readonly onInvalid?: "skip" | "fail";
    readonly check?: LoadTestCheck;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Concluded> {
  const meta: TestContext["task"]["meta"] = {};
  const annotations: string[] = [];
  const context = {
    signal,
    expect,
    task: { meta },
    annotate: async (text: string) => annotations.push(text),
    skip(reason: string): never {
      throw new Skipped(reason);
    },
  } as unknown as TestContext;
  const options = onInvalid === undefined ? {} : { onInvalid };
  const [outcome, error] = await concludeRuns(make, options, check, context).then(
    () => ["passed", null] as const,
    (error: unknown) => [error instanceof Skipped ? "skipped" : "failed", error] as const,
  );
  const text = error instanceof Error ? error.message : "";
  return { outcome, text, error, meta, annotations };
}

const good = made({ gates: ["chat.responseTime.p99 < 5ms"] });
const bad = made({ gates: ["chat.responseTime.p99 < 5ms"], responseNs: 8e6 });
const of =
  (...results: readonly RunResult[]) =>
  async () =>
    results;

describe("a test of runs", () => {
  test("passes where all of them do, and has figures for reporters", async () => {
    const seen: unknown[] = [];
    const { outcome, meta, annotations } = await concluded(of(good, good), {
      check: (result, { results }) => seen.push(result, results.length),
    });
    expect(outcome).toBe("passed");
    expect(seen).toEqual([good, 2]);
    expect(meta.slash8).toMatchObject({
      outcome: "pass",
      reasons: [],
      files: [],
      workloads: { chat: { p99Ns: good.workloads.chat?.responseTime.p99 } },
    });
    expect(annotations).toEqual([
      expect.stringMatching(/^chat: p50 1\.0\d ms, p99 1\.0\d ms, [\d,]+\/s$/),
    ]);
  });

  test("fails where one does, and does not check any more", async () => {
    let isChecked = false;
    const { outcome, text } = await concluded(of(invalid(), bad), {
      check: () => {
        isChecked = true;
      },
    });
    expect(outcome).toBe("failed");
    expect(text).toContain("1 of 1 gates do not hold");
    expect(isChecked).toBe(false);
  });

  test("is skipped with the reason where one is invalid, or fails with it", async () => {
    const skipped = await concluded(of(good, invalid("the machine was busy")));
    expect(skipped).toMatchObject({
      outcome: "skipped",
      text: "the run is invalid: the machine was busy",
    });
    const failed = await concluded(of(invalid()), { onInvalid: "fail" });
    expect(failed.outcome).toBe("failed");
    expect(failed.error).toBeInstanceOf(NoVerdictError);
  });

  test("does the same where the check finds nothing, and fails where it does", async () => {
    const few = await concluded(of(good), {
      check: (result) => expect(result).toBeNoSlowerThan(good),
    });
    expect(few).toMatchObject({
      outcome: "skipped",
      text: expect.stringMatching(/^inconclusive: too few runs/),
    });
    const failed = await concluded(of(good), {
      check: (result) => expect(result).toHold("chat.responseTime.p99 < 1us"),
    });
    expect(failed.outcome).toBe("failed");
    expect(failed.text).toContain("chat.responseTime.p99 < 1us does not hold");
  });

  test("is skipped where this machine cannot hold the run, and fails where it could not be made", async () => {
    const capacity = new CapacityError("too few ports");
    const rejected = (error: Error) => () => Promise.reject(error);
    expect(await concluded(rejected(capacity))).toMatchObject({
      outcome: "skipped",
      text: "too few ports",
    });
    expect((await concluded(rejected(capacity), { onInvalid: "fail" })).error).toBe(capacity);
    expect((await concluded(rejected(new Error("broken")))).outcome).toBe("failed");
  });

  test("fails where it was stopped", async () => {
    const interrupted = made({
      changed: (result) => ({ ...result, run: { ...result.run, outcome: "interrupted" } }),
    });
    const { outcome } = await concluded(of(interrupted), { signal: AbortSignal.abort() });
    expect(outcome).toBe("failed");
  });
});

describe("the watch of a run", () => {
  interface Timer {
    readonly at: number;
    readonly end: () => void;
  }

  function watched() {
    let timer: Timer | null = null;
    let ends = 0;
    const timers = {
      setTimeout: (end: () => void, at: number) => {
        timer = { at, end };
        return timer;
      },
      clearTimeout: () => {
        timer = null;
      },
    } as unknown as NonNullable<ConstructorParameters<typeof RunWatch>[2]>;
    const watch = new RunWatch(60_000, () => ends++, timers);
    return { watch, timer: () => timer as Timer | null, ends: () => ends };
  }

  const snapshot = (remainingMs: number | null, received: number): Snapshot => ({
    state: "draining",
    elapsedMs: 0,
    remainingMs,
    io: "node",
    workloads: {
      chat: {
        state: "draining",
        connectionsPlanned: 1,
        open: 1,
        sent: 9,
        received,
        errors: 0,
        offeredPerSecond: null,
        achievedPerSecond: 0,
        receivedPerSecond: 0,
        p50Ns: null,
        p99Ns: null,
        maxNs: null,
      },
    },
    servers: {},
  });

  test("waits until the planned end, and as long as something happens", () => {
    const { watch, timer, ends } = watched();
    expect(timer()?.at).toBe(60_000);
    watch.saw(snapshot(5000, 1));
    expect(timer()?.at).toBe(65_000);
    watch.saw(snapshot(5000, 1));
    expect(timer()?.at).toBe(65_000);
    watch.saw(snapshot(0, 1));
    const before = timer();
    watch.saw(snapshot(0, 1));
    expect(timer()).toBe(before);
    watch.saw(snapshot(0, 2));
    expect(timer()).not.toBe(before);
    timer()?.end();
    expect(ends()).toBe(1);
    expect(watch.reason).toMatch(
      /^the run did not end: nothing has happened for 60 s \(state: draining\)/,
    );
  });

  test("ends with the run", () => {
    const { watch, timer, ends } = watched();
    watch.stop();
    expect(timer()).toBeNull();
    expect(ends()).toBe(0);
  });
});
