/**
 * What a protocol is: how its connections are opened, its messages are written, and what its peer sends is told apart.
 * `protocol:` of a workload takes one of those that ship (shipped.ts), or a module whose default export is one.
 */

export { incomplete, malformed } from "../framing/framers/framer.ts";

/**
 * What a message of the peer is: what `classify` returns.
 *
 * @example
 * const classify = (_slot: number, bytes: Uint8Array, start: number) =>
 *   bytes[start] === 0x2d ? kind.error : kind.reply;
 * classify(0, Buffer.from("-ERR\r\n"), 0); // => kind.error
 */
export const kind = {
  /** The answer to a request. */
  reply: 0,
  /** The answer to a request, which it refuses: `errorCode` says why. */
  error: 1,
  /** Something that was subscribed to. */
  push: 2,
  /** Neither: a notice, a keep-alive, a part of a conversation that is not measured. */
  ignore: 3,
} as const;
/** One of the numbers of `kind`. */
export type Kind = 0 | 1 | 2 | 3;

/**
 * What `begin` and `received` of an opening return where the connection is open; otherwise they return the length of what is sent next.
 *
 * @example
 * const opening: Opening = {
 *   maxBytes: 16,
 *   begin: (_slot, into, at) => writeMessage(into, at, Buffer.from("HELLO\r\n")),
 *   received: (_slot, bytes, start) => (bytes[start] === 0x2b ? opened : refused),
 * };
 */
export const opened = -1;
/**
 * What `received` of an opening returns where the peer refuses the connection; `errorCode` says why.
 *
 * @example
 * const welcome = Buffer.from("+OK");
 * const received: Opening["received"] = (_slot, bytes, start, end) =>
 *   end - start >= 3 && equalBytes(bytes, start, welcome, 0, 3) ? opened : refused;
 */
export const refused = -2;

/** An option of a scenario: `protocol: { NAME: { option: value } }`. */
export type OptionSpec = {
  /** What it does; for the reference and for messages. */
  readonly about: string;
  /**
   * A password or the like: plans and results, which are passed on to others, do not show its value. Left out: whether its
   * name says so.
   */
  readonly secret?: boolean;
} & (
  | { readonly type: "text"; readonly default?: string | null }
  | { readonly type: "boolean"; readonly default?: boolean | null }
  | {
      readonly type: "integer";
      readonly least: number;
      readonly most: number;
      readonly default?: number | null;
    }
  | {
      readonly type: "choice";
      readonly choices: readonly string[];
      readonly default?: string | null;
    }
  | { readonly type: "list"; readonly default?: readonly string[] | null }
);
/** Options by their names. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Without a default an option must be given; with the default null it may be left out, and its value is null. */
type OptionValue<Spec extends OptionSpec> =
  | (Spec extends { readonly type: "text" }
      ? string
      : Spec extends { readonly type: "boolean" }
        ? boolean
        : Spec extends { readonly type: "integer" }
          ? number
          : Spec extends { readonly type: "choice"; readonly choices: readonly (infer Choice)[] }
            ? Choice
            : readonly string[])
  | (Spec extends { readonly default: null } ? null : never);

/** The values of options: those that a scenario gives, else their defaults. */
export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: OptionValue<Specs[Name]>;
};

/** What a session is made for: one workload in one worker. */
export interface ProtocolContext<Values> {
  /** Those that the scenario gives, and the defaults of the others. */
  readonly options: Values;
  /** Connections of the worker: slots are 0 to `slots - 1`. */
  readonly slots: number;
  /** Whether it runs over TCP, and messages have to be found in a stream; over UDP a datagram is a message. */
  readonly isStream: boolean;
  /** Of the scenario, for whatever is drawn at random: the same seed gives the same bytes. */
  readonly seed: number;
}

/**
 * A protocol.
 *
 * @template Specs the options that a scenario may give it
 */
export interface Protocol<Specs extends OptionSpecs = OptionSpecs> {
  /** What it speaks, in a line: "Redis serialization protocol, RESP2". */
  readonly about: string;
  /** What it runs over. */
  readonly over: readonly ("tcp" | "udp")[];
  /** Options by their names; `{}`: it has none. */
  readonly options: Specs;
  /**
   * What `message:` of a workload is: the payload that `write` makes a message of, placeholders filled in. `default` is
   * used where a workload has none; null: one must be given. Left out: messages have no payload.
   */
  readonly message?: { readonly about: string; readonly default: string | null };
  /** What results call statuses of replies, by number (`ProtocolSession.status`); others have their number. */
  readonly statusNames?: Readonly<Record<number, string>>;
  /** Makes what one worker needs. Before the run, so it may take its time, and reject with an Error. */
  create(context: ProtocolContext<OptionValues<Specs>>): ProtocolSession | Promise<ProtocolSession>;
}

/**
 * The connections of one worker. State is kept by slot, in typed arrays. What is called for each message neither
 * allocates nor throws. Bytes that are handed in are valid during the call only.
 *
 * `reset` is all that every protocol has, and over TCP `scan`: requests are then the workload's messages as they are, and
 * every message of the peer is a reply.
 */
