import { protocols } from "../../address/protocol.ts";
import { doubleZero } from "../../base/v8-double.ts";
import { createFramer } from "../../framing/framings.ts";
import { createReplyReader } from "../../framing/reply-reader.ts";
import type { Transport } from "../../io/io.ts";
import type { KeyUses, MessageKey } from "../../messages/message.ts";
import { counter, type Moment, stepCode } from "../../metrics/snapshot.ts";
import { DelayRing } from "../delay-queue.ts";
import type { Asides } from "../replies/asides.ts";
import { LastReplies } from "../replies/datagram-replies.ts";
import { failure } from "../replies/error-side.ts";
import type { Sender } from "../sender.ts";
import type { TrafficContext } from "../traffic.ts";
import { AsidesFilter } from "./asides-filter.ts";
import type { Captured } from "./captured.ts";
import { createSteps } from "./create-steps.ts";
import { StepParts } from "./step-parts.ts";
import { type Progress, progress, type Step, type Steps } from "./steps.ts";

/** How an exchange of several messages went wrong. */
export interface WrongReply {
  /** For `errors`: the step and what was wrong. */
  readonly code: string;
  /** Whether the last step had been sent and its reply read: the server waits for the next exchange. */
  readonly isOver: boolean;
}

/** What a pattern does with exchanges of several messages. */
export interface ConversationUser {
  readonly transport: Transport;
  /** Of the slot's connection: index in the flow space. */
  clientOf(slot: number): number;
  /** Key of the messages of the slot's exchange; valid until the next call. */
  exchangeKey(slot: number): MessageKey;
  /** Moment of the slot's exchange; now, where it has none. */
  exchangeMoment(slot: number): Moment;
  /** When the slot's exchange was to begin, ns. */
  exchangeDueNs(slot: number): number;
  momentAt(ns: number): Moment;
  /** The last reply of the slot's exchange has come. */
  answered(slot: number, nowNs: number): void;
  /** All that came with that has been read. @param closes whether no other reply can follow on the connection */
  concluded(slot: number, nowNs: number, closes: boolean): void;
  /** A reply was wrong, or bytes came before they were asked for. */
  wrong(slot: number, how: WrongReply, nowNs: number): void;
  /** Something has come between two exchanges. @param isFirst whether before the first of the connection */
  uninvited(slot: number, nowNs: number, isFirst: boolean): void;
  /** A step got no reply in time, which was up at `endNs`. @param isLate whether it has come since */
  expired(slot: number, code: string, endNs: number, isLate: boolean): void;
}

/** Sweeps are a part of the time-out apart, which has this many. */
const sweepsOfTimeout = 10;

/** Over UDP a step begins in a turn of its own: the reply before it, once more, may have arrived already. */
const nextTurnNs = 1;

/**
 * Exchanges of several messages: each slot has one at a time. The first message is sent by whoever begins the exchange;
 * the others follow from the replies, or after a pause. `timeout` is for each reply.
 *
 * What goes wrong in one exchange never costs the next: where it is not known any more what the server waits for,
 * the user gives the connection up.
 */
export class Conversations {
  readonly #context: TrafficContext;
  readonly #user: ConversationUser;
  readonly #names: readonly string[];
  readonly #first: Sender;
  readonly #specs: readonly Step[];
  readonly #steps: Steps;
  /** What takes out messages that are no replies, and over TCP finds them; null: each is one. */
  readonly #asides: Asides | null;
  readonly #filter: AsidesFilter | null;
  /** What counts the steps that have figures of their own, by step. */
  readonly #parts: StepParts;
  readonly #timeoutNs: number;
  /** By slot: when what waits for a reply was sent, ns; Infinity: nothing waits for one. */
  readonly #sentNs: Float64Array;
  /** 1 for slots that have begun an exchange on their connection, and those that are at one. */
  readonly #hasBegun: Uint8Array;
  readonly #isAmid: Uint8Array;
  /** By step: slots that pause before it. */
  readonly #pausing: readonly DelayRing[];
  /** By slot: when its pause ends; what stands in the rings with another time has ended since. */
  readonly #pauseEndNs: Float64Array;
  /** UDP; null over TCP. */
  readonly #last: LastReplies | null;
  #nowNs = doubleZero;
  /** When what is sent next is due: with the reply before it, or at the end of its pause. */
  #dueNs = doubleZero;
  #sweepAtNs = doubleZero;

