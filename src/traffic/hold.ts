import { protocols } from "../address/protocol.ts";
import type { Portion } from "../plan/plan-types.ts";
import type { Workload } from "../scenario/scenario.ts";
import { createConstantSchedule } from "../schedule/create-schedule.ts";
import { portionOf } from "../schedule/portion.ts";
import type { Schedule } from "../schedule/schedule.ts";

/** Rate of the verifying round over all workers, where no connect rate says what the target can take. */
const verifyRatePerSecond = 10_000;

/**
 * Arrivals of a `hold` workload: with `verify` one exchange on every connection, at the pace of
 * connecting, then with `keepAlive` one on every connection in each interval (or on as many as
 * `keepAliveConnections` says), evenly spread. As an arrival goes to the connection that has been
 * idle longest, each gets its turn.
 *
 * @returns a schedule without arrivals where neither is set
 */
export function createHoldSchedule(workload: Workload): Schedule {
  const { connections, verify, keepAliveNs, keepAliveConnections, connectRatePerSecond } = workload;
  const rate = connectRatePerSecond ?? verifyRatePerSecond;
  const verifyNs = verify ? Math.ceil((connections / rate) * 1e9) : 0;
  const round = createConstantSchedule(rate, verifyNs);
  const verified = verify ? connections : 0;
  const heartbeat = createConstantSchedule(
    keepAliveNs === null ? 0 : ((keepAliveConnections ?? connections) / keepAliveNs) * 1e9,
    keepAliveNs === null ? 0 : Number.POSITIVE_INFINITY,
  );
  const heartbeats = keepAliveNs === null ? 0 : heartbeat.count;
  return {
    count: verified + heartbeats,
    durationNs: keepAliveNs === null ? verifyNs : Number.POSITIVE_INFINITY,
    intendedNs: (n) =>
      n < verified
        ? round.intendedNs(n)
        : n < verified + heartbeats
          ? verifyNs + heartbeat.intendedNs(n - verified)
          : Number.POSITIVE_INFINITY,
    due: (elapsedNs) =>
      Math.min(verified, round.due(elapsedNs)) +
      (heartbeats > 0 && elapsedNs >= verifyNs ? heartbeat.due(elapsedNs - verifyNs) : 0),
  };
}

/**
 * The connections of a worker that are kept alive, where not all are: its first ones, at least one,
 * so that the heartbeats that fall to it find a connection. All others end with the verifying round.
 */
export function keptAlive(
  { keepAliveConnections, verify }: Workload,
  portion: Portion,
): { readonly slots: number; readonly after: number } | null {
  if (keepAliveConnections === null) return null;
  return {
    slots: Math.max(1, portionOf(keepAliveConnections, portion)),
    after: verify ? 1 : 0,
  };
}

/**
 * Exchanges that a `hold` remembers per connection: it has one in flight, seldom, and every one
 * remembered costs 20 bytes of each of a million connections. The verifying one alone needs no
 * other; with heartbeats a late one (UDP: a few, which replies may come for) stands beside the next.
 */
export function rememberedByHold({ keepAliveNs, protocol }: Workload): number {
  if (keepAliveNs === null) return 1;
  return protocols[protocol].isReliable ? 2 : 4;
}
