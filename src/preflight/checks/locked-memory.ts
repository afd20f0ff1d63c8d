/** Memory that io_uring's rings lock. */
import { protocols } from "../../address/protocol.ts";
import type { IoKind } from "../../base/io-kind.ts";
import { formatCount, formatSize } from "../../base/units.ts";
import type { RingNeeds, TransportNeeds } from "../../io/backend.ts";
import { backends, portableIo } from "../../io/backends.ts";
import { serversOf } from "../../plan/needs.ts";
import type { Plan } from "../../plan/plan-types.ts";
import { type Check, roundUp } from "./check.ts";

/** Transports of the plan's clients and servers. */
function transports(plan: Plan): (TransportNeeds & { readonly io: IoKind })[] {
  const clients = plan.workloads.flatMap(({ portions }) =>
    portions.map(({ connections }) => ({ io: plan.io, slots: connections, served: null })),
  );
  const servers = serversOf(plan).flatMap(({ plan: { io, listen, connections }, scenario }) => {
    if (scenario.kind !== "builtin") return [];
    if (protocols[scenario.protocol].hasConnections) {
      return [{ io, slots: backends[io].mostSlots, served: connections }];
    }
    return [{ io, slots: listen.length, served: listen.length }];
  });
  return [...clients, ...servers];
}

/** Returns how to allow this user that much locked memory. */
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
  const all = transports(plan).flatMap(({ io, ...transport }): RingNeeds[] => {
    const { lockedMemory } = backends[io];
    if (lockedMemory === null) return [];
    return [lockedMemory.ofTransport(transport, machine.openFilesLimit, pageBytes)];
  });
  const need = all.reduce((sum, { bytes }) => sum + bytes, 0);
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
        `or use --io ${portableIo}`,
    },
  ];
};
