import { expect, test } from "vitest";
import { momentOf, phase } from "../../../src/metrics/snapshot.ts";
import { workloadData } from "../../../src/results/build/input.ts";
import { metricView } from "../../../src/results/build/metric-view.ts";
import { percentilesOf } from "../../../src/results/build/percentiles-of.ts";
import { measured, resultInput, startNs } from "../fixture.ts";

const answer = (second: number) => momentOf(phase.steady, second);

/** 30 replies in the first second, 7 in the third, none in the others. */
const few = measured(0, {
  offered: 0,
  note(recorder, quarters) {
    if (quarters !== 8) return;
    for (let i = 0; i < 15; i++) recorder.answered(answer(0), 1e6, 1e6, startNs);
    if (recorder.open > 0) recorder.answered(answer(2), 1e6, 1e6, startNs);
  },
});

function found(expression: string) {
  const input = resultInput({ gates: [expression], workloads: [few] });
  const view = metricView(workloadData(input), input.servers, input.run.disturbances);
  return input.gates.flatMap(({ gate }) => percentilesOf(gate, view));
}

test("the samples of each percentile that a gate asks for", () => {
  const expression = "chat.responseTime.p99 <= 2 * chat.serviceTime.p50";
  expect(found(expression)).toEqual([
    { expression, percentile: 99, samples: 32, isWindow: false },
    { expression, percentile: 50, samples: 32, isWindow: false },
  ]);
  expect(found("chat.sendLag.p99 < 5ms")).toMatchObject([{ samples: 0 }]);
});

test("of windows the fewest of one that has any", () => {
  expect(found("chat.responseTime.p99 < 5ms over 1s")).toMatchObject([
    { percentile: 99, samples: 2, isWindow: true },
  ]);
  expect(found("chat.responseTime.p99 < 5ms over 3s")).toMatchObject([{ samples: 2 }]);
  expect(found("chat.sendLag.p99 < 5ms over 1s")).toEqual([]);
});

test("none of a gate that asks for something else", () => {
  for (const expression of ["chat.responseTime.max < 5ms", "chat.errors == 0"]) {
    expect(found(expression)).toEqual([]);
  }
});
