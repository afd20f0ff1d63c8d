import type { Workload } from "../scenario/scenario.ts";
import { createConstantSchedule } from "../schedule/create-schedule.ts";
import type { Schedule } from "../schedule/schedule.ts";

/** Rate of the verifying round over all workers, where no connect rate says what the target can take. */
const verifyRatePerSecond = 10_000;

/**
 * Arrivals of a `hold` workload: with `verify` one exchange on every connection, at the pace of
 * connecting, then with `keepAlive` one on every connection in each interval, evenly spread. As an
 * arrival goes to the connection that has been idle longest, each gets its turn.
 *
 * @returns a schedule without arrivals where neither is asked for
 */
export function createHoldSchedule(workload: Workload): Schedule {
  const { connections, verify, keepAliveNs, connectRatePerSecond } = workload;
  const rate = connectRatePerSecond ?? verifyRatePerSecond;
  const verifyNs = verify ? Math.ceil((connections / rate) * 1e9) : 0;
  const round = createConstantSchedule(rate, verifyNs);
  const verified = verify ? connections : 0;
  const heartbeat = createConstantSchedule(
    keepAliveNs === null ? 0 : (connections / keepAliveNs) * 1e9,
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
