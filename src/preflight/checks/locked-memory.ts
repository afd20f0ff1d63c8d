/** Memory that rings of io_uring lock. */
import { formatCount, formatSize } from "../../base/units.ts";
import { clientRings, lockedBytes, ringSizes, serverRings } from "../../io/uring/ring-sizes.ts";
import { serversOf } from "../../plan/needs.ts";
import type { Plan } from "../../plan/plan-types.ts";
import { mostRingConnections } from "../../plan/workers.ts";
import { type Check, roundUp } from "./check.ts";

/** Transports of the plan's clients and servers: how many rings each has, and how many it may have. */
function transports(plan: Plan, files: number): { rings: number; most: number }[] {
  const clients = plan.workloads.flatMap(({ portions }) =>
    portions.map(({ connections }) => {
      const rings = clientRings(connections, files);
      return { rings, most: rings };
    }),
  );
  const servers = serversOf(plan).flatMap(({ plan: server, scenario }) => {
    if (server.io !== "uring" || scenario.kind !== "builtin") return [];
    const slots = scenario.protocol === "tcp" ? mostRingConnections : server.listen.length;
    const connections = scenario.protocol === "tcp" ? server.connections : slots;
    return [{ rings: serverRings(slots, files, connections), most: clientRings(slots, files) }];
  });
  return plan.io === "uring" ? [...clients, ...servers] : servers;
}

/** How to let this user have so much locked memory. */
export function raiseLockedMemory(bytes: number): string {
  const limit = roundUp(bytes);
  return (
    `raise the limit of this shell: sudo prlimit --pid $$ --memlock=${limit}:${limit} ` +
    `("docker run --ulimit memlock=${limit}", LimitMEMLOCK= of a unit)`
  );
}

/** All rings of a user together; those of other programs are not known. */
export const lockedMemory: Check = ({ plan, machine, host }) => {
  if (host.lockedMemory === null) return [];
  const { limitBytes, pageBytes } = host.lockedMemory;
  const all = transports(plan, machine.openFilesLimit);
  const need = all.reduce((sum, { rings, most }) => {
    const size = most > 1 ? ringSizes.ofMany : ringSizes.only;
    return sum + rings * lockedBytes(size, pageBytes);
  }, 0);
  if (need <= limitBytes) return [];
  const rings = all.reduce((sum, each) => sum + each.rings, 0);
  return [
    {
      level: "refuse",
      message:
        `${formatCount(rings)} rings of io_uring need ${formatSize(need)} of locked memory, and a user's ` +
        `processes together may have ${formatSize(limitBytes)} (ulimit -l)`,
      remedy:
        `${raiseLockedMemory(need)}; or let a ring hold more connections, with more open files; ` +
        "or take --io node",
    },
  ];
};
