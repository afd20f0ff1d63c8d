/** How built-in UDP servers make their sockets: what an io cannot do, and what it does instead. */
import { reusePortObstacle } from "../io/datagram-support.ts";
import { modeNotice } from "../servers/udp-setup.ts";
import type { Check, CheckFinding } from "./check.ts";
import { serversOf } from "./plan-needs.ts";

export const udpModes: Check = ({ plan }) =>
  serversOf(plan).flatMap(({ plan: server, scenario }): CheckFinding[] => {
    const mode = scenario.options?.udp?.mode;
    if (mode === undefined) return [];
    const obstacle = mode === "reuseport" ? reusePortObstacle(server.io) : null;
    if (obstacle !== null) {
      return [
        {
          level: "refuse",
          message: `server ${server.name}, mode reuseport: ${obstacle}`,
          remedy: "or take mode per-address, or established",
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
