import type { Transport } from "../../io/io.ts";
import type { MessageKey } from "../../messages/message.ts";
import { counter, type Moment } from "../../metrics/snapshot.ts";
import type { PhaseClock } from "../phase-clock.ts";
import {
  type ConversationFactory,
  Conversations,
  type ConversationUser,
  type WrongReply,
} from "../steps/conversation.ts";
import type { TrafficContext } from "../traffic.ts";
import type { Exchanges } from "./exchanges.ts";
import { Outcomes } from "./outcomes.ts";
import type { ExchangeReplies, RepliesUser } from "./replies-user.ts";

/** As `Replies`, of exchanges of several messages, of which a connection has one in flight. */
export class ConversationReplies implements ExchangeReplies, ConversationUser {
  readonly outcomes: Outcomes;
  readonly tellApart = false;
  readonly #context: TrafficContext;
  readonly #clock: PhaseClock;
  readonly #exchanges: Exchanges;
  readonly #user: ConversationRepliesUser;
  readonly #conversations: Conversations;
  /** 1 for slots on whose connection an exchange was answered. */
  readonly #hasAnswered: Uint8Array;

  constructor(
    context: TrafficContext,
    factory: ConversationFactory,
    clock: PhaseClock,
    exchanges: Exchanges,
    user: ConversationRepliesUser,
  ) {
    this.#context = context;
    this.#clock = clock;
    this.#exchanges = exchanges;
    this.#user = user;
    this.outcomes = new Outcomes(context, clock, exchanges, null, Number.POSITIVE_INFINITY);
    this.#conversations = new Conversations(context, factory, this);
    this.#hasAnswered = new Uint8Array(context.portion.connections);
  }

  // For the pattern

  isHeld(): boolean {
    return false;
  }

  release(): boolean {
    return false;
  }

  settleHeld(): void {}

  isAmid(): boolean {
    return false;
  }

  hasAnswered(slot: number): boolean {
    return this.#hasAnswered[slot] === 1;
  }

  sent(slot: number, passed: boolean): void {
    const sentNs = this.#exchanges.sentNs(slot, this.#sequence(slot));
    this.#conversations.begun(slot, passed, sentNs);
  }

  opened(slot: number): void {
    this.#hasAnswered[slot] = 0;
    this.#conversations.reset(slot);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    this.#conversations.received(slot, bytes, start, end, nowNs);
  }

  ended(slot: number, nowNs: number): void {
    this.#conversations.ended(slot, nowNs);
  }

  drained(slot: number, nowNs: number): void {
    this.#conversations.drained(slot, nowNs);
  }

  resume(nowNs: number): number {
    return this.#conversations.resume(nowNs);
  }

  sweep(nowNs: number): void {
    if (this.#exchanges.inFlightTotal > 0) this.#conversations.sweep(nowNs);
  }

  expire(from: number, to: number, nowNs: number): void {
    this.#conversations.expire(from, to, nowNs);
  }

  failed(slot: number, code: string, own: boolean): void {
    if (this.#exchanges.inFlight(slot) === 0) return;
    this.outcomes.failed(slot, this.#conversations.fail(slot, code, own), own);
  }

  // Of the exchanges

  get transport(): Transport {
    return this.#user.transport;
  }

  exchangeKey(slot: number): MessageKey {
    return this.#user.keyOf(slot, this.#sequence(slot));
  }

  exchangeMoment(slot: number): Moment {
    return this.outcomes.momentOf(slot, this.#sequence(slot), this.#context.now());
  }

  exchangeDueNs(slot: number): number {
    return this.#exchanges.intendedNs(slot, this.#sequence(slot));
  }

  clientOf(slot: number): number {
    return this.#context.portion.firstConnection + slot;
  }

  momentAt(ns: number): Moment {
    return this.#clock.at(ns);
  }

  answered(slot: number, nowNs: number): void {
    const sequence = this.#sequence(slot);
    this.#hasAnswered[slot] = 1;
    this.outcomes.settle(slot, sequence, this.#exchanges.momentOf(slot, sequence), nowNs);
    this.#exchanges.clear(slot);
  }

  concluded(slot: number, nowNs: number, closes: boolean): void {
    if (closes) this.#user.closing(slot);
    else this.#user.concluded(slot, nowNs);
  }

  wrong(slot: number, { code, isOver }: WrongReply, nowNs: number): void {
    const sequence = this.#sequence(slot);
    const at = this.#exchanges.momentOf(slot, sequence);
    this.#context.recorder.count(at, counter.corrupted, 1);
    this.outcomes.failedOne(slot, sequence, code, false);
    this.#exchanges.clear(slot);
    if (isOver) this.#user.concluded(slot, nowNs);
    else this.#user.broken(slot, "unexpected", null);
  }

  uninvited(slot: number, nowNs: number, isFirst: boolean): void {
    this.outcomes.unsolicited(slot, nowNs);
    const breaks = !isFirst && !this.#user.isDatagram;
    if (breaks) this.#user.broken(slot, "unsolicited", null);
  }

  expired(slot: number, code: string, endNs: number, isLate: boolean): void {
    const sequence = this.#sequence(slot);
    const at = this.#exchanges.momentOf(slot, sequence);
    this.outcomes.stepTimedOut(slot, sequence, code, endNs);
    if (isLate) this.#context.recorder.count(at, counter.late, 1);
    this.#exchanges.clear(slot);
    this.#user.broken(slot, "timeout", { moment: at, recorder: this.#context.recorder, code });
  }

  /** Of the slot's exchange; -1: it has none in flight. */
  #sequence(slot: number): number {
    return this.#exchanges.firstInFlight(slot);
  }
}

/** Whose exchanges they are. */
export interface ConversationRepliesUser extends RepliesUser {
  readonly transport: Transport;
  readonly isDatagram: boolean;
}
