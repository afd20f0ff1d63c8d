/**
 * Messages of the peer that are no replies: what was subscribed to, and what is to be ignored or answered. They are taken
 * out before replies are paired with requests, so that they disturb nothing.
 */
import { protocols } from "../../address/protocol.ts";
import { doubleZero } from "../../base/v8-double.ts";
import { createReplyCheck, type ReplyCheck } from "../../framing/reply-check.ts";
import type { ReplyReader, ReplySink } from "../../framing/reply-reader.ts";
import type { Transport } from "../../io/io.ts";
import { type CounterName, counter, type Moment } from "../../metrics/snapshot.ts";
import {
  type KeepAlive,
  type Kind,
  kind as kinds,
  type ProtocolSession,
} from "../../protocols/protocol.ts";
import type { UnsolicitedSpec } from "../../scenario/scenario.ts";
import type { PhaseClock } from "../phase-clock.ts";
import type { TrafficContext } from "../traffic.ts";

/** Tells messages of the peer apart: what `unsolicited:` says, or a protocol. Called for each: neither allocates. */
export type AsideRules = Required<
  Pick<ProtocolSession, "classify" | "answer" | "answerBytes"> // 0 bytes: nothing is ever answered
> & {
  /** What is sent to keep connections alive; null: nothing. */
  readonly keepAlive: KeepAlive | null;
};

/** The traffic whose connections answers leave on. */
export interface AsidesHost {
  readonly clock: PhaseClock;
  readonly transport: Transport;
  /** Whether the slot is open and takes bytes. */
  takes(slot: number): boolean;
  /** The slot takes nothing more until it has drained. */
  filled(slot: number): void;
}

/** Who sends on the same slots without the traffic's knowledge: the steps of its exchanges. */
export type AsidesNeighbour = Pick<AsidesHost, "takes" | "filled">;

const countedAs = {
  [kinds.push]: "pushed",
  [kinds.ignore]: "ignored",
} as const satisfies Partial<Record<Kind, CounterName>>;

/** Answers of one connection that wait for the peer to read, at most; more are not sent, and that is its error. */
const mostWaitingBytes = 64 * 1024;
const unread = "ANSWERS_NOT_READ";

/** Keep-alives that are sent in one turn, at most, so that what comes is read. */
const mostPerTurn = 256;

/**
 * Takes messages that are no replies out of what a workload's connections receive, counts and answers them, and sends what
 * keeps connections alive.
 */
export class Asides {
  readonly #rules: AsideRules;
  readonly #context: TrafficContext;
  #host: AsidesHost | null = null;
  #neighbour: AsidesNeighbour | null = null;
  readonly #isDatagram: boolean;
  #scratch: Buffer;
  /** Answers that wait until their slot takes bytes again. */
  readonly #waiting = new Map<number, Buffer>();
  /** Of keep-alives: whose turn is next, and when. */
  #turn = 0;
  #turnNs = doubleZero;

  constructor(rules: AsideRules, context: TrafficContext) {
    this.#rules = rules;
    this.#context = context;
    this.#isDatagram = protocols[context.workload.protocol].isDatagram;
    this.#scratch = this.#room();
  }

