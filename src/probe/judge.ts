import { formatCount, formatDuration } from "../base/units.ts";
import type { Finding, ProbeReport, SizeReport } from "./report.ts";

type Probed = Omit<ProbeReport, "findings" | "verdict">;

/** Derives findings about the server from a probe's answers: faults and notes. Pure. */
export function judge(report: Probed): Pick<ProbeReport, "findings" | "verdict"> {
  const findings = [
    ...answerFindings(report),
    ...sourceFindings(report),
    ...connectedFindings(report),
    ...sizeFindings(report),
    ...burstFindings(report),
    ...afterwardsFindings(report),
    ...closedPortFindings(report),
  ];
  const isFaulty = findings.some(({ level }) => level === "fault");
  return { findings, verdict: isFaulty ? "faulty" : "right" };
}

/** Returns findings about the target itself. */
function answerFindings({ target, destinations, timeoutNs, requestBytes }: Probed): Finding[] {
  const [first] = destinations;
  if (first === undefined || first.unconnected.reply !== null) return [];
  const { unconnected, connected } = first;
  const code = connected.code ?? unconnected.code;
  if (connected.outcome === "refused") {
    return [fault("answer", `nothing listens at ${target}: ${code}, by ICMP`)];
  }
  if (unconnected.outcome === "failed") {
    return [fault("answer", `${target} cannot be probed from here: ${code}`)];
  }
  return [
    fault(
      "answer",
      `${target} did not answer a datagram of ${formatCount(requestBytes)} bytes within ` +
        `${formatDuration(timeoutNs)}; for a server that does not echo, send a request that it ` +
        "answers with --payload, in hexadecimal",
    ),
  ];
}

function sourceFindings({ destinations }: Probed): Finding[] {
  const wrong = destinations.filter(({ unconnected }) => unconnected.outcome === "wrongSource");
  const [example] = wrong;
  if (example === undefined) return [];
  const replied = destinations.filter(({ unconnected }) => unconnected.reply !== null);
  const from = example.unconnected.from as string;
  return [
    fault(
      "source",
      `the request went to ${example.destination}, the reply came from ${from} (as with ${formatCount(wrong.length)} of ` +
        `the ${formatCount(replied.length)} addresses that answered): the server answers from a ` +
        "wildcard socket, so the kernel chooses the source address of replies, and clients with " +
        "connected sockets never receive them. Use a socket for each address, or IP_PKTINFO; see " +
        "docs/udp.md",
    ),
  ];
}

/** Returns findings about answers that a connected socket did not receive although their source was right. */
function connectedFindings({ destinations }: Probed): Finding[] {
  const unseen = destinations.filter(
    ({ unconnected, connected }) =>
      unconnected.outcome === "answered" && connected.outcome === "silent",
  );
  const [example] = unseen;
  if (example === undefined) return [];
  const text = `${example.destination} answered an unconnected socket, but not a connected one`;
  return [note("source", `${text}: a reply was lost, or the server is slower than --timeout`)];
}

function sizeFindings(report: Probed): Finding[] {
  return report.sizes.flatMap((size) => sizeFinding(size, report.echoes === true));
}

function sizeFinding({ bytes, answer }: SizeReport, echoes: boolean): Finding[] {
  const what = bytes === 0 ? "an empty datagram" : `a datagram of ${formatCount(bytes)} bytes`;
  if (answer.code === "EMSGSIZE" || !echoes || answer.reply === "echo") return [];
  const got = formatCount(answer.replyBytes ?? 0);
  if (answer.reply === "cut") {
    return [
      fault("size", `${what} came back cut to ${got}: the server's receive buffer is too small`),
    ];
  }
  if (answer.reply === "other") {
    return [fault("size", `${what} came back as ${got} other bytes, while others are echoed`)];
  }
  if (answer.outcome === "silent") {
    return [fault("size", `${what} was not echoed, while others are`)];
  }
  return [fault("size", `${what} was answered with ${answer.code}`)];
}

function burstFindings({ burst }: Probed): Finding[] {
  if (burst === null || burst.replies === burst.sent) return [];
  const [sent, replies] = [formatCount(burst.sent), formatCount(burst.replies)];
  return burst.replies > burst.sent
    ? [fault("burst", `${replies} replies to ${sent} datagrams: some were answered more than once`)]
    : [
        note(
          "burst",
          `${replies} replies to ${sent} datagrams sent at once: the receive buffer (SO_RCVBUF) was full, or there is a rate limit`,
        ),
      ];
}

function afterwardsFindings({ afterwards, target }: Probed): Finding[] {
  if (afterwards === null || afterwards.reply !== null) return [];
  const text = `${target} answered at first, but no longer does`;
  return [fault("afterwards", `${text}: empty, long or many datagrams stopped it`)];
}

function closedPortFindings({ closedPort }: Probed): Finding[] {
  const { connected, destination } = closedPort;
  if (connected.outcome === "refused") return [];
  const text = `a closed port (${destination}) is silent here, even to connected sockets`;
  return [
    note("closedPort", `${text}: something drops ICMP, so a server that has exited looks slow`),
  ];
}

function fault(check: Finding["check"], message: string): Finding {
  return { level: "fault", check, message };
}

function note(check: Finding["check"], message: string): Finding {
  return { level: "note", check, message };
}
