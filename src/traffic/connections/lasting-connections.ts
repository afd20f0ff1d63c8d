import type { ProtocolSession } from "../../protocols/protocol.ts";
import { resetOf } from "../protocol/session-framer.ts";
import type { TrafficContext } from "../traffic.ts";
import type { ConnectionPlan } from "./connection-user.ts";

/** The connections of patterns that open all of them up front: a slot has the same one, again and again, to the end. */
export function lastingConnections(
  { workload, portion }: TrafficContext,
  parts: { readonly steps: ConnectionPlan["steps"]; readonly session: ProtocolSession | null },
): ConnectionPlan {
  const numberOf = (slot: number) => portion.firstConnection + slot;
  return {
    slots: portion.connections,
    tuple: numberOf,
    client: numberOf,
    connection: numberOf,
    steps: parts.steps,
    reset: resetOf(parts.session),
    reconnect: workload.reconnect,
  };
}
