import { createFramer } from "../../framing/framings.ts";
import { createReplyCheck, type ReplyCheck } from "../../framing/reply-check.ts";
import { createReplyReader, type ReplyReader, type ReplySink } from "../../framing/reply-reader.ts";
import type { Transport } from "../../io/io.ts";
import { createMessage, messageStart } from "../../messages/create-message.ts";
import { emptyKey, type MessageKey } from "../../messages/message.ts";
import { withoutStamp } from "../../messages/without-stamp.ts";
import { mostReceivedBytes } from "../../metrics/open-failures.ts";
import type { OpenStep } from "../../scenario/scenario.ts";
import { failure } from "../replies/error-side.ts";
import { Sender } from "../sender.ts";
import type { TrafficContext } from "../traffic.ts";
import { Captured } from "./captured.ts";

/** Where a slot's steps have come to. */
export const progress = { waits: 0, done: 1, failed: 2 } as const;
export type Progress = 0 | 1 | 2;

/** What the steps need of the connections. */
export interface StepsHost {
  readonly transport: Transport;
  /** For messages: number of the slot's connection in its workload, its source, and when its attempt began. */
  readonly connection: (slot: number) => number;
  readonly sourceOf: (slot: number) => string;
  readonly sinceNs: (slot: number) => number;
}

/** Why a connection could not be opened. */
export interface FailedStep {
  readonly step: number;
  /** For `errors`: the step, counted from 1, and what was wrong, as in "OPEN_2_TIMEOUT". */
  readonly code: string;
  /** What was wrong: an errno name, or one of `failure`. */
  readonly cause: string;
  /** What came in the step: its first bytes, and how many there were. */
  readonly received: Uint8Array;
  readonly receivedBytes: number;
}

interface Step {
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
export type Opening = Pick<OpenSteps, "begin" | "received" | "drained" | "fail" | "end" | "rest">;

/**
 * The steps that the connections of a workload go through before they count as open: `open:` of a scenario.
 *
 * A slot costs one byte, for the step that it is at. Readers have state for lanes, not for slots: a lane belongs to a
 * slot only while a reply of it is half-read.
 */
export class OpenSteps implements ReplySink {
  readonly #steps: readonly Step[];
  readonly #host: StepsHost;
  readonly #key = emptyKey();
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
  /** Of what `received` has read: the bytes behind the last step's reply begin here. */
  rest = 0;
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

  /** The slot is connected: its first step begins. */
  begin(slot: number): Progress {
    this.#at[slot] = 0;
    return this.#go(slot);
  }

