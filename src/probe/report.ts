/** The report of `slash8 probe`, as --json prints it; fields may be added. */
import { formatEndpoint } from "../address/flow.ts";
import type { IoKind } from "../base/io-kind.ts";
import { type Answer, type AnswerOutcome, compareReply, type ReplyKind } from "./answer.ts";

export interface ProbeReport {
  /** "127.0.0.1:7000" */
  readonly target: string;
  readonly io: IoKind;
  readonly requestBytes: number;
  readonly timeoutNs: number;
  /** Whether the server sends back what it receives; null where it did not answer. */
  readonly echoes: boolean | null;
  /** The target, and the same port on other addresses of this machine. */
  readonly destinations: readonly DestinationReport[];
  /** Datagrams of unusual lengths, and one that is too long to send. */
  readonly sizes: readonly SizeReport[];
  readonly burst: BurstReport | null;
  /** What this machine does with a datagram to a port where nothing listens. */
  readonly closedPort: ClosedPortReport;
  /** The first question again, after all other checks. */
  readonly afterwards: AnswerReport | null;
  readonly findings: readonly Finding[];
  readonly verdict: "right" | "faulty";
}

export interface AnswerReport {
  readonly outcome: AnswerOutcome;
  /** Source of the reply, "127.0.0.1:7000". */
  readonly from: string | null;
  readonly roundTripNs: number | null;
  readonly replyBytes: number | null;
  readonly reply: ReplyKind | null;
  readonly code: string | null;
}

export interface DestinationReport {
  readonly destination: string;
  /** By a socket that receives replies from any source. */
  readonly unconnected: AnswerReport;
  /** By a connected socket: it receives replies from the destination only, and reports ICMP errors. */
  readonly connected: AnswerReport;
}

export interface SizeReport {
  readonly bytes: number;
  readonly answer: AnswerReport;
}

export interface BurstReport {
  readonly sent: number;
  readonly replies: number;
  readonly wrongReplies: number;
}

export interface ClosedPortReport {
  readonly destination: string;
  readonly unconnected: AnswerReport;
  /** By an unconnected socket that requests ICMP errors (IP_RECVERR); null where the io cannot. */
  readonly receiveErrors: AnswerReport | null;
  readonly connected: AnswerReport;
}

export interface Finding {
  /** A fault of the server, or information. */
  readonly level: "fault" | "note";
  readonly check: "source" | "answer" | "size" | "burst" | "closedPort" | "afterwards";
  readonly message: string;
}

/** Returns an answer without its bytes. */
export function answerReport(answer: Answer, request: Uint8Array): AnswerReport {
  const { outcome, from, roundTripNs, reply, code } = answer;
  return {
    outcome,
    from: from === null ? null : formatEndpoint(from),
    roundTripNs,
    replyBytes: reply?.length ?? null,
    reply: reply === null ? null : compareReply(request, reply),
    code,
  };
}
