/** Tables of the kernel that limit connections. */
import { formatCount, formatRate, formatSize } from "../../base/units.ts";
import {
  bufferedBytes,
  connectsPerSecond,
  tcpConnections,
  timeWaitSockets,
  workloadsOf,
} from "../../plan/needs.ts";
import { type Check, type CheckOutcome, roundUp } from "./check.ts";

/** A full connection-tracking table drops packets: connects then time out. One entry per connection. */
export const conntrackTable: Check = ({ plan, host }) => {
  if (!host.conntrack?.tracksLoopback) return [];
  const { count, max } = host.conntrack;
  const sockets = workloadsOf(plan).reduce((sum, { scenario }) => sum + scenario.connections, 0);
  const need = sockets + timeWaitSockets(plan);
  if (count + need <= max) return [];
  return [
    {
      level: "refuse",
      message:
        `the plan needs ${formatCount(need)} entries in the connection-tracking table, which tracks ` +
        `loopback here; it has ${formatCount(count)} of at most ${formatCount(max)}`,
      remedy:
        `sudo sysctl -w net.netfilter.nf_conntrack_max=${roundUp(count + need)}; or do not track ` +
        "loopback: sudo iptables -t raw -A PREROUTING -i lo -j NOTRACK && " +
        "sudo iptables -t raw -A OUTPUT -o lo -j NOTRACK",
    },
  ];
};

/**
 * How long a server may go without accept() before connects are dropped. Node's servers were observed to
 * pause that long, for garbage collection and with a full event loop.
 */
const acceptPauseSeconds = 0.1;

/** Connections that wait for accept() at the busiest moment. */
function waiting(connectsPerSecond: number, connections: number): number {
  return Math.ceil(Math.min(connections, connectsPerSecond * acceptPauseSeconds));
}

/** What does not fit the listen backlog is dropped, and the client sends its SYN again a second later. */
export const listenBacklog: Check = ({ plan, host }) => {
  if (host.listenBacklog === null) return [];
  const rate = connectsPerSecond(plan);
  const need = waiting(rate, tcpConnections(plan));
  if (need <= host.listenBacklog) return [];
  const name = host.os === "Darwin" ? "kern.ipc.somaxconn" : "net.core.somaxconn";
  const fitting = Math.floor(host.listenBacklog / acceptPauseSeconds);
  return [
    {
      level: "warn",
      message:
        `up to ${formatRate(rate)} connections are opened, and a server that pauses for 100 ms then has ` +
        `${formatCount(need)} waiting; the listen backlog is at most ${formatCount(host.listenBacklog)} ` +
        `(${name}), and the rest connects a second late`,
      remedy: `sudo sysctl -w ${name}=${roundUp(need)}; or "connectRate: ${fitting}/s"`,
    },
  ];
};

/** Half-open connections; with SYN cookies a full table does no harm. */
export const synBacklog: Check = ({ plan, host }) => {
  if (host.synBacklog === null || host.synCookies !== false) return [];
  const need = waiting(connectsPerSecond(plan), tcpConnections(plan));
  if (need <= host.synBacklog) return [];
  return [
    {
      level: "warn",
      message:
        `up to ${formatCount(need)} connections may be half open, the kernel keeps ` +
        `${formatCount(host.synBacklog)} (net.ipv4.tcp_max_syn_backlog) and SYN cookies are off`,
      remedy: `sudo sysctl -w net.ipv4.tcp_max_syn_backlog=${roundUp(need)} net.ipv4.tcp_syncookies=1`,
    },
  ];
};

/** Past the limit the kernel drops TIME_WAIT early, which does not affect explicit ports. */
export const timeWaitBuckets: Check = ({ plan, host }) => {
  if (host.timeWaitSockets === null) return [];
  const { max, now } = host.timeWaitSockets;
  const need = timeWaitSockets(plan);
  if (need + now <= max) return [];
  return [
    {
      level: "note",
      message:
        `churn can leave ${formatCount(need)} connections in TIME_WAIT, the kernel keeps ` +
        `${formatCount(max)} (net.ipv4.tcp_max_tw_buckets) and drops the rest early; the run goes on ` +
        'but the kernel logs "time wait bucket table overflow"',
      remedy: `sudo sysctl -w net.ipv4.tcp_max_tw_buckets=${roundUp(need + now)}; or "close: reset"`,
    },
  ];
};

/** TCP's memory for buffers. */
export const tcpMemory: Check = ({ plan, host }): readonly CheckOutcome[] => {
  if (host.tcpMemory === null) return [];
  const { usedBytes, pressureBytes, highBytes } = host.tcpMemory;
  const need = bufferedBytes(plan);
  if (usedBytes + need <= pressureBytes) return [];
  const over = usedBytes + need > highBytes;
  return [
    {
      level: "warn",
      message:
        `messages in flight can fill ${formatSize(need)} of socket buffers; from ` +
        `${formatSize(over ? highBytes : pressureBytes)} on the kernel ` +
        `${over ? "drops data" : "shrinks buffers"} (net.ipv4.tcp_mem)`,
      remedy:
        'fewer connections, a smaller "inFlight" or smaller messages; or raise the three numbers of ' +
        "net.ipv4.tcp_mem (pages of memory) with sudo sysctl -w",
    },
  ];
};
