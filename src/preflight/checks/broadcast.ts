/** Whether a broadcast reaches its receivers on this machine. */

import { workloadsOf } from "../../plan/needs.ts";
import type { FanOutTrial } from "./broadcast-trial.ts";
import type { Check, CheckOutcome } from "./check.ts";

/** What was tried and did not work; what was not tried is not reported. */
export const fanOut: Check = ({ plan, host, fanOut: trials }) =>
  workloadsOf(plan).flatMap(({ scenario: { name, broadcast } }): CheckOutcome[] => {
    const trial = trials.find(({ delivery }) => delivery === broadcast?.delivery);
    if (trial === undefined || trial.bindTo !== null) return [];
    const other = trials.find((candidate) => candidate.bindTo !== null);
    return [
      {
        level: "refuse",
        message: `workload ${name}: ${host.os} does not deliver a ${trial.delivery} to all receivers (${trial.address}: ${trial.obstacle})`,
        remedy: other === undefined ? "run it on Linux, which does" : alternative(other),
      },
    ];
  });

function alternative({ delivery, address }: FanOutTrial): string {
  return `use ${delivery}, which works here and reports the same figures: target: udp://${address}:PORT`;
}
