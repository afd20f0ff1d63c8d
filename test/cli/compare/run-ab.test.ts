import { expect, test } from "vitest";
import { tooFewPairs } from "../../../src/cli/compare/run-ab.ts";

test.each([
  [10, 0.05, null, null],
  [6, 0.05, null, null],
  [5, 0.05, null, 6],
  [1, 0.05, null, 6],
  [6, 0.05, ["responseTime.p50", "responseTime.p99"], 7],
  [4, 0.2, ["responseTime.p50"], null],
  [3, 0.2, ["responseTime.p50"], 4],
])("%d pairs at alpha %d for %j: at least %s", (pairs, alpha, metrics, least) => {
  const said = tooFewPairs(pairs, { alpha, metrics });
  if (least === null) expect(said).toBeNull();
  else expect(said).toContain(`that takes at least ${least} (--repeat ${least})`);
});
