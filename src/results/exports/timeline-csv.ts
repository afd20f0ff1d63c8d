import { withPartsAsWorkloads } from "../parts-as-workloads.ts";
import type { RunResult } from "../result.ts";
import { isOfSteadyState } from "../steady-seconds.ts";
import type { TcpResult } from "../tcp-result.ts";

const columns = [
  "workload",
  "atMs",
  "offered",
  "sent",
  "received",
  "open",
  "opened",
  "errors",
  "responseTimeP50Ns",
  "responseTimeP99Ns",
  "responseTimeMaxNs",
  "sendLagP99Ns",
  "sendLagMaxNs",
  "steady",
  "seconds",
] as const;

/** Of workloads with `telemetry: tcp`: of all looks in the second. */
const tcpColumns = [
  "tcpRttP50Ns",
  "tcpRttP99Ns",
  "tcpRetransmits",
  "tcpReceiveWindowLimitedMs",
  "tcpSendBufferLimitedMs",
] as const;

/** Renders one row for every entry of the timeline of every workload, and of its parts (RFC 4180, with "\n"); what was not measured is empty. */
export function renderTimelineCsv({ workloads }: RunResult): string {
  const hasTcp = Object.values(workloads).some(({ tcp }) => tcp !== null);
  const heads = [...columns, ...(hasTcp ? tcpColumns : [])];
  const rows = withPartsAsWorkloads(workloads).flatMap(([name, workload]) =>
    workload.timeline.map((entry) => {
      const { atMs, offered, sent, received, open, opened, errors, responseTime, sendLag } = entry;
      return [
        field(name),
        ...[atMs, offered, sent, received, open, opened, errors],
        ...[responseTime.p50, responseTime.p99, responseTime.max, sendLag.p99, sendLag.max],
        isOfSteadyState(workload, entry),
        entry.seconds,
        ...(hasTcp ? tcpCells(workload.tcp, entry) : []),
      ]
        .map((value) => (Number.isNaN(value) ? "" : (value ?? "")))
        .join(",");
    }),
  );
  return `${[heads.join(","), ...rows].join("\n")}\n`;
}

/** The highest round-trip times of an entry's seconds, and what was added in them; empty without a look. */
function tcpCells(
  tcp: TcpResult | null,
  { atMs, seconds }: { readonly atMs: number; readonly seconds: number },
): readonly (number | null)[] {
  const toMs = atMs + 1000 * seconds;
  const looks = tcp?.timeline.filter((look) => look.atMs >= atMs && look.atMs < toMs) ?? [];
  if (looks.length === 0) return tcpColumns.map(() => null);
  const most = (of: (look: (typeof looks)[number]) => number | null) => {
    const known = looks.map(of).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  const sum = (of: (look: (typeof looks)[number]) => number) =>
    looks.reduce((total, look) => total + of(look), 0);
  return [
    most(({ rtt }) => rtt.p50),
    most(({ rtt }) => rtt.p99),
    sum(({ retransmits }) => retransmits),
    sum(({ receiveWindowLimitedMs }) => receiveWindowLimitedMs),
    sum(({ sendBufferLimitedMs }) => sendBufferLimitedMs),
  ];
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
