import type { ReplyCheck } from "../../framing/reply-check.ts";
import type { ReplyReader, ReplySink } from "../../framing/reply-reader.ts";
import type { Transport } from "../../io/io.ts";
import type { MessageKey } from "../../messages/message.ts";
import { mostReceivedBytes } from "../../metrics/open-failures.ts";
import { failure } from "../replies/error-side.ts";
import type { Sender } from "../sender.ts";
import type { Captured } from "./captured.ts";

/** Where a slot's steps have come to. */
export const progress = { waits: 0, done: 1, failed: 2 } as const;
export type Progress = 0 | 1 | 2;

/** What the steps need of whoever goes through them. */
export interface StepsHost {
  readonly transport: Transport;
  /** Key of the message of a slot's step, the same each time; valid until the next call. */
  keyOf(slot: number, step: number): MessageKey;
  /** A step begins only after this time: `resume` comes then. */
  think?(slot: number, step: number, thinkNs: number): void;
  /** A step has sent. */
  sent?(slot: number, step: number, bytes: number): void;
  /** A step has the reply that it waited for. */
  answered?(slot: number, step: number): void;
  /** A reply has come that has an HTTP status. */
  status?(slot: number, status: number): void;
}

/** Why a slot went no further. */
export interface FailedStep {
  readonly step: number;
  /** What was wrong: an errno name, or one of `failure`. */
  readonly cause: string;
  /** For `errors`, in place of the number of a step, where there are none. */
  readonly code?: string;
  /** What a protocol waited for, by its name; null: that is not known. */
  readonly awaited?: string | null;
  /** What came in the step: its first bytes, and how many there were. */
  readonly received: Uint8Array;
  readonly receivedBytes: number;
}

export interface Step {
  /** Pause before it, ns. */
  readonly thinkNs: number;
  readonly sender: Sender | null;
  /** Whether a reply is waited for. */
  readonly receives: boolean;
  /** TCP; null over UDP, where a datagram is a reply. */
  readonly reader: ReplyReader | null;
  readonly check: ReplyCheck;
  readonly captured: readonly Captured[];
}

const noBytes = Buffer.alloc(0);

/** Cause of a step whose reply does not have what it is to keep. */
const notCaptured = "NOT_CAPTURED";

/** What the connections of a workload go through before they count as open. */
export type Opening = Pick<Steps, "begin" | "received" | "drained" | "fail" | "end" | "rest">;

/**
 * Steps that slots go through, each by itself: send something, wait for its reply, check it, keep values of it. They are
 * what a connection does before it counts as open (`open:` of a scenario), or an exchange of several messages (`steps:`).
 *
 * A slot costs one byte, for the step that it is at. Readers have state for lanes, not for slots: a lane belongs to a
 * slot only while a reply of it is half-read.
 */
export class Steps implements ReplySink {
  readonly #steps: readonly Step[];
  readonly #host: StepsHost;
  /** By slot. */
  readonly #at: Uint8Array;
  /** Lanes of slots with a half-read reply, those that are free again, and how many there are. */
  readonly #lanes = new Map<number, number>();
  readonly #freeLanes: number[] = [];
  #laneCount = 0;
  /** Slots whose transport takes no more, and those of them that have something to send, or are done but for that. */
  readonly #full = new Set<number>();
  readonly #heldUp = new Set<number>();
  readonly #failed = new Map<number, FailedStep>();
  /** Of what `received` has read: the bytes behind the last reply begin here. */
  rest = 0;
  /** Whether no other reply can follow the last one on its connection (HTTP). */
  closes = false;
  /** The slot that is being read. */
  #slot = 0;
  /** Index of the last step with a reply. */
  readonly #lastReceiving: number;
  /** Length of the reply that the reader has handed over, or -1, and the code that its check returned. */
  #replyBytes = -1;
  #code: string | null = null;

  constructor(steps: readonly Step[], slots: number, host: StepsHost) {
    this.#steps = steps;
    this.#host = host;
    this.#at = new Uint8Array(slots);
    this.#lastReceiving = steps.findLastIndex(({ receives }) => receives);
  }

  /** The slot's first step begins. */
  begin(slot: number): Progress {
    this.#at[slot] = 0;
    return this.#go(slot, true);
  }

