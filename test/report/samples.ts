import { buildResult } from "../../src/results/build/build.ts";
import type { RunResult } from "../../src/results/result.ts";
import { measured, resultInput, server } from "../results/fixture.ts";

const timeline = Array.from({ length: 7 }, (_, second) => {
  return {
    atMs: second * 1000,
    seconds: 1,
    cpuSeconds: second / 4,
    rssBytes: 2 ** 20 * second,
    openFiles: 20,
  };
});

const usualNs = () => 1e6;
let usual: RunResult | null = null;

/** A run of 7 s with workloads chat and idle, and a server; steady state from 2 s to 6 s. */
export function sample(responseNs: (second: number) => number = usualNs): RunResult {
  if (responseNs !== usualNs) return build(responseNs);
  usual ??= build(usualNs);
  return usual;
}

function build(responseNs: (second: number) => number): RunResult {
  return buildResult(
    resultInput({
      names: ["chat", "idle"],
      gates: ["chat.responseTime.max < 5ms"],
      workloads: [measured(0, { responseNs }), measured(1, { responseNs: (s) => 2e6 + s * 1e5 })],
      servers: new Map([["echo", { ...server, timeline }]]),
    }),
  );
}
