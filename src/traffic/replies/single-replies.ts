import { protocols } from "../../address/protocol.ts";
import { doubleZero } from "../../base/v8-double.ts";
import type { ReplyCheck } from "../../framing/reply-check.ts";
import type { ReplyReader, ReplySink } from "../../framing/reply-reader.ts";
import type { MessageKey } from "../../messages/message.ts";
import type { Recorder } from "../../metrics/recorder.ts";
import { counter, type Moment } from "../../metrics/snapshot.ts";
import { statusOf } from "../protocol/session-asides.ts";
import type { RequestParts } from "../request-parts.ts";
import type { TrafficContext } from "../traffic.ts";
import { foreign, LastReplies, leftover, stampedSequence, unstamped } from "./datagram-replies.ts";
import { failure } from "./error-side.ts";

export type SingleRepliesParts = Pick<
  RequestParts,
  "sender" | "session" | "reader" | "check" | "refusal" | "mix" | "stamped" | "ids"
>;

/** What a pattern does with exchanges of one message, of which a connection has one at a time. */
export interface SingleRepliesUser {
  /** Key of the slot's latest message; valid until the next call. */
  exchangeKey(slot: number): MessageKey;
  exchangeMoment(slot: number): Moment;
  /** Of the slot's connection: index in the flow space. */
  clientOf(slot: number): number;
  /** What counts an exchange of the slot's connection; a negative sequence is none. */
  recorderOf(slot: number, sequence: number): Recorder;
  answered(slot: number, nowNs: number): void;
  /** The reply is not what is expected. */
  unexpected(slot: number, code: string): void;
  concluded(slot: number, nowNs: number, closes: boolean): void;
  wrong(
    slot: number,
    how: { readonly code: string; readonly isOver: boolean },
    nowNs: number,
  ): void;
  /** @param refusal of a protocol: why it refuses what is no request; null: it does not */
  unsolicited(slot: number, refusal: string | null): void;
  expired(slot: number, code: string, endNs: number, isLate: boolean): void;
}

/** What is received on connections that come and go, with one message at a time. */
export class SingleReplies implements ReplySink {
  readonly #context: TrafficContext;
  readonly #parts: SingleRepliesParts;
  readonly #user: SingleRepliesUser;
  readonly #reader: ReplyReader | null;
  /** Of the reply that the reader hands over; null where replies have no status. */
  readonly #statusOf: ((slot: number) => number) | null;
  /** Whether checks look at what replies contain. */
  readonly #needsReply: boolean;
  /** What the stamps of the workload have in common. */
  readonly #stamps: { readonly workload: number; readonly tag: number };
  /** UDP; null over TCP. */
  readonly #last: LastReplies | null;
  /** By slot: when what waits for a reply was sent, ns; Infinity: nothing waits for one. */
  readonly #sentNs: Float64Array;
  #nowNs = doubleZero;
  #sweepAtNs = doubleZero;

  constructor(context: TrafficContext, parts: SingleRepliesParts, user: SingleRepliesUser) {
    const { workload, portion, index, tag } = context;
    const slots = portion.connections;
    this.#context = context;
    this.#parts = parts;
    this.#user = user;
    this.#stamps = { workload: index, tag };
    this.#last = protocols[workload.protocol].isDatagram ? new LastReplies(slots) : null;
    this.#sentNs = new Float64Array(slots).fill(Number.POSITIVE_INFINITY);
    const awaitedLength = (slot: number) => this.#request(slot).length;
    const awaitedMessage = (slot: number) => {
      const { connection, sequence } = user.exchangeKey(slot);
      return parts.mix?.of(connection, Math.max(0, sequence)) ?? 0;
    };
    this.#reader = parts.reader?.({ awaitedLength, awaitedMessage }) ?? null;
    this.#needsReply = (parts.mix ?? parts.check).needsReply;
    this.#statusOf = statusOf(parts.session, this.#reader);
  }

  begun(slot: number, _passed: boolean, sentNs: number): void {
    this.#sentNs[slot] = sentNs;
  }

  /** The slot has a new connection. */
  reset(slot: number): void {
    this.#sentNs[slot] = Number.POSITIVE_INFINITY;
    this.#reader?.reset(slot);
    this.#last?.forget(slot);
  }

  /** The slot's exchange fails. @returns for `errors`: why */
  fail(slot: number, cause: string, _own: boolean): string {
    this.#sentNs[slot] = Number.POSITIVE_INFINITY;
    return cause;
  }

  drained(): void {}