  /** @returns as `begin`; when it is `done`, the bytes from `rest` on have not been read */
  received(slot: number, bytes: Uint8Array, start: number, end: number): Progress {
    if (this.#failed.has(slot)) return progress.failed;
    if (this.#heldUp.has(slot)) return this.#unexpected(slot, bytes, start, end);
    this.#slot = slot;
    this.rest = end;
    const step = this.#stepOf(slot);
    if (step.reader === null) {
      this.#check(step, bytes, start, end, 0);
      if (this.#code !== null) return progress.failed;
      this.#advance(slot);
      return this.#go(slot);
    }
    for (let at = start; at < end; ) {
      const { reader } = this.#stepOf(slot);
      const read = this.#read(slot, reader as ReplyReader, bytes, at, end);
      if (read < 0) return this.#code === null ? progress.waits : progress.failed;
      at += read;
      this.#advance(slot);
      const next = this.#steps[this.#at[slot] as number];
      if (next?.sender === null) continue;
      // What comes before a message has left cannot be its reply.
      const isEarly = at < end && (this.#at[slot] as number) <= this.#lastReceiving;
      const came = isEarly ? progress.waits : this.#go(slot);
      if (at < end && came === progress.waits) return this.#unexpected(slot, bytes, at, end);
      this.rest = at;
      return came;
    }
    return progress.waits;
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

  /** Forgets the slot, whose connection has ended. @returns why it was not opened */
  end(slot: number, cause: string): FailedStep {
    this.fail(slot, cause);
    const failed = this.#failed.get(slot) as FailedStep;
    this.#failed.delete(slot);
    this.#full.delete(slot);
    this.#heldUp.delete(slot);
    const lane = this.#lanes.get(slot);
    if (lane !== undefined) {
      this.#stepOf(slot).reader?.reset(lane);
      this.#giveBack(slot, lane);
    }
    return failed;
  }

  /** A reply of the slot that is being read; the rest of the chunk is for the next step. */
  reply(lane: number, bytes: Uint8Array, start: number, end: number, totalBytes: number): void {
    const step = this.#stepOf(this.#slot);
    const reader = step.reader as ReplyReader;
    this.#replyBytes = totalBytes;
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

  /** Of the message of the step that the slot is at, which is the same each time that it is written. */
  #keyOf(slot: number): MessageKey {
    const key = this.#key;
    const connection = this.#host.connection(slot);
    key.slot = slot;
    key.connection = connection;
    key.sequence = this.#at[slot] as number;
    key.number = connection;
    key.sentNs = this.#host.sinceNs(slot);
    key.source = this.#host.sourceOf(slot);
    return key;
  }

  #advance(slot: number): void {
    this.#at[slot] = (this.#at[slot] as number) + 1;
  }

  /** Sends what is to be sent, up to the next reply. */
  #go(slot: number): Progress {
    const { transport } = this.#host;
    for (;;) {
      const at = this.#at[slot] as number;
      const step = this.#steps[at];
      if (this.#full.has(slot) && step?.sender !== null) {
        this.#heldUp.add(slot);
        return progress.waits;
      }
      if (step === undefined) return progress.done;
      const { sender } = step;
      const passed = sender?.send(transport, this.#keyOf(slot));
      if (passed === false) this.#full.add(slot);
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
    if (this.#code !== null || this.#replyBytes < 0) return -1;
    return this.#replyBytes - before;
  }

  #giveBack(slot: number, lane: number): void {
    this.#lanes.delete(slot);
    this.#freeLanes.push(lane);
  }

  #check(step: Step, bytes: Uint8Array, start: number, end: number, status: number): void {
    const { check, sender, captured } = step;
    const slot = this.#slot;
    const isCompared = check.needsRequest && sender !== null;
    const request = isCompared ? sender.request(this.#keyOf(slot)) : null;
    this.#code = check.check(bytes, start, end, request, request?.length ?? 0, status);
    if (this.#code === null && captured.length > 0) {
      const areFound = captured.every((one) => one.take(slot, bytes, start, end));
      if (!areFound) this.#code = notCaptured;
    }
    if (this.#code !== null) this.#note(slot, this.#code, bytes, start, end);
  }

  /** Something has come that nothing was sent for. */
  #unexpected(slot: number, bytes: Uint8Array, start: number, end: number): Progress {
    this.#note(slot, failure.unexpected, bytes, start, end);
    return progress.failed;
  }

  #note(slot: number, cause: string, bytes: Uint8Array, start: number, end: number): void {
    const step = Math.min(this.#at[slot] as number, this.#steps.length - 1);
    this.#failed.set(slot, {
      step,
      code: `OPEN_${step + 1}_${cause}`,
      cause,
      received: Uint8Array.from(bytes.subarray(start, Math.min(end, start + mostReceivedBytes))),
      receivedBytes: end - start,
    });
  }
}

/** Makes the steps, once there are connections. */
export interface OpenStepsFactory {
  /** Whether their messages say what the source of their connection is. */
  readonly usesSource: boolean;
  /** What messages take from each slot, by name. */
  readonly captured: ReadonlyMap<string, Captured>;
  create(host: StepsHost): Opening;
}

/**
 * The steps of a workload; null where it has none.
 *
 * @throws (rejects with) UserError: as `createFramer` and `createMessage`
 */
export async function createOpenSteps(context: TrafficContext): Promise<OpenStepsFactory | null> {
  const { workload, portion } = context;
  if (workload.open.length === 0) return null;
  // Framers are made before the connections exist.
  let lengthOf: () => number = () => 0;
  const readers = new Map<string, ReplyReader>();
  const readerOf = async ({ message, receive }: OpenStep): Promise<ReplyReader | null> => {
    const framing = receive?.framing ?? null;
    if (framing === null) return null;
    const requestStart = message === null ? noBytes : messageStart(message);
    const key = JSON.stringify([framing, framing.kind === "http" ? [...requestStart] : null]);
    const known = readers.get(key);
    if (known !== undefined) return known;
    const requestLength = () => lengthOf();
    const framer = createFramer(framing, portion.connections, {
      requestLength,
      requestStart,
    });
    const reader = createReplyReader(framer, portion.connections, true, []);
    readers.set(key, reader);
    return reader;
  };
  const captured = new Map<string, Captured>();
  const steps: Step[] = [];
  for (const step of workload.open) {
    steps.push({
      sender: step.message === null ? null : senderOf(step.message, context, captured),
      receives: step.receive !== null,
      reader: await readerOf(step),
      check: createReplyCheck(step.receive?.expect ?? { kind: "any" }),
      captured: step.capture.map((one) => {
        const value = new Captured(one, portion.connections);
        captured.set(one.name, value);
        return value;
      }),
    });
  }
  return {
    captured,
    usesSource: steps.some(({ sender }) => sender?.uses.source === true),
    create(host) {
      const opening = new OpenSteps(steps, portion.connections, host);
      lengthOf = () => opening.awaitedBytes;
      return opening;
    },
  };
}

/** Nobody counts the messages of steps, which must not be taken for those of the workload. */
function senderOf(
  message: NonNullable<OpenStep["message"]>,
  { seed, tag, data = [] }: TrafficContext,
  bySlot: ReadonlyMap<string, Captured>,
): Sender {
  const writer = createMessage(message, { workload: 0, seed, tag, data, bySlot });
  return new Sender(withoutStamp(writer), true);
}
