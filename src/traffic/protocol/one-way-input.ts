import { createReplyCheck, type ReplyCheck } from "../../framing/reply-check.ts";
import type { ReplyReader, ReplySink } from "../../framing/reply-reader.ts";
import type { Asides, AsidesHost } from "../replies/asides.ts";
import { failure } from "../replies/error-side.ts";
import type { TrafficContext } from "../traffic.ts";
import type { SessionMessages } from "./session-asides.ts";

/** The traffic that sends one-way messages. */
export interface OneWayHost extends AsidesHost {
  /** Nothing more can be read of the slot's connection, or follows on it. */
  broken(slot: number, cause: "malformed" | "closedByTarget"): void;
}

/**
 * What the peer of one-way messages says all the same: pings are answered, pushes counted, and what it refuses is an
 * error, though of no message in particular.
 */
export class OneWayInput implements ReplySink {
  readonly #context: TrafficContext;
  readonly #asides: Asides;
  readonly #check: ReplyCheck;
  /** Null over UDP: a datagram is a message. */
  readonly #reader: ReplyReader | null;
  #host: OneWayHost | null = null;

  /** @param messages what a protocol says of them; null: there is none, and nothing is refused */
  constructor(
    context: TrafficContext,
    asides: Asides,
    messages: SessionMessages | null,
    reader: ReplyReader | null,
  ) {
    this.#context = context;
    this.#asides = asides;
    const check = createReplyCheck({ kind: "any" });
    this.#check = messages?.checking(check) ?? check;
    this.#reader = reader === null ? null : asides.beside(reader);
  }

  /** To be called before anything else. */
  attach(host: OneWayHost): void {
    this.#host = host;
    this.#asides.attach(host);
  }

  /** Does what is due. @returns when something is due next */
  start(nowNs: number): number {
    return this.#asides.start(nowNs);
  }

  /** The slot has a new connection. */
  opened(slot: number): void {
    this.#reader?.reset(slot);
    this.#asides.opened(slot);
  }

  /** The slot takes bytes again. */
  drained(slot: number): void {
    this.#asides.drained(slot);
  }

  received(slot: number, bytes: Uint8Array, start: number, end: number): void {
    if (this.#reader === null) {
      if (!this.#asides.take(slot, bytes, start, end)) this.reply(slot, bytes, start, end);
    } else if (!this.#reader.feed(slot, bytes, start, end, this)) {
      this.#failed(slot, failure.malformed);
      this.#broken(slot, "malformed");
    }
  }

  /** A message that answers one: it is an error, or says nothing that is of interest. */
  reply(slot: number, bytes: Uint8Array, start: number, end: number): void {
    const code = this.#check.check(bytes, start, end, null, 0, 0);
    if (code !== null) this.#failed(slot, code);
    if (this.#reader?.closes(slot)) this.#broken(slot, "closedByTarget");
  }

  #failed(slot: number, code: string): void {
    const { recorder, portion } = this.#context;
    const at = (this.#host as OneWayHost).clock.at(this.#context.now());
    recorder.failed(portion.firstConnection + slot, code, "target", at);
  }

  #broken(slot: number, cause: "malformed" | "closedByTarget"): void {
    this.#reader?.reset(slot);
    this.#host?.broken(slot, cause);
  }
}
