/** Open files: of each process, and of the system. */
import { protocols } from "../../address/protocol.ts";
import { formatAmount, formatCount } from "../../base/units.ts";
import { backends } from "../../io/backends.ts";
import { serversOf } from "../../plan/needs.ts";
import { filesPerAgent } from "../../plan/workers.ts";
import { type Check, type CheckOutcome, roundUp, type Subject } from "./check.ts";

/** Returns how to allow a process n open files on this system. */
export function raiseOpenFiles(n: number, { host }: Pick<Subject, "host">): string {
  const limit = roundUp(n);
  if (host.os === "Darwin") {
    return (
      `raise the limit: sudo sysctl -w kern.maxfilesperproc=${limit} && ` +
      `sudo launchctl limit maxfiles ${limit} ${limit}, then open a new terminal`
    );
  }
  const ceiling =
    host.openFilesCeiling !== null && limit > host.openFilesCeiling
      ? `sudo sysctl -w fs.nr_open=${limit} && `
      : "";
  return `raise the limit of this shell: ${ceiling}sudo prlimit --pid $$ --nofile=${limit}:${limit}`;
}

/** No agent may need more files than its process can open. */
export const agentFiles: Check = (subject) => {
  const limit = subject.machine.openFilesLimit;
  const over = subject.plan.agents.filter((agent) => agent.openFiles > limit);
  const most = Math.max(...over.map((agent) => agent.openFiles));
  if (over.length === 0) return [];
  return [
    {
      level: "refuse",
      message:
        `${over.length} of ${subject.plan.agents.length} client processes need up to ` +
        `${formatCount(most)} open files, but a process may have ${formatCount(limit)} (ulimit -Hn)`,
      remedy: `${raiseOpenFiles(most, subject)}; or spread the clients with more --workers`,
    },
  ];
};

/** No server may be given more TCP connections than its process can hold. */
export const serverFiles: Check = (subject) => {
  const limit = subject.machine.openFilesLimit;
  return serversOf(subject.plan).flatMap(({ plan, scenario }): CheckOutcome[] => {
    // A UDP server has one socket per listen address; a server already running has its own limits.
    if (!protocols[scenario.protocol].hasConnections || scenario.kind === "external") return [];
    const perProcess = Math.ceil(plan.connections / plan.processes);
    const each =
      backends[plan.io].connectionFiles(perProcess, 1, limit) + plan.listen.length + filesPerAgent;
    if (each <= limit) return [];
    const message =
      `server ${plan.name} gets ${formatCount(plan.connections)} connections in ` +
      `${formatAmount(plan.processes, "process", "processes")}, but a process may have ${formatCount(limit)} open files`;
    if (scenario.kind === "command") {
      // It may divide them among its own processes, and may raise its limit itself.
      return [{ level: "warn", message, remedy: raiseOpenFiles(each, subject) }];
    }
    const needed = Math.ceil(plan.connections / (limit - plan.listen.length - filesPerAgent));
    return [
      {
        level: "refuse",
        message,
        remedy: `${raiseOpenFiles(each, subject)}; or give the server "processes: ${Math.max(1, needed)}"`,
      },
    ];
  });
};

/** Files left for others: programs that start, sockets that are closed but not freed yet. */
const systemReserve = (max: number): number => Math.min(4096, Math.ceil(max / 100));

/** Both ends of a loopback connection count as files of this system, even if no process has them open. */
export const systemFiles: Check = ({ plan, host }) => {
  if (host.systemFiles === null) return [];
  const { max, allocated } = host.systemFiles;
  const need = plan.totals.sockets + plan.agents.length * filesPerAgent;
  const reserve = systemReserve(max);
  if (allocated + need + reserve <= max) return [];
  const name = host.os === "Darwin" ? "kern.maxfiles" : "fs.file-max";
  return [
    {
      level: "refuse",
      message:
        `the plan opens ${formatCount(need)} files (both ends of a connection count), ` +
        `${formatCount(allocated)} are open, ${formatCount(reserve)} must be left for others and ` +
        `${name} is ${formatCount(max)}`,
      remedy:
        `sudo sysctl -w ${name}=${roundUp(allocated + need + reserve)}; or use about ` +
        `${formatCount(fitting(max - allocated - reserve, plan))} connections`,
    },
  ];
};

/** Connections of the plan's kind that this many files suffice for. */
function fitting(files: number, { totals }: Subject["plan"]): number {
  return Math.max(0, Math.floor((totals.connections * files) / Math.max(1, totals.sockets)));
}
