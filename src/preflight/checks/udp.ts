/** How built-in UDP servers create their sockets: what an io cannot do, and what it does instead. */
import { backends } from "../../io/backends.ts";
import { serversOf } from "../../plan/needs.ts";
import { modeNotice } from "../../servers/udp/udp-setup.ts";
import type { Check, CheckOutcome } from "./check.ts";

export const udpModes: Check = ({ plan }) =>
  serversOf(plan).flatMap(({ plan: server, scenario }): CheckOutcome[] => {
    const mode = scenario.options?.udp?.mode;
    if (mode === undefined) return [];
    const obstacle =
      mode === "reuseport" ? backends[server.io].capabilities.reusePortObstacle() : null;
    if (obstacle !== null) {
      return [
        {
          level: "refuse",
          message: `server ${server.name}, mode reuseport: ${obstacle}`,
          remedy: "or use mode per-address, or established",
        },
      ];
    }
    const notice = modeNotice(mode, server.io);
    if (notice === null) return [];
    return [
      {
        level: "note",
        message: `server ${server.name}: ${notice}`,
        remedy: "--io uring makes the system calls",
      },
    ];
  });

/** Unconnected UDP clients that are to receive ICMP errors need an io that supports it. */
export const receiveErrors: Check = ({ plan }) => {
  const obstacle = backends[plan.io].capabilities.receiveErrorsObstacle;
  const affected = plan.scenario.workloads.filter((workload) => workload.receiveErrors);
  if (obstacle === null) return [];
  return affected.map(({ name }) => ({
    level: "refuse",
    message: `workload ${name} requests receiveErrors: ${obstacle}`,
    remedy: "use --io uring, or socket: connected, which detects closed ports over any io",
  }));
};
