/** Whether a run in which something was killed or stopped ended as it has to. */
import type { RunResult } from "../../../../src/results/result.ts";
import type { CliAnswer } from "../../../support/run-cli.ts";
import { hostNames } from "../host-network.ts";
import type { Kill } from "./cases.ts";
import { ratePerSecond, steadySeconds, warmUpSeconds } from "./scenario.ts";

export interface Judged {
  /** How it ended, for people. */
  readonly ended: string;
  /** What is wrong with that; null: nothing. */
  readonly problem: string | null;
}

/** @param result null where none was written */
export function judge(kill: Kill, answer: CliAnswer, result: RunResult | null): Judged {
  if (kill.victim === "coordinator" && kill.isKill) {
    const problem = answer.signal === "SIGKILL" || answer.status === 0 ? null : "it was not killed";
    return { ended: answer.status === 0 ? "had ended" : "killed", problem };
  }
  if (result === null) return notMade(kill, answer);
  const { outcome, reasons } = result.run;
  const counts = countsOf(result);
  const said = `${outcome} (${answer.status}), ${counts.text}`;
  if (outcome === "pass") {
    // What is sent in the warm-up is served as well.
    const planned = ratePerSecond * steadySeconds;
    const isWhole = counts.sent === planned && counts.received === planned;
    const isServed = counts.served === ratePerSecond * (warmUpSeconds + steadySeconds);
    return { ended: said, problem: isWhole && isServed ? null : "passed without all messages" };
  }
  const ended = `${said}: ${reasons.join("; ")}`;
  if (outcome !== "invalid" || answer.status !== 4) return { ended, problem: "a wrong outcome" };
  if (counts.received > counts.sent || counts.received > counts.served)
    return { ended, problem: "more was received than was sent or served" };
  return { ended, problem: nameProblem(kill, reasons.join("\n")) };
}

/** The run was not made. Right where what it needs is gone, and it says what. */
function notMade(kill: Kill, { status, stderr }: CliAnswer): Judged {
  const words = stderr
    .split("\n")
    .filter((line) => line !== "" && !/^[\d.]+ (run|hosts) \d/.test(line))
    .join("; ");
  const ended = `no run (${status}): ${words}`;
  if (status !== 2 && status !== 3) return { ended, problem: "a wrong exit status" };
  return { ended, problem: nameProblem(kill, words) };
}

/** Reasons name what is gone: the host, or its agent; of what stands between them all, any host or the server. */
function nameProblem({ victim, host }: Kill, words: string): string | null {
  const isOfOne = victim === "agent" || victim === "host";
  const expected = isOfOne
    ? [new RegExp(`host ${host}\\b`)]
    : [/NATS server/, ...hostNames.map((name) => new RegExp(`host ${name}\\b`))];
  return expected.some((pattern) => pattern.test(words)) ? null : "does not name what was gone";
}

function countsOf({ workloads, servers }: RunResult) {
  const all = Object.values(workloads).map(({ exchanges }) => exchanges);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const sent = sum(all.map((one) => one.sent));
  const received = sum(all.map((one) => one.received));
  const served = sum(Object.values(servers).map(({ counts }) => counts?.received ?? 0));
  return { sent, received, served, text: `${sent} sent, ${received} received, ${served} served` };
}
