import type { PauseCause } from "../../metrics/disturbance/disturbance.ts";
import type { Verdict } from "../../search/tally.ts";
import type { Finding } from "../findings/finding.ts";
import type { RunResult } from "../result.ts";

/**
 * A search's verdict on the load of a run.
 *
 *     | outcome                                     | verdict   |
 *     | ------------------------------------------- | --------- |
 *     | pass                                        | held      |
 *     | fail                                        | broke, or generator where most of the response time was its own lag |
 *     | a gate was inconclusive, invalid by the machine, or the generator was kept from running | disturbed |
 *     | else invalid by the generator               | generator |
 *     | invalid by the target, or a gate had no data | broke    |
 *     | interrupted                                 | null      |
 */
export function loadVerdict({ run, gates }: RunResult): Verdict | null {
  switch (run.outcome) {
    case "pass":
      return "held";
    case "interrupted":
      return null;
    case "invalid":
      if (run.invalidBy !== "generator" && run.invalidBy !== "machine") return "broke";
      return run.invalidBy === "machine" || gates.some(isInconclusive) || wasKept(run)
        ? "disturbed"
        : "generator";
    case "fail":
      return gatesLate({ run, gates }) ? "generator" : "broke";
  }
}

/** Whether only gates on response times failed, and these were mostly the generator's own lag. */
function gatesLate({ run, gates }: Pick<RunResult, "run" | "gates">): boolean {
  const failed = gates.filter(({ verdict }) => verdict !== "pass");
  if (failed.length === 0 || failed.length < run.reasons.length) return false;
  return failed.every(({ expression }) => {
    const [, workload] = /^\s*([\w-]+)\.responseTime\./.exec(expression) ?? [];
    return run.findings.some((finding) => isMostlyLag(finding) && finding.subject === workload);
  });
}

/** Causes of a pause that are not the load: another run may go without. */
const outsideCauses: ReadonlySet<PauseCause> = new Set(["stopped", "steal", "cpu"]);

/** A pause that takes 1 % of a second or more is a reason to send less than 99 %. */
const longPauseMs = 10;

/** Whether somebody else kept the load generator from running for long enough to fall short. */
function wasKept({ pauses }: RunResult["run"]): boolean {
  return pauses.some(
    ({ cause, durationMs }) => outsideCauses.has(cause) && durationMs >= longPauseMs,
  );
}

function isInconclusive({ verdict }: RunResult["gates"][number]): boolean {
  return verdict === "inconclusive";
}

/** Whether most of a workload's response time was the generator's own lag. */
export function isMostlyLag({ code, severity }: Finding): boolean {
  return code === "generator.late" && severity === "severe";
}