  resume(): number {
    return Number.POSITIVE_INFINITY;
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number, nowNs: number): void {
    this.#nowNs = nowNs;
    const at = this.#user.exchangeMoment(slot);
    this.#latestRecorder(slot).count(at, counter.bytesReceived, end - start);
    if (this.#last !== null) {
      this.#datagram(slot, bytes, start, end);
      return;
    }
    if (this.#reader === null || this.#reader.feed(slot, bytes, start, end, this)) return;
    this.#wrongReply(slot, failure.malformed, bytes, start, end);
    this.#user.wrong(slot, { code: failure.malformed, isOver: false }, nowNs);
  }

  /** The slot's stream has ended in order. @returns whether that completed a reply */
  ended(slot: number, nowNs: number): boolean {
    this.#nowNs = nowNs;
    return this.#reader?.end(slot, this) === true;
  }

  /** A stamp or an id names the request; without one a datagram is the reply to the only one. */
  #datagram(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const { recorder } = this.#context;
    const at = this.#user.exchangeMoment(slot);
    const { connection, sequence: latest } = this.#user.exchangeKey(slot);
    const sequence = this.#sequenceOf(slot, connection, latest, bytes, start, end);
    if (sequence === unstamped || (sequence === latest && this.#isOwed(slot))) {
      this.#settle(slot, bytes, start, end, end - start);
    } else if (sequence === leftover) recorder.count(at, counter.unsolicited, 1);
    else if (sequence === foreign || sequence > latest) this.#unsolicited(slot, bytes, start, end);
    else this.#user.recorderOf(slot, sequence).count(at, counter.duplicated, 1);
  }

  /** The request that a reply names; `unstamped`, `foreign` or `leftover`. */
  #sequenceOf(
    slot: number,
    connection: number,
    latest: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const { ids, stamped } = this.#parts;
    if (ids !== null) {
      const sequence = ids.sequenceOf(bytes, start, end, connection, latest + 1, slot);
      return sequence < 0 ? foreign : sequence;
    }
    return stamped ? stampedSequence(bytes, start, end, this.#stamps, connection) : unstamped;
  }

  reply(slot: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): void {
    const { ids } = this.#parts;
    if (ids !== null) {
      const { connection, sequence } = this.#user.exchangeKey(slot);
      if (this.#sequenceOf(slot, connection, sequence, bytes, start, end) !== sequence) {
        this.#unsolicited(slot, bytes, start, end);
        return;
      }
    }
    this.#settle(slot, bytes, start, end, totalBytes);
  }

  #settle(slot: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): void {
    const { workload } = this.#context;
    const recorder = this.#latestRecorder(slot);
    const nowNs = this.#nowNs;
    const sentNs = this.#sentNs[slot] as number;
    const at = this.#user.exchangeMoment(slot);
    // What had come before the request left cannot be its reply.
    if (!(sentNs < nowNs)) {
      const isRepeat = this.#last?.isRepeat(slot, bytes, start, end);
      if (isRepeat) recorder.count(at, counter.duplicated, 1);
      else this.#unsolicited(slot, bytes, start, end);
      return;
    }
    if (nowNs - sentNs > workload.timeoutNs) {
      this.#wrongReply(slot, failure.timeout, bytes, start, end, totalBytes);
      this.#expire(slot, true);
      return;
    }
    this.#sentNs[slot] = Number.POSITIVE_INFINITY;
    this.#user.answered(slot, nowNs);
    const status = this.#statusOf === null ? 0 : this.#statusOf(slot);
    if (status !== 0) recorder.status(at, status);
    const check = this.#checkOf(slot);
    const request = check.needsRequest ? this.#request(slot) : null;
    // Where the check does not need the bytes, a reply that came in pieces is an empty range.
    const code = this.#needsReply
      ? check.check(bytes, start, end, request, request?.length ?? 0, status)
      : check.check(bytes, 0, totalBytes, request, request?.length ?? 0, status);
    if (code !== null) {
      this.#wrongReply(slot, code, bytes, start, end, totalBytes);
      this.#user.unexpected(slot, code);
    }
    const closes = this.#reader?.hasCloses === true && this.#reader.closes(slot);
    this.#last?.remember(slot, bytes, start, end);
    this.#user.concluded(slot, nowNs, closes);
  }

  #unsolicited(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const refusal = this.#parts.refusal?.() ?? null;
    this.#wrongReply(slot, refusal ?? failure.unsolicited, bytes, start, end);
    this.#user.unsolicited(slot, refusal);
  }

  #wrongReply(
    slot: number,
    code: string,
    bytes: Uint8Array,
    start: number,
    end: number,
    totalBytes: number = end - start,
  ): void {
    const client = this.#user.clientOf(slot);
    this.#context.recorder.wrongReply(code, client, this.#nowNs, bytes, start, end, totalBytes);
  }

  #isOwed(slot: number): boolean {
    return this.#sentNs[slot] !== Number.POSITIVE_INFINITY;
  }

  #latestRecorder(slot: number): Recorder {
    if (this.#parts.mix === null) return this.#context.recorder;
    return this.#user.recorderOf(slot, this.#user.exchangeKey(slot).sequence);
  }

  #checkOf(slot: number): ReplyCheck {
    const { mix, check } = this.#parts;
    if (mix === null) return check;
    const { connection, sequence } = this.#user.exchangeKey(slot);
    return mix.checkOf(connection, sequence);
  }

  #request(slot: number): Buffer {
    return this.#parts.sender.request(this.#user.exchangeKey(slot));
  }

  /** Looks for replies that are overdue, where it is time to. */
  sweep(nowNs: number): void {
    if (nowNs < this.#sweepAtNs) return;
    const { timeoutNs } = this.#context.workload;
    this.#sweepAtNs = nowNs + Math.min(100e6, Math.max(5e6, timeoutNs / 10));
    this.expireAll(nowNs);
  }

  /** Expires what is overdue. */
  expireAll(nowNs: number): void {
    const { timeoutNs } = this.#context.workload;
    for (let slot = 0; slot < this.#sentNs.length; slot++) {
      if (nowNs - (this.#sentNs[slot] as number) > timeoutNs) this.#expire(slot, false);
    }
  }

  #expire(slot: number, isLate: boolean): void {
    const endNs = (this.#sentNs[slot] as number) + this.#context.workload.timeoutNs;
    this.#sentNs[slot] = Number.POSITIVE_INFINITY;
    this.#user.expired(slot, failure.timeout, endNs, isLate);
  }
}
