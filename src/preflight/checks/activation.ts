/** Sockets that slash8 opens and passes to a server: not every system allows it. */
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
        message: `server ${scenario.name} cannot be passed its sockets: ${obstacle}`,
        remedy:
          scenario.restart === null
            ? "leave activation out: the server opens its own"
            : "use restart order: stopFirst and leave activation out: each instance opens its own sockets after the other has closed them",
      },
    ];
  });
};
