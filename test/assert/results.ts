/** Results as programs have them, of runs that were never made. */
import { type RunResult, readable } from "../../src/api/result.ts";
import { buildResult } from "../../src/results/build/build.ts";
import type { RunResult as StoredResult } from "../../src/results/result.ts";
import { measured, resultInput } from "../results/fixture.ts";

interface Made {
  readonly gates?: readonly string[];
  readonly file?: string;
  /** Of each exchange. */
  readonly responseNs?: number;
  /** A little apart, as runs are. */
  readonly number?: number;
  readonly changed?: (result: StoredResult) => StoredResult;
}

export function made({
  gates = [],
  file,
  responseNs = 1e6,
  number = 0,
  changed = (result) => result,
}: Made = {}): RunResult {
  const story = { responseNs: (second: number) => responseNs * (1 + (second + number) / 1000) };
  const input = resultInput({ gates, workloads: [measured(0, story)] });
  return readable(changed(buildResult(input)), file ?? null);
}

const sides = new Map<string, readonly RunResult[]>();

/** Several of one side: the same ones for the same figures. */
export function side(responseNs: number, count = 5): readonly RunResult[] {
  const key = `${responseNs} ${count}`;
  const found =
    sides.get(key) ?? Array.from({ length: count }, (_, number) => made({ responseNs, number }));
  sides.set(key, found);
  return found;
}

export function invalid(reason = "the machine was busy"): RunResult {
  return made({
    gates: ["chat.responseTime.p99 < 5ms"],
    changed: (result) => ({
      ...result,
      run: { ...result.run, outcome: "invalid", invalidBy: "machine", reasons: [reason] },
    }),
  });
}

/** Of which only a ratio was not disturbed, with these response times. */
export function disturbed(ratio: number, calmNs: number): RunResult {
  const calm = made({ responseNs: calmNs }).workloads.chat?.responseTime;
  return made({
    responseNs: 9e6,
    changed: (result) => ({
      ...result,
      workloads: Object.fromEntries(
        Object.entries(result.workloads).map(([name, workload]) => [
          name,
          {
            ...workload,
            undisturbed: {
              ...workload.undisturbed,
              ratio,
              responseTime: calm ?? workload.responseTime,
            },
          },
        ]),
      ),
    }),
  });
}
