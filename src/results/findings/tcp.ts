import { formatAmount, formatCount, formatDuration } from "../../base/units.ts";
import { type Finding, percent } from "./finding.ts";
import type { Measures, TcpMeasures, WorkloadMeasures } from "./measures.ts";

/** Below this portion of the time with data on its way a limit is not what decides. */
const limitedRatio = 0.05;

/** A client that was held up for so much of its busy time was slow because of that, among other things. */
const heldUpRatio = 0.1;

/** The times are in ticks of the kernel, of up to 10 ms: less than some of them is chance. */
const leastLimitedMs = 50;

/** What the kernel's figures of connections say of who was the limit; only what was seen. Pure. */
export function tcpFindings({ workloads }: Measures): Finding[] {
  return workloads.flatMap((workload) => {
    const { tcp } = workload;
    if (tcp === null) return [];
    return [
      ...receiveWindow(workload, tcp),
      ...sendBuffer(workload, tcp),
      ...retransmits(workload, tcp),
    ];
  });
}

/** The target did not read what it was sent. */
function receiveWindow({ name, server }: WorkloadMeasures, tcp: TcpMeasures): Finding[] {
  const { busyMs, receiveWindowLimitedMs: limitedMs, slowest } = tcp;
  if (busyMs === null || limitedMs === null || !isLimit(busyMs, limitedMs)) return [];
  const held = slowest.filter(
    (one) => one.busyMs > 0 && one.receiveWindowLimitedMs >= heldUpRatio * one.busyMs,
  );
  const target = server === null ? "the target" : `server ${server}`;
  const clients =
    slowest.length === 0
      ? ""
      : `; of its ${formatAmount(slowest.length, "slowest client")} that could be seen, ${formatCount(held.length)} ${held.length === 1 ? "was" : "were"} held up so`;
  return [
    {
      about: "server",
      severity: "info",
      code: "server.receiveWindow",
      subject: name,
      text:
        `the receive window of ${target} kept connections of ${name} from sending for ${percent(limitedMs / busyMs)} of the time in which they had data on its way ` +
        `(${ms(limitedMs)} of ${ms(busyMs)}, summed over the connections)${clients}`,
      evidence: {
        busyMs,
        receiveWindowLimitedMs: limitedMs,
        slowestCount: slowest.length,
        slowestHeldUpCount: held.length,
      },
      todo: "find out why it reads more slowly than it is sent to: a thread that is busy or waits, or a small receive buffer (SO_RCVBUF)",
    },
  ];
}

/** The client's own kernel did not take what there was to send. */
function sendBuffer({ name }: WorkloadMeasures, tcp: TcpMeasures): Finding[] {
  const { busyMs, sendBufferLimitedMs: limitedMs } = tcp;
  if (busyMs === null || limitedMs === null || !isLimit(busyMs, limitedMs)) return [];
  return [
    {
      about: "generator",
      severity: "info",
      code: "generator.sendBuffer",
      subject: name,
      text:
        `the clients' send buffers held up connections of ${name} for ${percent(limitedMs / busyMs)} of the time in which they had data on its way ` +
        `(${ms(limitedMs)} of ${ms(busyMs)}, summed over the connections): the target could have had more of it sooner`,
      evidence: { busyMs, sendBufferLimitedMs: limitedMs },
      todo: "raise the kernel's limit for send buffers (net.ipv4.tcp_wmem), or spread what is sent over more connections",
    },
  ];
}

function retransmits({ name }: WorkloadMeasures, tcp: TcpMeasures): Finding[] {
  const { retransmits: again, segmentsSent: sent, isLoopback } = tcp;
  if (again === 0) return [];
  const where = isLoopback
    ? " over loopback, where no network loses them: the queue of a listening socket was full, a receiver had no memory left, or an acknowledgement came too late because somebody waited for a CPU"
    : ": they or their acknowledgements were lost on the way, or came too late";
  return [
    {
      about: "run",
      severity: "info",
      code: "run.retransmits",
      subject: name,
      text: `${formatCount(again)} of ${formatAmount(sent, "segment")} of ${name} were sent again${where}`,
      evidence: { retransmitsCount: again, segmentsSentCount: sent },
      todo: isLoopback
        ? "look whether connect times of 1 s and more go with it (a SYN that was sent again): then raise the server's backlog and net.core.somaxconn; else end other programs"
        : "compare with a run on the server's own machine, or look at the interfaces' counters on the way (ip -s link)",
    },
  ];
}

function isLimit(busyMs: number, limitedMs: number): boolean {
  return limitedMs >= leastLimitedMs && limitedMs >= limitedRatio * busyMs;
}

function ms(value: number): string {
  return formatDuration(value * 1e6);
}
