import { createSocket } from "node:dgram";
import type { Endpoint } from "../address/flow.ts";
import { monotonicNs } from "../base/clock.ts";
import type { Io, Peer, Transport, TransportEvents } from "../io/io.ts";
import type { Answer, AnswerOutcome, Question } from "./answer.ts";

/** How often a wait checks whether it is over. */
const lookEveryNs = 5e6;

/** ICMP errors as sockets report them: destination unreachable, of any kind. */
const refusals: ReadonlySet<string> = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH"]);

export interface QueryOptions {
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
export async function query(
  io: Io,
  questions: readonly Question[],
  options: QueryOptions,
): Promise<readonly Answer[]> {
  const round = new QueryRound(io, questions, options);
  while (!round.over) await io.turn(monotonicNs() + lookEveryNs, lookEveryNs);
  round.end();
  while (round.open > 0) await io.turn(monotonicNs() + lookEveryNs, lookEveryNs);
  return round.answers();
}

interface QueryState {
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

class QueryRound implements TransportEvents {
  readonly #transport: Transport;
  readonly #states: readonly QueryState[];
  readonly #times: number;
  readonly #timeoutNs: number;
  #deadlineNs: number;
  /** Sockets that are not closed. */
  open: number;

  constructor(
    io: Io,
    questions: readonly Question[],
    { connected, receiveErrors = false, timeoutNs, times = 1 }: QueryOptions,
  ) {
    this.#times = times;
    this.#timeoutNs = timeoutNs;
    this.#deadlineNs = monotonicNs() + timeoutNs;
    this.open = questions.length;
    this.#states = questions.map((question) => ({
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
    return this.#states.every(({ isOver }) => isOver) || monotonicNs() >= this.#deadlineNs;
  }

  end(): void {
    for (const slot of this.#states.keys()) this.#transport.close(slot, "fin");
  }

  answers(): readonly Answer[] {
    return this.#states.map(
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
    const state = this.#states[slot] as QueryState;
    state.sentNs = monotonicNs();
    this.#send(slot, state);
  }

  drained(slot: number): void {
    this.#send(slot, this.#states[slot] as QueryState);
  }

  accepted(): void {
    throw new Error("a client's transport does not accept connections");
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    const state = this.#states[slot] as QueryState;
    this.#replied(state, state.question.destination, "answered", bytes.slice(start, end), nowNs);
  }

  receivedFrom(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    { address, port }: Peer,
    nowNs: number,
  ): void {
    const state = this.#states[slot] as QueryState;
    state.wrongReplies++;
    this.#replied(state, { address, port }, "wrongSource", bytes.slice(start, end), nowNs);
  }

  errored(slot: number, code: string): void {
    this.#fail(this.#states[slot] as QueryState, code);
  }

  closed(slot: number, code: string | null): void {
    this.open--;
    if (code !== null) this.#fail(this.#states[slot] as QueryState, code);
  }

  #send(slot: number, state: QueryState): void {
    const { bytes } = state.question;
    this.#deadlineNs = monotonicNs() + this.#timeoutNs;
    let passed = true;
    while (passed && state.left > 0) {
      state.left--;
      passed = this.#transport.send(slot, bytes, 0, bytes.length);
    }
  }

  #replied(
    state: QueryState,
    from: Endpoint,
    outcome: AnswerOutcome,
    reply: Uint8Array,
    nowNs: number,
  ): void {
    state.replies++;
    if (state.replies >= this.#times) state.isOver = true;
    if (state.reply !== null) return;
    state.outcome = outcome;
    state.from = from;
    state.reply = reply;
    state.roundTripNs = Math.max(0, nowNs - state.sentNs);
  }

  #fail(state: QueryState, code: string): void {
    state.isOver = true;
    if (state.reply !== null) return;
    state.outcome = refusals.has(code) ? "refused" : "failed";
    state.code = code;
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
