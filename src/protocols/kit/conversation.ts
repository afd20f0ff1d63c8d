import {
  incomplete,
  kind as kinds,
  malformed,
  opened,
  type ProtocolSession,
  refused,
} from "../protocol.ts";

/**
 * What a message of a conversation is: `opening` while the connection opens, from either side; `request` and `answer` of the client;
 * the others of the server, as `classify` said.
 */
export type MessageKind = "opening" | "request" | "reply" | "error" | "push" | "ignore" | "answer";

/** A message of a conversation, as a session takes it. */
export interface Heard {
  readonly kind: MessageKind;
  readonly bytes: Uint8Array;
  /** What it answers, where the protocol says so; null: it does not. */
  readonly sequence: number | null;
  /** Why it is an error, or why the connection was refused. */
  readonly code: string | null;
}

const names: readonly MessageKind[] = ["reply", "error", "push", "ignore"];
const noBytes = new Uint8Array(0);

/** Bytes around what a session is handed in: it is not to look at them. */
const around = 7;

/** What comes of the bytes. */
export interface ConversationEvents {
  heard(message: Heard): void;
  /** Something is sent in return. */
  sent(bytes: Uint8Array, kind: MessageKind): void;
}

/**
 * One connection of a session: takes in bytes in whatever chunks, as a run does it, and says what the session made of them.
 */
export class Conversation {
  readonly #session: ProtocolSession;
  readonly #slot: number;
  readonly #isStream: boolean;
  readonly #connection: number;
  #pieces: Uint8Array = noBytes;
  #isOpen = false;
  /** Sequence of the next request. */
  #next = 0;
  isBroken = false;
  isRefused = false;
  /** Whether no other reply can follow the latest one. */
  closes = false;

  constructor(session: ProtocolSession, slot: number, connection: number, isStream: boolean) {
    this.#session = session;
    this.#slot = slot;
    this.#connection = connection;
    this.#isStream = isStream;
  }

  /** How many were written since it began. */
  get requests(): number {
    return this.#next;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** The connection is there. @returns what is sent first */
  begin(): Uint8Array {
    const { opening } = this.#session;
    this.#session.reset(this.#slot, this.#connection);
    this.#pieces = noBytes;
    this.#next = 0;
    this.#isOpen = opening === undefined;
    if (opening === undefined) return noBytes;
    const into = new Uint8Array(opening.maxBytes);
    const length = opening.begin(this.#slot, into, 0);
    this.#isOpen = length === opened;
    return into.subarray(0, Math.max(0, length));
  }

  /** Writes the next request. */
  request(payload: Uint8Array): Uint8Array {
    const sequence = this.#next++;
    const { write, maxBytes } = this.#session;
    if (write === undefined || maxBytes === undefined) return payload;
    const into = new Uint8Array(maxBytes(payload.length));
    const length = write(into, 0, this.#slot, sequence, payload, 0, payload.length);
    return into.subarray(0, length);
  }

  /** Takes in bytes. */
  feed(chunk: Uint8Array, events: ConversationEvents): void {
    const bytes = new Uint8Array(chunk.length + 2 * around).fill(0x0a);
    bytes.set(chunk, around);
    const end = around + chunk.length;
    if (!this.#isStream) {
      this.#message(chunk, events);
      return;
    }
    for (let at = around; at < end && !this.isBroken; ) {
      const scan = (this.#isOpen ? undefined : this.#session.opening?.scan) ?? this.#session.scan;
      const next = scan?.(this.#slot, bytes, at, end) ?? incomplete;
      if (next === malformed) this.isBroken = true;
      const to = next < 0 ? end : next;
      this.#pieces = Buffer.concat([this.#pieces, bytes.subarray(at, to)]);
      at = to;
      if (next < 0) continue;
      const message = this.#pieces;
      this.#pieces = noBytes;
      this.#message(message, events);
      if (this.isRefused) break;
    }
  }

  #message(message: Uint8Array, events: ConversationEvents): void {
    if (!this.#isOpen) {
      this.#step(message, events);
      return;
    }
    const slot = this.#slot;
    const { length } = message;
    const session = this.#session;
    const kind = session.classify?.(slot, message, 0, length) ?? kinds.reply;
    const isReply = kind === kinds.reply || kind === kinds.error;
    const sequence = isReply
      ? (session.match?.(slot, message, 0, length, this.#next) ?? null)
      : null;
    const code = kind === kinds.error ? (session.errorCode?.(slot) ?? null) : null;
    events.heard({ kind: names[kind] as MessageKind, bytes: message, sequence, code });
    if (isReply) {
      session.status?.(slot);
      this.closes = session.closes?.(slot) === true;
    } else if (session.answer !== undefined) {
      const into = new Uint8Array(session.answerBytes ?? 0);
      const answer = session.answer(slot, message, 0, length, into, 0);
      if (answer > 0) events.sent(into.subarray(0, answer), "answer");
    }
  }

  /** A message before the connection is open. */
  #step(message: Uint8Array, events: ConversationEvents): void {
    const { opening, errorCode } = this.#session;
    const into = new Uint8Array(opening?.maxBytes ?? 0);
    const came = opening?.received(this.#slot, message, 0, message.length, into, 0) ?? opened;
    this.isRefused = came === refused;
    const code = this.isRefused ? (errorCode?.(this.#slot) ?? null) : null;
    events.heard({ kind: "opening", bytes: message, sequence: null, code });
    if (came > 0) events.sent(into.subarray(0, came), "opening");
    this.#isOpen = came === opened || (came > 0 && opening?.last?.(this.#slot) === true);
  }
}
