/** Sockets that slash8 holds and hands to a server: not every system lets it. */
import { activationObstacle } from "../../io/activation-socket.ts";
import { serversOf } from "../../plan/needs.ts";
import type { Check, CheckOutcome } from "./check.ts";

export const activationSockets: Check = ({ plan, machine }) => {
  const obstacle = activationObstacle(machine.platform);
  if (obstacle === null) return [];
  return serversOf(plan).flatMap(({ scenario }): CheckOutcome[] => {
    if (!scenario.activation) return [];
    return [
      {
        level: "refuse",
        message: `server ${scenario.name} cannot be handed its sockets: ${obstacle}`,
        remedy:
          scenario.restart === null
            ? "leave activation out: the server opens its own"
            : "take restart order: stopFirst and leave activation out: each instance opens its own, after the other",
      },
    ];
  });
};