  #room(): Buffer {
    const { answerBytes, keepAlive } = this.#rules;
    return Buffer.alloc(Math.max(answerBytes, keepAlive?.maxBytes ?? 0));
  }

  /** To be called before anything else. */
  attach(host: AsidesHost): void {
    this.#host = host;
  }

  /** Others send on the same slots. */
  besides(neighbour: AsidesNeighbour): void {
    this.#neighbour = neighbour;
  }

  /** Sends what keeps connections alive, where that is due: to each in its turn. @returns when the next is due */
  start(nowNs: number): number {
    const { keepAlive } = this.#rules;
    if (keepAlive === null) return Number.POSITIVE_INFINITY;
    const slots = this.#context.portion.connections;
    const everyNs = keepAlive.everyMs * 1e6;
    // Not more than one of each is made up for, after a turn that took long.
    this.#turnNs =
      this.#turnNs === 0 ? nowNs + everyNs / slots : Math.max(this.#turnNs, nowNs - everyNs);
    for (let budget = mostPerTurn; this.#turnNs <= nowNs; budget--) {
      if (budget === 0) return nowNs;
      this.#keepAlive(this.#turn, keepAlive);
      this.#turn = (this.#turn + 1) % slots;
      this.#turnNs += everyNs / slots;
    }
    return this.#turnNs;
  }

  /** One that has something to send, which its peer does not read, needs nothing. */
  #keepAlive(slot: number, keepAlive: KeepAlive): void {
    if (!this.#takes(slot)) return;
    const length = keepAlive.write(slot, this.#scratch, 0);
    if (length > 0) this.#send(slot, length, "keepAlivesSent");
  }

  /** Takes in a whole message. @returns whether it was no reply: it has been dealt with */
  take(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    const kind = this.#rules.classify(slot, bytes, start, end);
    if (kind === kinds.reply || kind === kinds.error) return false;
    this.#count(countedAs[kind]);
    if (this.#rules.answerBytes === 0) return true;
    const length = this.#rules.answer(slot, bytes, start, end, this.#scratch, 0);
    if (length > 0) this.#send(slot, length, "answersSent");
    return true;
  }

  /** UDP: as `take`, of a datagram, which is counted as received as well; over TCP it takes nothing. */
  takeDatagram(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.#isDatagram || !this.take(slot, bytes, start, end)) return false;
    this.#context.recorder.count(this.#moment, counter.bytesReceived, end - start);
    return true;
  }

  /** The slot has a new connection. */
  opened(slot: number): void {
    if (this.#waiting.size > 0) this.#waiting.delete(slot);
  }

  /** The slot takes bytes again. */
  drained(slot: number): void {
    const waiting = this.#waiting.get(slot);
    if (waiting === undefined) return;
    this.#waiting.delete(slot);
    // Its neighbour learns afterwards that the slot has drained.
    const host = this.#host as AsidesHost;
    if (!host.takes(slot)) return;
    if (!host.transport.send(slot, waiting, 0, waiting.length)) this.#filled(slot);
  }

  /** Whether the slot, which has drained, has been filled by answers since. */
  hasFilled(slot: number): boolean {
    return this.#host?.takes(slot) === false;
  }

  /** A reader whose messages are only those that are replies. */
  beside(reader: ReplyReader): ReplyReader {
    let sink: ReplySink | null = null;
    const replies: ReplySink = {
      reply: (slot, bytes, start, end, totalBytes) => {
        if (!this.take(slot, bytes, start, end)) {
          sink?.reply(slot, bytes, start, end, totalBytes);
        }
      },
    };
    return {
      ...reader,
      feed(slot, bytes, start, end, to) {
        sink = to;
        return reader.feed(slot, bytes, start, end, replies);
      },
      end(slot, to) {
        sink = to;
        return reader.end(slot, replies);
      },
    };
  }

  #send(slot: number, length: number, counts: CounterName): void {
    if (!this.#takes(slot)) {
      this.#wait(slot, length);
      return;
    }
    this.#count(counts);
    const { transport } = this.#host as AsidesHost;
    if (transport.send(slot, this.#scratch, 0, length)) return;
    // The bytes are the transport's now.
    this.#scratch = this.#room();
    this.#filled(slot);
  }

  #takes(slot: number): boolean {
    return this.#host?.takes(slot) === true && this.#neighbour?.takes(slot) !== false;
  }

  #filled(slot: number): void {
    this.#host?.filled(slot);
    this.#neighbour?.filled(slot);
  }

  #wait(slot: number, length: number): void {
    const before = this.#waiting.get(slot);
    const bytes = (before?.length ?? 0) + length;
    if (bytes > mostWaitingBytes) {
      const { recorder, portion } = this.#context;
      recorder.failed(portion.firstConnection + slot, unread, "target", this.#moment);
      return;
    }
    const answer = Buffer.from(this.#scratch.subarray(0, length));
    this.#waiting.set(slot, before === undefined ? answer : Buffer.concat([before, answer]));
    this.#count("answersSent");
  }

  #count(name: CounterName): void {
    this.#context.recorder.count(this.#moment, counter[name], 1);
  }

  get #moment(): Moment {
    return (this.#host as AsidesHost).clock.at(this.#context.now());
  }
}

/** What `unsolicited:` of a workload says; null where it says nothing. */
export function createAsides(context: TrafficContext): Asides | null {
  const { unsolicited } = context.workload;
  return unsolicited === null ? null : new Asides(rulesOf(unsolicited), context);
}

/** @throws UserError as createReplyCheck */
function rulesOf({ ignore, answer }: UnsolicitedSpec): AsideRules {
  const answers = answer.map(({ to, base64 }) => ({
    check: createReplyCheck(to),
    bytes: Buffer.from(base64, "base64"),
  }));
  const ignored = ignore.map((one) => createReplyCheck(one));
  const is = (check: ReplyCheck, bytes: Uint8Array, start: number, end: number) =>
    check.check(bytes, start, end, null, 0, 0) === null;
  return {
    classify(_slot, bytes, start, end) {
      for (const { check } of answers) {
        if (is(check, bytes, start, end)) return kinds.ignore;
      }
      for (const check of ignored) if (is(check, bytes, start, end)) return kinds.ignore;
      return kinds.reply;
    },
    answer(_slot, bytes, start, end, into, at) {
      for (const { check, bytes: answer } of answers) {
        if (!is(check, bytes, start, end)) continue;
        into.set(answer, at);
        return answer.length;
      }
      return 0;
    },
    answerBytes: Math.max(0, ...answers.map(({ bytes }) => bytes.length)),
    keepAlive: null,
  };
}