  constructor(context: TrafficContext, factory: ConversationFactory, user: ConversationUser) {
    const slots = context.portion.connections;
    const { workload } = context;
    this.#context = context;
    this.#user = user;
    this.#names = factory.names;
    this.#first = factory.first;
    this.#specs = factory.steps;
    this.#asides = factory.asides;
    this.#filter = factory.filter;
    this.#parts = new StepParts(context, factory.parts, user);
    this.#timeoutNs = workload.timeoutNs;
    this.#sentNs = new Float64Array(slots).fill(Number.POSITIVE_INFINITY);
    this.#hasBegun = new Uint8Array(slots);
    this.#isAmid = new Uint8Array(slots);
    this.#pauseEndNs = new Float64Array(slots);
    this.#pausing = factory.steps.map(({ thinkNs }) => new DelayRing(thinkNs > 0 ? slots : 0));
    this.#last = protocols[workload.protocol].isDatagram ? new LastReplies(slots) : null;
    const { recorder } = context;
    const moment = (slot: number) => user.exchangeMoment(slot);
    this.#steps = factory.create({
      get transport() {
        return user.transport;
      },
      keyOf: (slot) => user.exchangeKey(slot),
      think: (slot, step, thinkNs) => this.#pause(slot, step, thinkNs),
      sent: (slot, step, bytes) => {
        this.#sentNs[slot] = this.#nowNs;
        recorder.count(moment(slot), counter.bytesSent, bytes);
        this.#parts.sent(slot, step, bytes, this.#dueNs, this.#nowNs);
      },
      answered: (slot) => {
        this.#parts.answered(slot, this.#sentNs[slot] as number, this.#nowNs);
        this.#sentNs[slot] = this.#nowNs;
        this.#dueNs = this.#nowNs;
      },
      status: (slot, status) => {
        recorder.status(moment(slot), status);
        this.#parts.status(slot, status);
      },
    });
    this.#asides?.besides(this.#steps);
  }

  /** The slot's exchange has begun: its first message was sent at `sentNs`. @param passed whether the transport takes more */
  begun(slot: number, passed: boolean, sentNs: number): void {
    this.#nowNs = sentNs;
    this.#sentNs[slot] = sentNs;
    this.#hasBegun[slot] = 1;
    this.#isAmid[slot] = 1;
    this.#dueNs = sentNs;
    this.#parts.sent(slot, 0, this.#first.lastBytes, this.#user.exchangeDueNs(slot), sentNs);
    this.#steps.begun(slot, passed);
  }

  /** The slot has a new connection, or its exchange is over otherwise. */
  reset(slot: number): void {
    this.#end(slot);
    this.#hasBegun[slot] = 0;
    this.#last?.forget(slot);
    this.#filter?.reset(slot);
    this.#steps.reset(slot);
  }

  /** The slot's exchange fails: its connection has. @returns for `errors`: at which step */
  fail(slot: number, cause: string, own = false): string {
    const step = this.#steps.at(slot);
    const code = own ? cause : this.#codeOf(step, cause);
    this.#parts.failed(slot, code, own);
    this.#end(slot);
    this.#steps.reset(slot);
    return code;
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    this.#nowNs = nowNs;
    const bytesAt = this.#user.exchangeMoment(slot);
    this.#context.recorder.count(bytesAt, counter.bytesReceived, end - start);
    const filter = this.#filter;
    if (filter === null) {
      this.#received(slot, bytes, start, end, nowNs, bytesAt);
      return;
    }
    filter.feed(slot, bytes, start, end, nowNs);
    if (filter.keptBytes === 0) return;
    // What follows a reply, with nothing sent in between, may have begun to come with that.
    const isSent = this.#specs[this.#steps.at(slot)]?.sender !== null;
    const beganNs = isSent ? filter.keptNs : nowNs;
    this.#received(slot, filter.kept, 0, filter.keptBytes, beganNs, bytesAt);
  }

  /** @param beganNs when the first of the bytes came */
  #received(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    beganNs: number,
    bytesAt: Moment,
  ): void {
    const nowNs = this.#nowNs;
    const { recorder } = this.#context;
    this.#parts.count(slot, counter.bytesReceived, end - start);
    const sentNs = this.#sentNs[slot] as number;
    const isRepeat = this.#last?.isRepeat(slot, bytes, start, end) === true;
    // What had come before the message left cannot be its reply.
    const isAwaited = sentNs < beganNs;
    if (isRepeat && !(isAwaited && this.#steps.accepts(slot, bytes, start, end))) {
      recorder.count(bytesAt, counter.duplicated, 1);
      return;
    }
    if (!isAwaited) {
      this.#notAwaited(slot, bytes, start, end);
      return;
    }
    if (nowNs - sentNs > this.#timeoutNs) {
      this.#wrongReply(
        slot,
        this.#codeOf(this.#steps.at(slot), failure.timeout),
        bytes,
        start,
        end,
      );
      this.#expire(slot, true);
      return;
    }
    this.#last?.remember(slot, bytes, start, end);
    const came = this.#steps.received(slot, bytes, start, end);
    this.#proceed(slot, came, bytes, this.#steps.rest, end);
  }

  /** The slot's stream has ended in order, which may complete its exchange. */
  ended(slot: number, nowNs: number): boolean {
    this.#nowNs = nowNs;
    if (this.#isAmid[slot] === 0 || this.#steps.ended(slot) !== progress.done) return false;
    this.#end(slot);
    this.#user.answered(slot, nowNs);
    return true;
  }

  drained(slot: number, nowNs: number): void {
    this.#nowNs = nowNs;
    if (this.#asides?.hasFilled(slot)) return;
    this.#proceed(slot, this.#steps.drained(slot), noBytes, 0, 0);
  }

  /** Continues where pauses are over. @returns when the next is */
  resume(nowNs: number): number {
    let nextNs = Number.POSITIVE_INFINITY;
    for (const ring of this.#pausing) {
      while (ring.nextNs <= nowNs) {
        const dueNs = ring.nextNs;
        const slot = ring.take();
        if (this.#pauseEndNs[slot] !== dueNs) continue;
        this.#pauseEndNs[slot] = 0;
        this.#nowNs = this.#context.now();
        this.#dueNs = dueNs;
        this.#proceed(slot, this.#steps.resume(slot), noBytes, 0, 0);
      }
      if (ring.nextNs < nextNs) nextNs = ring.nextNs;
    }
    return nextNs;
  }

  /** Looks for replies that are overdue, where it is time to. */
  sweep(nowNs: number): void {
    if (nowNs < this.#sweepAtNs) return;
    const everyNs = this.#timeoutNs / sweepsOfTimeout;
    this.#sweepAtNs = nowNs + Math.min(100e6, Math.max(5e6, everyNs));
    this.expireAll(nowNs);
  }

  /** Expires what is overdue. */
  expireAll(nowNs: number): void {
    this.expire(0, this.#sentNs.length, nowNs);
  }

  /** Expires what is overdue on the slots `[from, to)`. */
  expire(from: number, to: number, nowNs: number): void {
    this.#nowNs = nowNs;
    for (let slot = from; slot < to; slot++) {
      if (nowNs - (this.#sentNs[slot] as number) > this.#timeoutNs) this.#expire(slot, false);
    }
  }

  #proceed(slot: number, came: Progress, bytes: Uint8Array, rest: number, end: number): void {
    if (came === progress.waits) return;
    const nowNs = this.#nowNs;
    if (came === progress.failed) {
      const { step, cause, received, receivedBytes } = this.#steps.end(slot, failure.unexpected);
      const isLast = step === this.#names.length - 1;
      const isOver = isLast && cause !== failure.malformed && rest === end;
      const code = this.#codeOf(step, cause);
      this.#wrongReply(slot, code, received, 0, received.length, receivedBytes);
      this.#parts.wrong(slot, code);
      this.#end(slot);
      this.#user.wrong(slot, { code, isOver }, nowNs);
      return;
    }
    this.#end(slot);
    const { closes } = this.#steps;
    this.#user.answered(slot, nowNs);
    if (rest < end) this.#notAwaited(slot, bytes, rest, end);
    else this.#user.concluded(slot, nowNs, closes);
  }

  #notAwaited(slot: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#isAmid[slot] === 0 || this.#last !== null) {
      this.#wrongReply(slot, failure.unsolicited, bytes, start, end);
      this.#user.uninvited(slot, this.#nowNs, this.#hasBegun[slot] === 0);
      return;
    }
    this.#proceed(slot, this.#steps.unexpected(slot, bytes, start, end), bytes, start, end);
  }

  #pause(slot: number, step: number, thinkNs: number): void {
    const ring = this.#pausing[step] as DelayRing;
    const untilNs = this.#nowNs + thinkNs;
    this.#sentNs[slot] = Number.POSITIVE_INFINITY;
    this.#pauseEndNs[slot] = untilNs;
    if (ring.isEmpty) this.#context.io.wake();
    ring.push(slot, untilNs);
  }

  #expire(slot: number, isLate: boolean): void {
    const sentNs = this.#sentNs[slot] as number;
    const endNs = sentNs + this.#timeoutNs;
    const step = this.#steps.at(slot);
    const code = this.#codeOf(step, failure.timeout);
    this.#parts.expired(slot, code, sentNs, endNs, isLate);
    this.#end(slot);
    this.#steps.reset(slot);
    this.#user.expired(slot, code, endNs, isLate);
  }

  /** Keeps what has come as an example: bytes `[start, end)` of `totalBytes`. */
  #wrongReply(
    slot: number,
    code: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    totalBytes: number = end - start,
  ): void {
    const client = this.#user.clientOf(slot);
    const { recorder } = this.#context;
    recorder.wrongReply(code, client, this.#nowNs, bytes, start, end, totalBytes);
  }

  #codeOf(step: number, cause: string): string {
    return stepCode(this.#names[step] as string, cause);
  }

  #end(slot: number): void {
    this.#sentNs[slot] = Number.POSITIVE_INFINITY;
    this.#pauseEndNs[slot] = 0;
    this.#isAmid[slot] = 0;
  }
}

