import { createSocket } from "node:dgram";
import type { Endpoint } from "../address/flow.ts";
import { monotonicNs } from "../base/clock.ts";
import type { Io, Peer, Transport, TransportEvents } from "../io/io.ts";
import type { Answer, AnswerOutcome, Question } from "./answer.ts";

/** How often a wait checks whether it is over. */
const lookEveryNs = 5e6;

/** ICMP errors as sockets report them: destination unreachable, of any kind. */
const refusals: ReadonlySet<string> = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);

export interface AskOptions {
  /** Whether the sockets are connected: they report ICMP errors, and receive only from the destination. */
  readonly connected: boolean;
  /** Whether unconnected sockets also report ICMP errors (IP_RECVERR); not every io can. */
  readonly receiveErrors?: boolean;
  /** How long to wait for replies, from the last question sent. */
  readonly timeoutNs: number;
  /** How many copies of each question are sent at once; default 1. */
  readonly times?: number;
}

/**
 * Sends questions over UDP, all at once, each from its own socket, so that a reply need not contain anything
 * that identifies its question.
 *
 * @returns the answers in the questions' order, as soon as all are there or when the timeout has passed
 */
export async function ask(
  io: Io,
  questions: readonly Question[],
  options: AskOptions,
): Promise<readonly Answer[]> {
  const asking = new Asking(io, questions, options);
  while (!asking.over) await io.turn(monotonicNs() + lookEveryNs, lookEveryNs);
  asking.end();
  while (asking.open > 0) await io.turn(monotonicNs() + lookEveryNs, lookEveryNs);
  return asking.answers();
}

interface Asked {
  readonly question: Question;
  /** Copies that have not been sent yet. */
  left: number;
  sentNs: number;
  outcome: AnswerOutcome;
  from: Endpoint | null;
  roundTripNs: number | null;
  reply: Uint8Array | null;
  code: string | null;
  replies: number;
  wrongReplies: number;
  /** Whether no further reply is expected. */
  isOver: boolean;
}

class Asking implements TransportEvents {
  readonly #transport: Transport;
  readonly #asked: readonly Asked[];
  readonly #times: number;
  readonly #timeoutNs: number;
  #deadlineNs: number;
  /** Sockets that are not closed. */
  open: number;

  constructor(
    io: Io,
    questions: readonly Question[],
    { connected, receiveErrors = false, timeoutNs, times = 1 }: AskOptions,
  ) {
    this.#times = times;
    this.#timeoutNs = timeoutNs;
    this.#deadlineNs = monotonicNs() + timeoutNs;
    this.open = questions.length;
    this.#asked = questions.map((question) => ({
      question,
      left: times,
      sentNs: 0,
      outcome: "silent",
      from: null,
      roundTripNs: null,
      reply: null,
      code: null,
      replies: 0,
      wrongReplies: 0,
      isOver: false,
    }));
    this.#transport = io.transport({
      protocol: "udp",
      slots: questions.length,
      events: this,
      connected,
      receiveErrors,
    });
    for (const [slot, { sourceAddress, destination }] of questions.entries()) {
      this.#transport.open(slot, {
        sourceAddress,
        sourcePort: 0,
        destinationAddress: destination.address,
        destinationPort: destination.port,
      });
    }
  }

  get over(): boolean {
    return this.#asked.every(({ isOver }) => isOver) || monotonicNs() >= this.#deadlineNs;
  }

  end(): void {
    for (const slot of this.#asked.keys()) this.#transport.close(slot, "fin");
  }

  answers(): readonly Answer[] {
    return this.#asked.map(
      ({ outcome, from, roundTripNs, reply, code, replies, wrongReplies }): Answer => ({
        outcome,
        from,
        roundTripNs,
        reply,
        code,
        replies,
        wrongReplies,
      }),
    );
  }

  opened(slot: number): void {
    const asked = this.#asked[slot] as Asked;
    asked.sentNs = monotonicNs();
    this.#send(slot, asked);
  }

  drained(slot: number): void {
    this.#send(slot, this.#asked[slot] as Asked);
  }

  accepted(): void {
    throw new Error("a client's transport does not accept connections");
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    const asked = this.#asked[slot] as Asked;
    this.#replied(asked, asked.question.destination, "answered", bytes.slice(start, end), nowNs);
  }

  receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    { address, port }: Peer,
    nowNs: number,
  ): void {
    const asked = this.#asked[slot] as Asked;
    asked.wrongReplies++;
    this.#replied(asked, { address, port }, "wrongSource", bytes.slice(start, end), nowNs);
  }

  errored(slot: number, code: string): void {
    this.#fail(this.#asked[slot] as Asked, code);
  }

  closed(slot: number, code: string | null): void {
    this.open--;
    if (code !== null) this.#fail(this.#asked[slot] as Asked, code);
  }

  #send(slot: number, asked: Asked): void {
    const { bytes } = asked.question;
    this.#deadlineNs = monotonicNs() + this.#timeoutNs;
    let passed = true;
    while (passed && asked.left > 0) {
      asked.left--;
      passed = this.#transport.send(slot, bytes, 0, bytes.length);
    }
  }

  #replied(
    asked: Asked,
    from: Endpoint,
    outcome: AnswerOutcome,
    reply: Uint8Array,
    nowNs: number,
  ): void {
    asked.replies++;
    if (asked.replies >= this.#times) asked.isOver = true;
    if (asked.reply !== null) return;
    asked.outcome = outcome;
    asked.from = from;
    asked.reply = reply;
    asked.roundTripNs = Math.max(0, nowNs - asked.sentNs);
  }

  #fail(asked: Asked, code: string): void {
    asked.isOver = true;
    if (asked.reply !== null) return;
    asked.outcome = refusals.has(code) ? "refused" : "failed";
    asked.code = code;
  }
}

/** Returns a UDP port of an address where nothing listens now: a free one, bound and closed again. */
export function closedPortOf(address: string): Promise<Endpoint> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.once("error", reject);
    socket.bind(0, address, () => {
      const { port } = socket.address();
      socket.close(() => resolve({ address, port }));
    });
  });
}