export interface ProtocolSession {
  /**
   * Nothing answers the requests, so that only pattern stream sends them: the option with which something would, as in
   * "qos: 1", or "" where there is none. Left out: each request has a reply.
   */
  readonly unanswered?: string;
  /** Length of the longest message that `write` makes of a payload of so many bytes. Goes with `write`. */
  maxBytes?(payloadBytes: number): number;
  /**
   * Writes a request at `into[at]`. The same arguments give the same bytes while the connection is open. Left out: a
   * request is its payload.
   *
   * @param sequence number of the request on its slot, integer >= 0: they go on where a connection is opened again
   * @param payload  bytes `[start, end)` of it are the workload's message
   * @returns        its length, bytes
   */
  write?(
    into: Uint8Array,
    at: number,
    slot: number,
    sequence: number,
    payload: Uint8Array,
    start: number,
    end: number,
  ): number;
  /**
   * TCP: takes in bytes `[start, end)`, which directly follow those of the previous call.
   *
   * @returns the index after the first message of the peer that ends in them (the caller calls again with the rest),
   *          `incomplete` or `malformed`. What answers one request is one message, of however many parts it is made.
   */
  scan?(slot: number, bytes: Uint8Array, start: number, end: number): number;
  /**
   * TCP: the stream has ended in order. Completes a message that ends with its connection.
   *
   * @returns false where no message was coming in, or where a part of it is missing
   */
  end?(slot: number): boolean;
  /**
   * Whether `classify`, `match` and `answer` read the bytes. False: what `scan` has kept is enough, and over TCP they get
   * none of a message that came in pieces. Left out: true.
   */
  readonly readsMessages?: boolean;
  /** What a message is. Left out: each is a reply. */
  classify?(slot: number, bytes: Uint8Array, start: number, end: number): Kind;
  /** Why the latest `error` of a slot is one, or why it was refused: capital letters, digits and `_`, as "REDIS_WRONGTYPE". */
  errorCode?(slot: number): string;
  /**
   * Which request a reply answers, where it says so. Left out: replies come in the order of their requests.
   *
   * @param next sequence of the slot's next request: the answer is below it
   * @returns    its sequence; -1: none
   */
  match?(slot: number, bytes: Uint8Array, start: number, end: number, next: number): number;
  /**
   * Answers a message that is a `push` or to be ignored, as a ping: writes at `into[at]`, where `answerBytes` fit.
   *
   * @returns the length of the answer, bytes; 0: it needs none
   */
  answer?(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    into: Uint8Array,
    at: number,
  ): number;
  /** Length of the longest answer, bytes, 1 to 65,536. Goes with `answer`. */
  readonly answerBytes?: number;
  /** What is sent on connections that are open, to keep them so. Goes with `classify`, which tells its answers from replies. */
  readonly keepAlive?: KeepAlive;
  /** The latest reply's status, 100 to 999, which results count; 0: it has none. */
  status?(slot: number): number;
  /** Whether no other reply can follow the latest one on its connection. */
  closes?(slot: number): boolean;
  /** What a connection goes through before it counts as open. Left out: it is open when it is connected. */
  readonly opening?: Opening;
  /**
   * The slot carries a new connection: forgets all of the one before. Called before anything else of it.
   *
   * @param connection its number in the workload, over all workers
   */
  reset(slot: number, connection: number): void;
}

/** Sent on each open connection, at an even pace over all of them, whatever else is sent. */
export interface KeepAlive {
  /** Time between two of a connection, ms, at least 1. */
  readonly everyMs: number;
  /** Length of the longest, bytes. */
  readonly maxBytes: number;
  /**
   * Writes one at `into[at]`.
   *
   * @returns its length, bytes; 0: the connection needs none now
   */
  write(slot: number, into: Uint8Array, at: number): number;
}

/** Called once for each connection: this may allocate. */
export interface Opening {
  /** Length of the longest message that it writes, bytes. */
  readonly maxBytes: number;
  /** Over TCP, while the slot opens, in place of the session's `scan`: a message here is what one step waits for. */
  scan?(slot: number, bytes: Uint8Array, start: number, end: number): number;
  /**
   * The slot is connected: writes what is sent first at `into[at]`.
   *
   * @returns its length, bytes; 0: the peer speaks first; `opened`: it is open already
   */
  begin(slot: number, into: Uint8Array, at: number): number;
  /**
   * A message has come.
   *
   * @returns the length of what has been written at `into[at]` to be sent next; 0: waits for another message; `opened`
   *          or `refused`. `opened` with something to send is for `last`.
   */
  received(
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    into: Uint8Array,
    at: number,
  ): number;
  /** Of what `received` has written last: whether the connection is open once that is sent. */
  last?(slot: number): boolean;
  /** What the slot waits for, for whoever reads that it did not come: "CONNACK". Called where a connection failed to open. */
  awaits?(slot: number): string;
}

/**
 * Returns the protocol as it is: for editors, which know by it what its options are.
 *
 * @example
 * // One line is a request, one line is its reply.
 * export default defineProtocol({
 *   about: "Lines of text",
 *   over: ["tcp"],
 *   options: { prefix: { about: "What each request begins with.", type: "text", default: "" } },
 *   message: { about: "The line, without its end.", default: "hello" },
 *   create({ options: { prefix } }) {
 *     const begin = Buffer.from(prefix);
 *     return {
 *       maxBytes: (payloadBytes) => begin.length + payloadBytes + 2,
 *       write(into, at, _slot, _sequence, payload, start, end) {
 *         const text = copyBytes(begin, 0, begin.length, into, at);
 *         return writeLineEnd(into, copyBytes(payload, start, end, into, text)) - at;
 *       },
 *       scan(_slot, bytes, start, end) {
 *         const newline = bytes.subarray(start, end).indexOf(10);
 *         return newline < 0 ? incomplete : start + newline + 1;
 *       },
 *       reset() {},
 *     };
 *   },
 * });
 */
export function defineProtocol<const Specs extends OptionSpecs>(
  protocol: Protocol<Specs>,
): Protocol<Specs> {
  return protocol;
}
