import { readText } from "../machine/read-text.ts";
import { stallLimitNs } from "../processes/stall-watch.ts";

/** Says why an agent is killed that sends nothing any more; call it before. */
export function describeSilence(index: number, pid: number): string {
  const stat = readText(`/proc/${pid}/stat`) ?? "";
  // pid (command) state ...: the command may contain brackets.
  const state = stat.slice(stat.lastIndexOf(")") + 2)[0];
  const isStopped = state === "T" || state === "t";
  return (
    `agent ${index} (process ${pid}) sent nothing for ${stallLimitNs / 1e9} s` +
    (isStopped ? ", as it was stopped (SIGSTOP, or a debugger)," : "") +
    " and was killed"
  );
}
