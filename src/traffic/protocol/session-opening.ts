import { usesNothing } from "../../messages/message.ts";
import { mostReceivedBytes } from "../../metrics/open-failures.ts";
import {
  incomplete,
  malformed,
  opened,
  type Opening as ProtocolOpening,
  type ProtocolSession,
  refused,
} from "../../protocols/protocol.ts";
import { failure } from "../replies/error-side.ts";
import type { OpeningFactory } from "../steps/create-steps.ts";
import {
  type FailedStep,
  type Opening,
  type Progress,
  progress,
  type StepsHost,
} from "../steps/steps.ts";
import { errorCodeOf } from "./session-asides.ts";

const noBytes = new Uint8Array(0);

/** What the connections of a workload go through before they count as open: the opening of its protocol. */
class SessionOpening implements Opening {
  readonly #opening: ProtocolOpening;
  readonly #scan: ProtocolSession["scan"];
  readonly #session: ProtocolSession;
  readonly #host: StepsHost;
  #scratch: Uint8Array;
  /** What has come of messages that are not complete yet, by slot. */
  readonly #pieces = new Map<number, Uint8Array>();
  /** Slots whose transport takes no more, what they have to send, and those of them that are done but for that. */
  readonly #full = new Set<number>();
  readonly #toSend = new Map<number, Uint8Array[]>();
  readonly #heldUp = new Set<number>();
  readonly #failed = new Map<number, FailedStep>();
  rest = 0;

  /** @param isStream whether messages have to be found; else each datagram is one */
  constructor(
    session: ProtocolSession,
    opening: ProtocolOpening,
    isStream: boolean,
    host: StepsHost,
  ) {
    const scan = opening.scan?.bind(opening) ?? session.scan?.bind(session);
    this.#opening = opening;
    this.#scan = isStream ? scan : undefined;
    this.#session = session;
    this.#host = host;
    this.#scratch = new Uint8Array(opening.maxBytes);
  }

  begin(slot: number): Progress {
    const length = this.#opening.begin(slot, this.#scratch, 0);
    return length === opened ? progress.done : this.#send(slot, length, false);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number): Progress {
    if (this.#failed.has(slot)) return progress.failed;
    this.rest = end;
    if (this.#scan === undefined) return this.#message(slot, bytes, start, end);
    for (let at = start; at < end; ) {
      const next = this.#scan(slot, bytes, at, end);
      if (next === malformed) return this.#note(slot, failure.malformed, bytes, at, end);
      if (next === incomplete) {
        this.#keep(slot, bytes, at, end);
        return progress.waits;
      }
      const came = this.#pieces.has(slot)
        ? this.#whole(slot, bytes, at, next)
        : this.#message(slot, bytes, at, next);
      at = next;
      if (came === progress.waits) continue;
      this.rest = at;
      return came;
    }
    return progress.waits;
  }

  drained(slot: number): Progress {
    this.#full.delete(slot);
    if (this.#failed.has(slot)) return progress.failed;
    const toSend = this.#toSend.get(slot) ?? [];
    while (!this.#full.has(slot)) {
      const next = toSend.shift();
      if (next === undefined) {
        this.#toSend.delete(slot);
        return this.#heldUp.delete(slot) ? progress.done : progress.waits;
      }
      if (!this.#host.transport.send(slot, next, 0, next.length)) this.#full.add(slot);
    }
    return progress.waits;
  }

  fail(slot: number, cause: string): void {
    const held = this.#pieces.get(slot) ?? noBytes;
    if (!this.#failed.has(slot)) this.#note(slot, cause, held, 0, held.length);
  }

  end(slot: number, cause: string): FailedStep {
    this.fail(slot, cause);
    const failed = this.#failed.get(slot) as FailedStep;
    for (const of of [this.#failed, this.#full, this.#toSend, this.#heldUp, this.#pieces]) {
      of.delete(slot);
    }
    return failed;
  }

  /** Has the protocol read one message. */
  #message(slot: number, bytes: Uint8Array, start: number, end: number): Progress {
    // All that the protocol wanted has come: it waits only for what it has sent to leave.
    if (this.#heldUp.has(slot)) return this.#note(slot, failure.unexpected, bytes, start, end);
    const came = this.#opening.received(slot, bytes, start, end, this.#scratch, 0);
    if (came === refused) {
      const code = errorCodeOf(this.#session, slot);
      return this.#failWith(slot, code, null, bytes, start, end);
    }
    if (came === opened) return this.#send(slot, 0, true);
    return this.#send(slot, came, came > 0 && this.#opening.last?.(slot) === true);
  }

  #whole(slot: number, bytes: Uint8Array, start: number, end: number): Progress {
    this.#keep(slot, bytes, start, end);
    const message = this.#pieces.get(slot) as Uint8Array;
    this.#pieces.delete(slot);
    return this.#message(slot, message, 0, message.length);
  }

  #keep(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const before = this.#pieces.get(slot) ?? noBytes;
    this.#pieces.set(slot, Buffer.concat([before, bytes.subarray(start, end)]));
  }

  /** Sends what stands in the scratch array. @param isLast whether the connection is open after it */
  #send(slot: number, length: number, isLast: boolean): Progress {
    if (length > 0 && this.#full.has(slot)) {
      const waiting = this.#toSend.get(slot) ?? [];
      this.#toSend.set(slot, waiting);
      waiting.push(this.#scratch.slice(0, length));
    } else if (length > 0 && !this.#host.transport.send(slot, this.#scratch, 0, length)) {
      this.#full.add(slot);
      // The array is the transport's.
      this.#scratch = new Uint8Array(this.#opening.maxBytes);
    }
    if (!isLast) return progress.waits;
    if (!this.#full.has(slot)) return progress.done;
    this.#heldUp.add(slot);
    return progress.waits;
  }

  /** What the slot waits for has not come. */
  #note(slot: number, cause: string, bytes: Uint8Array, start: number, end: number): Progress {
    const awaited = this.#heldUp.has(slot) ? null : (this.#opening.awaits?.(slot) ?? null);
    return this.#failWith(slot, cause, awaited, bytes, start, end);
  }

  #failWith(
    slot: number,
    cause: string,
    awaited: string | null,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): Progress {
    this.#failed.set(slot, {
      step: 0,
      code: `OPEN_${cause}`,
      cause,
      awaited,
      received: Uint8Array.from(bytes.subarray(start, Math.min(end, start + mostReceivedBytes))),
      receivedBytes: end - start,
    });
    return progress.failed;
  }
}

/** The opening of a session, once there are connections; null: it has none. */
export function sessionOpening(session: ProtocolSession, isStream: boolean): OpeningFactory | null {
  const { opening } = session;
  if (opening === undefined) return null;
  return {
    uses: usesNothing,
    captured: new Map(),
    create: (host) => new SessionOpening(session, opening, isStream, host),
  };
}
