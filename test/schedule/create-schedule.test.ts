import { expect, expectTypeOf, it } from "vitest";
import type * as scenario from "../../src/scenario/scenario.ts";
import { createSchedule, type ScheduleSpec } from "../../src/schedule/create-schedule.ts";

// Checked by the compiler (`npm run types`): a scenario's load is passed as it is.
it("declares the shapes that scenarios have", () => {
  expectTypeOf<
    Extract<scenario.Load, { model: "open" }> & Pick<scenario.Scenario, "seed">
  >().toExtend<ScheduleSpec>();
});

it("spaces arrivals evenly or at random, as the spec says", () => {
  const load = { startRatePerSecond: 1000, stages: [{ durationNs: 1e9, ratePerSecond: 1000 }] };
  const even = createSchedule({ ...load, arrivals: "constant", seed: 1 });
  const random = createSchedule({ ...load, arrivals: "poisson", seed: 1 });
  const otherwise = createSchedule({ ...load, arrivals: "poisson", seed: 2 });
  expect(even.intendedNs(500)).toBe(5e8);
  expect(random.intendedNs(500)).not.toBe(5e8);
  expect(random.intendedNs(500)).not.toBe(otherwise.intendedNs(500));
});
