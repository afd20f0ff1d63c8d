import { repliesWith } from "../build/statuses.ts";
import type { RunResult, WorkloadResult } from "../result.ts";

/**
 * A workload's steady state as `vegeta report -type=json` has it. Times are in ns. Exchanges without a
 * reply stand under the status "0", as vegeta counts them; replies that have no HTTP status under "200".
 *
 * @see "Metrics" of vegeta
 */
export function renderVegeta({ run }: RunResult, workload: WorkloadResult): string {
  const { exchanges, bytes, rate, responseTime, steady, errors } = workload;
  const { count, min, max, mean, percentiles } = responseTime;
  const startMs = Date.parse(run.startedAt);
  const at = (ms: number) => new Date(startMs + ms).toISOString();
  const [fromMs, toMs] = steady === null ? [0, 0] : [steady.fromMs, steady.toMs];
  const statuses =
    exchanges.status ?? (exchanges.received > 0 ? { "200": exchanges.received } : {});
  const isNamed = Object.keys(statuses).some((status) => !/^\d+$/.test(status));
  const succeeded = isNamed
    ? exchanges.received - exchanges.corrupted
    : (repliesWith([200, 399], [statuses]) ?? 0);
  const unanswered = Math.max(0, exchanges.sent - exchanges.received);
  const each = (total: number) => (exchanges.sent === 0 ? 0 : total / exchanges.sent);
  const report = {
    latencies: {
      total: Math.round((mean ?? 0) * count),
      mean: Math.round(mean ?? 0),
      "50th": percentiles["50"] ?? 0,
      "90th": percentiles["90"] ?? 0,
      "95th": percentiles["95"] ?? 0,
      "99th": percentiles["99"] ?? 0,
      max: max ?? 0,
      min: min ?? 0,
    },
    bytes_in: { total: bytes.received, mean: each(bytes.received) },
    bytes_out: { total: bytes.sent, mean: each(bytes.sent) },
    earliest: at(fromMs),
    latest: at(toMs),
    end: at(toMs),
    duration: Math.round((toMs - fromMs) * 1e6),
    wait: 0,
    requests: exchanges.sent,
    rate: rate.achievedPerSecond ?? 0,
    throughput: rate.receivedPerSecond ?? 0,
    success: exchanges.sent === 0 ? 0 : Math.min(1, succeeded / exchanges.sent),
    status_codes: {
      ...statuses,
      ...(unanswered > 0 ? { "0": unanswered } : {}),
    },
    errors: [...new Set(errors.filter(({ phase }) => phase === "steady").map(({ code }) => code))],
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