  /** As `begin`, where the first step's message has been sent. @param passed whether the slot's transport takes more */
  begun(slot: number, passed: boolean): Progress {
    this.#at[slot] = 0;
    if (!passed) this.#full.add(slot);
    if (this.#steps[0]?.receives) return progress.waits;
    this.#advance(slot);
    return this.#go(slot);
  }

  /** The slot has paused for its step. */
  resume(slot: number): Progress {
    return this.#go(slot, true);
  }

  /** Index of the step that the slot is at. */
  at(slot: number): number {
    return Math.min(this.#at[slot] as number, this.#steps.length - 1);
  }

  /** Whether this would do as the reply that the slot waits for. */
  accepts(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    return this.#codeOf(this.#stepOf(slot), slot, bytes, start, end, 0) === null;
  }

  /** @returns as `begin`; when it is `done`, the bytes from `rest` on have not been read */
  received(slot: number, bytes: Uint8Array, start: number, end: number): Progress {
    if (this.#failed.has(slot)) return progress.failed;
    if (this.#heldUp.has(slot)) return this.unexpected(slot, bytes, start, end);
    this.#slot = slot;
    this.rest = end;
    const step = this.#stepOf(slot);
    if (step.reader === null) {
      this.#check(step, bytes, start, end, 0);
      if (this.#code !== null) return progress.failed;
      return this.#answered(slot);
    }
    for (let at = start; at < end; ) {
      const { reader } = this.#stepOf(slot);
      const read = this.#read(slot, reader as ReplyReader, bytes, at, end);
      if (read < 0) return this.#code === null ? progress.waits : progress.failed;
      at += read;
      this.#host.answered?.(slot, this.#at[slot] as number);
      this.#advance(slot);
      const next = this.#steps[this.#at[slot] as number];
      if (next?.sender === null) continue;
      // What comes before a message has left cannot be its reply.
      const isEarly = at < end && (this.#at[slot] as number) <= this.#lastReceiving;
      const came = isEarly ? progress.waits : this.#go(slot);
      if (at < end && came === progress.waits) return this.unexpected(slot, bytes, at, end);
      this.rest = at;
      return came;
    }
    return progress.waits;
  }

  /** The slot's stream has ended in order, which may complete a reply. */
  ended(slot: number): Progress {
    const lane = this.#lanes.get(slot);
    if (lane === undefined || this.#failed.has(slot)) return progress.waits;
    const reader = this.#stepOf(slot).reader as ReplyReader;
    this.#slot = slot;
    this.#code = null;
    if (!reader.end(lane, this)) return progress.waits;
    this.#giveBack(slot, lane);
    if (this.#code !== null) return progress.failed;
    this.#host.answered?.(slot, this.#at[slot] as number);
    this.#advance(slot);
    return (this.#at[slot] as number) > this.#lastReceiving ? progress.done : progress.waits;
  }

  /** Whether the slot's transport takes something from others that send on it. */
  takes(slot: number): boolean {
    return !this.#full.has(slot);
  }

  /** Others have sent on the slot: its transport takes no more. */
  filled(slot: number): void {
    this.#full.add(slot);
  }

  /** The slot's transport takes more. */
  drained(slot: number): Progress {
    this.#full.delete(slot);
    if (this.#failed.has(slot)) return progress.failed;
    return this.#heldUp.delete(slot) ? this.#go(slot) : progress.waits;
  }

  /** The step that the slot is at has failed, with an errno name or one of `failure`; nothing where it had failed before. */
  fail(slot: number, cause: string): void {
    if (this.#failed.has(slot)) return;
    const lane = this.#lanes.get(slot);
    const held = lane === undefined ? noBytes : this.#stepOf(slot).reader?.held(lane);
    this.#note(slot, cause, held ?? noBytes, 0, held?.length ?? 0);
  }

  /** Forgets the slot, whose connection has ended, or which went wrong. @returns why it went no further */
  end(slot: number, cause: string): FailedStep {
    this.fail(slot, cause);
    const failed = this.#failed.get(slot) as FailedStep;
    this.reset(slot);
    return failed;
  }

  /** Forgets the slot. */
  reset(slot: number): void {
    this.#failed.delete(slot);
    this.#full.delete(slot);
    this.#heldUp.delete(slot);
    const lane = this.#lanes.get(slot);
    if (lane !== undefined) {
      this.#stepOf(slot).reader?.reset(lane);
      this.#giveBack(slot, lane);
    }
  }

  /** A reply of the slot that is being read; the rest of the chunk is for the next step. */
  reply(lane: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): void {
    const step = this.#stepOf(this.#slot);
    const reader = step.reader as ReplyReader;
    this.#replyBytes = totalBytes;
    this.closes = reader.hasCloses && reader.closes(lane);
    this.#check(step, bytes, start, end, reader.status(lane));
    reader.reset(lane);
  }

  /** Length of what the slot's step has sent, for `receive: echo`. */
  get awaitedBytes(): number {
    const slot = this.#slot;
    return this.#stepOf(slot).sender?.requestBytes(this.#keyOf(slot)) ?? 0;
  }

  /** A slot that waits for its transport after its last step is still at that. */
  #stepOf(slot: number): Step {
    const { length } = this.#steps;
    return this.#steps[Math.min(this.#at[slot] as number, length - 1)] as Step;
  }

  #keyOf(slot: number): MessageKey {
    return this.#host.keyOf(slot, this.#at[slot] as number);
  }

  #advance(slot: number): void {
    this.#at[slot] = (this.#at[slot] as number) + 1;
  }

  /** The step has its reply. */
  #answered(slot: number): Progress {
    this.#host.answered?.(slot, this.#at[slot] as number);
    this.#advance(slot);
    return this.#go(slot);
  }

  /** Sends what is to be sent, up to the next reply or pause. @param hasPaused whether the step that is next need not pause */
  #go(slot: number, hasPaused = false): Progress {
    const { transport } = this.#host;
    for (let pauses = !hasPaused; ; pauses = true) {
      const at = this.#at[slot] as number;
      const step = this.#steps[at];
      if (this.#full.has(slot) && step?.sender !== null) {
        this.#heldUp.add(slot);
        return progress.waits;
      }
      if (step === undefined) return progress.done;
      if (pauses && step.thinkNs > 0) {
        this.#host.think?.(slot, at, step.thinkNs);
        return progress.waits;
      }
      const { sender } = step;
      if (sender !== null) {
        const passed = sender.send(transport, this.#keyOf(slot));
        if (!passed) this.#full.add(slot);
        this.#host.sent?.(slot, at, sender.lastBytes);
      }
      if (step.receives) return progress.waits;
      this.#advance(slot);
    }
  }

  /** Reads one reply. @returns how many of the bytes it took; -1: it is not complete, or has broken the framing */
  #read(slot: number, reader: ReplyReader, bytes: Uint8Array, start: number, end: number): number {
    const known = this.#lanes.get(slot);
    const lane = known ?? this.#freeLanes.pop() ?? this.#laneCount++;
    const before = known === undefined ? 0 : reader.pending(lane);
    this.#replyBytes = -1;
    this.#code = null;
    const isRead = reader.feed(lane, bytes, start, end, this);
    if (!isRead) {
      this.#code = failure.malformed;
      this.#note(slot, failure.malformed, bytes, start, end);
      reader.reset(lane);
    }
    if (reader.pending(lane) > 0) this.#lanes.set(slot, lane);
    else this.#giveBack(slot, lane);
    const read = this.#replyBytes - before;
    if (this.#code !== null && this.#replyBytes >= 0) this.rest = start + read;
    return this.#code !== null || this.#replyBytes < 0 ? -1 : read;
  }

  #giveBack(slot: number, lane: number): void {
    this.#lanes.delete(slot);
    this.#freeLanes.push(lane);
  }

  #check(step: Step, bytes: Uint8Array, start: number, end: number, status: number): void {
    const { captured } = step;
    const slot = this.#slot;
    if (status !== 0) this.#host.status?.(slot, status);
    this.#code = this.#codeOf(step, slot, bytes, start, end, status);
    if (this.#code === null && captured.length > 0) {
      const areFound = captured.every((one) => one.take(slot, bytes, start, end));
      if (!areFound) this.#code = notCaptured;
    }
    if (this.#code !== null) this.#note(slot, this.#code, bytes, start, end);
  }

  /** What is wrong with a reply; null: nothing. */
  #codeOf(
    { check, sender }: Step,
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    status: number,
  ): string | null {
    const isCompared = check.needsRequest && sender !== null;
    const request = isCompared ? sender.request(this.#keyOf(slot)) : null;
    return check.check(bytes, start, end, request, request?.length ?? 0, status);
  }

  /** Something has come that nothing was sent for. */
  unexpected(slot: number, bytes: Uint8Array, start: number, end: number): Progress {
    this.#note(slot, failure.unexpected, bytes, start, end);
    return progress.failed;
  }

  #note(slot: number, cause: string, bytes: Uint8Array, start: number, end: number): void {
    this.#failed.set(slot, {
      step: this.at(slot),
      cause,
      received: Uint8Array.from(bytes.subarray(start, Math.min(end, start + mostReceivedBytes))),
      receivedBytes: end - start,
    });
  }
}
