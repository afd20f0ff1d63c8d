import { expect, test } from "vitest";
import { nextLook } from "../../src/telemetry/look-times.ts";

const never = Number.POSITIVE_INFINITY;

test.each([
  ["in the interval, where nothing is planned", { steadyNs: never, endNs: never }, 5e9, 6e9],
  ["when steady state begins", { steadyNs: 5.4e9, endNs: never }, 5e9, 5.4e9],
  ["in the interval after that", { steadyNs: 5.4e9, endNs: 99e9 }, 5.401e9, 6.401e9],
  ["shortly before the end", { steadyNs: 1e9, endNs: 5.9e9 }, 5e9, 5.875e9],
  ["not twice in a moment", { steadyNs: 5.005e9, endNs: 5.03e9 }, 5e9, 6e9],
])("the next look is %s", (_, times, lastNs, expected) => {
  expect(nextLook({ everyNs: 1e9, ...times }, lastNs)).toBeCloseTo(expected, 0);
});
