/** The first run: what is known of the server after it, and the gates that follow. */
import { UserError } from "../../base/errors.ts";
import { formatDuration } from "../../base/units.ts";
import type { RunResult } from "../../results/result.ts";
import { renderBrief } from "../../results/text/brief.ts";
import type { Scenario } from "../../scenario/scenario.ts";
import { lookOf } from "../load/conclude-run.ts";
import { runOnce } from "../load/run-once.ts";
import type { Interrupts } from "../terminal/interrupts.ts";
import { write } from "../terminal/output.ts";
import type { Speech } from "./answers.ts";
import {
  firstConnections,
  firstRate,
  type GateLine,
  isOneWay,
  workloadName,
} from "./scenario-text.ts";

/** Assignments that make a run short. */
export const firstRunSettings = [
  `workloads.${workloadName}.duration=3s`,
  `workloads.${workloadName}.warmUp=500ms`,
];

/** What a first run says of the server. */
export type Evidence =
  | { readonly kind: "none" }
  /** `p99Ns` is null for messages that nothing answers; `isWhole`: nothing disturbed the run. */
  | { readonly kind: "measured"; readonly p99Ns: number | null; readonly isWhole: boolean }
  /** It has no verdict, or what nothing disturbed is too little: times are not the server's alone. */
  | { readonly kind: "invalid" }
  /** It failed, or could not be made. */
  | { readonly kind: "failed"; readonly error: UserError | null }
  | { readonly kind: "interrupted" };

/** Makes the run, and shows its figures on standard output. */
export async function makeFirstRun(scenario: Scenario, interrupts: Interrupts): Promise<Evidence> {
  try {
    const options = { io: scenario.io, workers: null, quiet: false };
    const { result } = await runOnce(scenario, options, interrupts);
    if (result.run.outcome === "interrupted") return { kind: "interrupted" };
    await write(process.stdout, `${renderBrief(result, lookOf(process.stdout))}\n`);
    return evidenceOf(result);
  } catch (error) {
    if (interrupts.count > 0) return { kind: "interrupted" };
    if (!(error instanceof UserError)) throw error;
    return { kind: "failed", error };
  }
}

/** Fewer samples than these say nothing of their slowest hundredth. */
const fewestSamples = 100;

/** Pure. Times are those of what nothing disturbed: on a busy machine the others are not the server's. */
export function evidenceOf({ run, workloads }: RunResult): Evidence {
  if (run.outcome === "fail") return { kind: "failed", error: null };
  const workload = workloads[workloadName];
  if (run.outcome !== "pass" || workload === undefined) return { kind: "invalid" };
  const { count, ratio, responseTime } = workload.undisturbed;
  if (workload.responseTime.count >= fewestSamples && count < fewestSamples) {
    return { kind: "invalid" };
  }
  const p99Ns = count < fewestSamples ? null : (responseTime.percentiles["99"] ?? null);
  return { kind: "measured", p99Ns, isWhole: ratio === 1 };
}

/** Counts exactly; times with room, and only where a run has measured them. Pure. */
export function gatesOf(speech: Speech, evidence: Evidence): GateLine[] {
  const gate = (metric: string, why: string) => ({ expression: `${workloadName}.${metric}`, why });
  const counts = [
    gate(
      "errors == 0",
      "Counts are exact on any machine: no connection fails, no reply is wrong or an error.",
    ),
    gate(`connections.peak >= ${firstConnections}`, "All clients are connected at once."),
  ];
  if (isOneWay(speech)) {
    const least = `${Math.floor(firstRate * 0.95)}/s`;
    return [
      ...counts,
      gate(
        `rate.achievedPerSecond >= ${least}`,
        "Nothing answers, so what is seen is that the server takes the messages in time.",
      ),
    ];
  }
  return [
    ...counts,
    gate(
      "exchanges.timedOut == 0",
      "No reply is late by more than the timeout, 5 s unless timeout says otherwise.",
    ),
    {
      expression: `${workloadName}.exchanges.received / ${workloadName}.exchanges.offered >= 99%`,
      why: "What was due was sent and answered: a server that takes no more requests has neither errors nor time-outs.",
    },
    ...times(evidence),
  ];
}

function times(evidence: Evidence): GateLine[] {
  if (evidence.kind !== "measured" || evidence.p99Ns === null) return [];
  const limitNs = wideLimitNs(evidence.p99Ns);
  const whole = evidence.isWhole ? "" : ", without what the busy machine disturbed";
  return [
    {
      expression: `${workloadName}.responseTime.p99 < ${limitText(limitNs)}`,
      why:
        `The 99th percentile of the first run, 3 s long, was ${formatDuration(evidence.p99Ns)}${whole}. The limit leaves room for busy ` +
        "machines, such as those of CI; narrow it when there are some results to go by.",
    },
  ];
}

/** Whoever shares a CI machine with neighbours sees pauses of this length. */
const leastLimitNs = 20e6;

/** Ten times what was measured, rounded up to 1, 2 or 5 of a power of ten. */
export function wideLimitNs(p99Ns: number): number {
  const wanted = Math.max(10 * p99Ns, leastLimitNs);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const digit = [1, 2, 5, 10].find((one) => one * power >= wanted) ?? 10;
  return digit * power;
}

/** Of a whole number of milliseconds. */
function limitText(ns: number): string {
  return ns < 1e9 ? `${ns / 1e6}ms` : `${ns / 1e9}s`;
}

/** Why there is no gate on times, for the scenario's last comment; null: there is one, or there are none to have. */
export function withoutTimes(speech: Speech, evidence: Evidence): string | null {
  if (isOneWay(speech) || (evidence.kind === "measured" && evidence.p99Ns !== null)) return null;
  const why: Readonly<Record<Evidence["kind"], string>> = {
    none: "There was no first run to set limits of time by",
    measured: "The first run had too few replies to set limits of time by",
    invalid:
      "The first run was invalid or disturbed (a busy machine, or the load generator was the limit), so its times are not the server's alone",
    failed: "The first run did not succeed, so there are no times to set limits by",
    interrupted: "",
  };
  return `${why[evidence.kind]}. When one has passed: ${workloadName}.responseTime.p99 < 50ms`;
}
