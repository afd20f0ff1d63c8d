/** Memory, CPUs, processes. */
import { formatAmount, formatCount, formatSize } from "../../base/units.ts";
import { serversOf, threads } from "../../plan/needs.ts";
import { type Check, type CheckOutcome, roundUp } from "./check.ts";
import { raiseOpenFiles } from "./files.ts";

/** Beyond this portion of what is available, caches and other programs start to suffer. */
const comfortable = 0.8;

/** Memory of the kernel and of the run, against what is available here or left by the control group. */
export const memory: Check = ({ plan, machine, host }) => {
  const need = plan.totals.memoryBytes;
  const available = machine.memoryAvailableBytes;
  if (need <= available * comfortable) return [];
  const grouped = available < host.memoryAvailableBytes;
  const where = grouped
    ? `the control group leaves ${formatSize(available)} of its ${formatSize(host.cgroup.memory?.limitBytes ?? available)}`
    : `${formatSize(available)} are available`;
  const tooMuch = need > available;
  const raise = grouped
    ? 'raise the limit of the container or unit ("docker run --memory", "systemctl set-property NAME MemoryMax=")'
    : "end other programs";
  const ratio = Math.floor((available * comfortable * 100) / need);
  return [
    {
      level: tooMuch ? "refuse" : "warn",
      message: `the plan needs about ${formatSize(need)} of memory and ${where}`,
      remedy: `${raise}; or use about ${ratio} % of the connections`,
    },
  ];
};

/** More busy threads than CPUs: they wait for each other, and the wait is measured as latency. */
export const cpus: Check = ({ plan, machine, host }) => {
  const servers = serversOf(plan).reduce(
    (sum, { plan: server, scenario }) =>
      sum + (scenario.kind === "external" ? 0 : server.processes),
    0,
  );
  const busy = plan.workers + servers;
  if (busy <= machine.cpus) return [];
  // Each agent has at least one worker, and the open-file limit may require many agents.
  const agents = plan.agents.length;
  const tooMany = plan.workers > Math.max(machine.cpus, agents);
  const fitting = Math.max(agents, machine.cpus - servers);
  return [
    {
      level: tooMany ? "warn" : "note",
      message:
        `${formatAmount(plan.workers, "worker")} and ${formatAmount(servers, "server process", "server processes")} ` +
        `share ${formatAmount(machine.cpus, "CPU")}: ` +
        "their waiting for each other is included in the latency",
      remedy: relief(),
    },
  ];

  function relief(): string {
    if (fitting < plan.workers) return `--workers ${fitting}, or a machine with ${busy} CPUs`;
    if (agents > machine.cpus) {
      const files = machine.openFilesLimit * Math.ceil(agents / machine.cpus);
      return `fewer processes would be enough with more open files each; ${raiseOpenFiles(files, { host })}`;
    }
    return `a machine with ${busy} CPUs, or rates well below this machine's maximum`;
  }
};

/** Processes and threads that the control group, and the user's limit, allow. */
export const processes: Check = ({ plan, host }) => {
  const need = threads(plan);
  return [
    ...tooManyProcesses(need, host.cgroup.pids, {
      who: "the control group allows",
      what: "pids.max",
      raise: (to) =>
        `"docker run --pids-limit ${to}" or "systemctl set-property NAME TasksMax=${to}"`,
    }),
    ...tooManyProcesses(need, host.userThreads, {
      who: "this user may have",
      what: "RLIMIT_NPROC",
      raise: (to) => `"ulimit -u ${to}", or nproc in /etc/security/limits.conf`,
    }),
  ];
};

function tooManyProcesses(
  need: number,
  limit: { readonly max: number; readonly current: number } | null,
  { who, what, raise }: { who: string; what: string; raise: (to: number) => string },
): CheckOutcome[] {
  if (limit === null || limit.current + need <= limit.max) return [];
  const { max, current } = limit;
  return [
    {
      level: "refuse",
      message:
        `the run needs about ${formatCount(need)} processes and threads, ${formatCount(current)} exist ` +
        `and ${who} ${formatCount(max)} (${what})`,
      remedy: `raise it: ${raise(roundUp(current + need))}; or use fewer --workers`,
    },
  ];
}