const noBytes = Buffer.alloc(0);

/** Makes the exchanges of a workload, once there are connections. */
export interface ConversationFactory {
  readonly steps: readonly Step[];
  /** For `errors`: of each step its name, or its number from 1. */
  readonly names: readonly string[];
  /** What their messages need of their keys. */
  readonly uses: KeyUses;
  /** By step: index of the part of the workload that it is; -1: it is none. */
  readonly parts: readonly number[];
  /** Sends the first message. */
  readonly first: Sender;
  /** What takes out messages that are no replies, and over TCP finds them; null: each is one. */
  readonly asides: Asides | null;
  readonly filter: AsidesFilter | null;
  readonly create: Awaited<ReturnType<typeof createSteps>>["create"];
}

/**
 * The exchanges of several messages of a workload; null where each has one.
 *
 * @param opened what the steps of opening keep, by name
 * @param asides what takes out messages that are no replies; null: each is one
 * @throws (rejects with) as `createSteps`
 */
export async function createConversation(
  context: TrafficContext,
  opened: ReadonlyMap<string, Captured>,
  asides: Asides | null,
): Promise<ConversationFactory | null> {
  const { steps: specs, protocol } = context.workload;
  if (specs.length === 0) return null;
  const leastNs = protocols[protocol].isDatagram ? nextTurnNs : 0;
  const paced = specs.map((spec, index) =>
    index === 0 || spec.message === null
      ? spec
      : { ...spec, thinkNs: Math.max(leastNs, spec.thinkNs) },
  );
  const { steps, uses, create } = await createSteps(context, paced, opened);
  const partNames = context.workload.parts?.names ?? [];
  return {
    steps,
    uses,
    parts: specs.map(({ name }) => (name === null ? -1 : partNames.indexOf(name))),
    create,
    asides,
    filter: asides === null ? null : filterOf(context, asides),
    names: specs.map(({ name }, index) => name ?? String(index + 1)),
    first: steps[0]?.sender as Sender,
  };
}

/** Over UDP each datagram is a message: nothing has to be found. */
function filterOf({ workload, portion }: TrafficContext, asides: Asides): AsidesFilter | null {
  const { framing } = workload;
  if (framing === null || protocols[workload.protocol].isDatagram) return null;
  const { connections } = portion;
  // Framings that depend on the request have no meaning here.
  const request = { requestLength: () => 0, requestStart: noBytes };
  const framer = createFramer(framing, connections, request);
  const reader = createReplyReader(framer, connections, true);
  return new AsidesFilter(asides, reader, connections);
}
