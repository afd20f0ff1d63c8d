import type { Endpoint } from "../../address/flow.ts";
import { protocols, type Protocol as Transport } from "../../address/protocol.ts";
import { monotonicNs } from "../../base/clock.ts";
import { UserError } from "../../base/errors.ts";
import { formatAmount } from "../../base/units.ts";
import { guarded, thrownText } from "../modules/guarded.ts";
import { withDefaults } from "../options.ts";
import type { Protocol, ProtocolSession } from "../protocol.ts";
import { asProtocol, checkedSession, type OptionSetting } from "../spec.ts";
import { checkWriting } from "./check-writing.ts";
import { Conversation, type Heard, type MessageKind } from "./conversation.ts";
import { type Link, openLink } from "./link.ts";
import { type RecordedPart, replay } from "./replay.ts";

/** How a protocol is tested. */
export interface ProtocolTest {
  /** Its name, for messages. */
  readonly name?: string;
  /** As scenarios give them. */
  readonly options?: Readonly<Record<string, OptionSetting>>;
  /** Payload of the requests; left out: the protocol's default, or "hello". */
  readonly message?: string;
  /** The server to speak with; left out: none. */
  readonly against?: Endpoint & { readonly transport: Transport };
  /** Requests that are sent to it. Default: 5. */
  readonly exchanges?: number;
  /** How long each of its answers is waited for, ms. Default: 2,000. */
  readonly timeoutMs?: number;
  /** Whether requests have no reply. Default: false. */
  readonly oneWay?: boolean;
  /** Is called with each message of the conversation. */
  readonly onMessage?: (message: TestedMessage) => void;
}

/** A message of the conversation with the server. */
export interface TestedMessage {
  /** Who sent it. */
  readonly from: "client" | "server";
  /** What the protocol took it for. */
  readonly kind: MessageKind;
  /** All of it. */
  readonly bytes: Uint8Array;
  /** Since the connection was there, ms. */
  readonly atMs: number;
  /** Which request a reply answers, where it says so. */
  readonly sequence: number | null;
  /** Why it is an error, as `errorCode` says; null: it is none. */
  readonly code: string | null;
}

/** What a test of a protocol has found. */
export interface ProtocolReport {
  /** What is wrong; empty: nothing that was found. */
  readonly problems: readonly string[];
  /** The conversation with the server. */
  readonly messages: readonly TestedMessage[];
}

/** A session of 3 slots: faults of the state by slot show. */
const slots = 3;
const slotUsed = 1;
const stillMs = 100;

/**
 * Tests a protocol: what it is made of, what it writes, and, where there is a server, whether it can speak with it and finds the
 * same messages however the bytes are cut.
 *
 * @returns the report; never rejects because of the protocol
 * @example
 * const lines = defineProtocol({
 *   about: "Lines of text",
 *   over: ["tcp"],
 *   options: {},
 *   message: { about: "The line, with its end.", default: "hello\n" },
 *   create: () => ({
 *     scan(_slot, bytes, start, end) {
 *       const newline = bytes.subarray(start, end).indexOf(10);
 *       return newline < 0 ? incomplete : start + newline + 1;
 *     },
 *     reset() {},
 *   }),
 * });
 * const against = { transport: "tcp", address: "127.0.0.1", port: 7000 } as const;
 * const { problems, messages } = await testProtocol(lines, { against, exchanges: 2 });
 * problems; // => []
 * messages.length; // => 4
 */
export async function testProtocol(
  protocol: Protocol,
  test: ProtocolTest = {},
): Promise<ProtocolReport> {
  const messages: TestedMessage[] = [];
  try {
    const problems = await new Trial(asProtocol(protocol), test, messages).run();
    return { problems, messages };
  } catch (error) {
    const text =
      error instanceof UserError ? error.message : `create threw ${thrownText(error, "")}`;
    return { problems: [text], messages };
  }
}

/** A run counts replies that answer no request as errors of the server: here they are what the protocol takes for replies. */
function tooManyReplies(heard: readonly Heard[], requests: number): string | null {
  const replies = heard.filter(({ kind }) => kind === "reply" || kind === "error").length;
  if (replies <= requests) return null;
  return (
    `${formatAmount(requests, "request")} had ${formatAmount(replies, "reply", "replies")}: does the server repeat them, or is what it ` +
    "sends without being asked to be a push, or ignored?"
  );
}

/** What is wrong with how its connections begin, which needs no server; null: nothing. */
function beginProblem(session: ProtocolSession, isStream: boolean): string | null {
  try {
    for (const slot of [0, slotUsed]) new Conversation(session, slot, slot, isStream).begin();
    return null;
  } catch (error) {
    return thrownText(error, "");
  }
}

/** What a connection waited for that did not open, where the protocol says so. */
function awaitedText({ opening }: ProtocolSession, { isRefused }: Conversation): string {
  const awaited = isRefused ? undefined : opening?.awaits?.(slotUsed);
  return awaited === undefined ? "" : `; it waited for ${awaited}`;
}

class Trial {
  readonly #protocol: Protocol;
  readonly #test: ProtocolTest;
  readonly #messages: TestedMessage[];
  readonly #options: Readonly<Record<string, OptionSetting>>;
  readonly #payload: Uint8Array;

  constructor(protocol: Protocol, test: ProtocolTest, messages: TestedMessage[]) {
    const { values, missing } = withDefaults(protocol.options, test.options ?? {});
    const [first] = missing;
    if (first !== undefined) {
      throw new UserError(`option ${first} is missing: ${protocol.options[first]?.about}`);
    }
    this.#protocol = protocol;
    this.#test = test;
    this.#messages = messages;
    this.#options = values;
    const text = test.message ?? protocol.message?.default ?? "hello";
    this.#payload = protocol.message === undefined ? new Uint8Array(0) : Buffer.from(text);
  }

  async run(): Promise<readonly string[]> {
    const { against } = this.#test;
    const problems = new Set<string>();
    for (const over of this.#protocol.over) {
      const session = await this.#create(over);
      for (const problem of checkWriting(session, this.#payload)) problems.add(problem);
      const problem = beginProblem(session, !protocols[over].isDatagram);
      if (problem !== null) problems.add(problem);
    }
    if (against === undefined) return [...problems];
    if (!this.#protocol.over.includes(against.transport)) {
      const over = this.#protocol.over.join(" and ");
      return [...problems, `the protocol runs over ${over}, and not over ${against.transport}`];
    }
    const recorded: RecordedPart[] = [];
    const problem = await this.#speak(against, recorded);
    if (problem !== null) problems.add(problem);
    if (protocols[against.transport].isDatagram) return [...problems];
    const found = await replay(recorded, () => this.#create(against.transport));
    return [...problems, ...found];
  }

  async #create(over: Transport): Promise<ProtocolSession> {
    const isStream = !protocols[over].isDatagram;
    const context = { options: this.#options as never, slots, isStream, seed: 1 };
    const given = await this.#protocol.create(context);
    return guarded(
      checkedSession(given, this.#protocol, isStream),
      this.#test.name ?? "under test",
      "",
    );
  }

  /** Opens a connection, and makes the exchanges. @returns what went wrong; null: nothing */
  async #speak(
    against: NonNullable<ProtocolTest["against"]>,
    recorded: RecordedPart[],
  ): Promise<string | null> {
    const { exchanges = 5, timeoutMs = 2000, oneWay = false } = this.#test;
    const isStream = !protocols[against.transport].isDatagram;
    const session = await this.#create(against.transport);
    const conversation = new Conversation(session, slotUsed, 0, isStream);
    const heard: Heard[] = [];
    const early: Uint8Array[] = [];
    let link: Link | null = null;
    let failure: string | null = null;
    let wake = () => {};
    const startedNs = monotonicNs();
    const note = (from: TestedMessage["from"], message: Heard) => {
      const noted = { from, atMs: (monotonicNs() - startedNs) / 1e6, ...message };
      this.#messages.push(noted);
      this.#test.onMessage?.(noted);
    };
    const send = (given: Uint8Array, kind: MessageKind, sequence: number | null = null) => {
      const bytes = Uint8Array.from(given);
      note("client", { kind, bytes, sequence, code: null });
      link?.send(bytes);
    };
    const take = (bytes: Uint8Array) => {
      recorded.push({ what: "chunk", bytes: Uint8Array.from(bytes) });
      try {
        conversation.feed(bytes, {
          heard(message) {
            note("server", message);
            heard.push(message);
          },
          sent: send,
        });
      } catch (error) {
        failure ??= (error as Error).message;
      }
      wake();
    };
    link = await openLink(against, isStream, {
      received: (bytes) => (link === null ? early.push(Uint8Array.from(bytes)) : take(bytes)),
      closed: (why) => {
        failure ??=
          why === null ? "the server ended the connection" : `the connection failed: ${why}`;
        wake();
      },
    });
    /** Waits for something; null: it came. */
    const until = async (what: string, isThere: () => boolean): Promise<string | null> => {
      const deadline = monotonicNs() + timeoutMs * 1e6;
      while (!isThere()) {
        if (failure !== null) return `${what}: ${failure}`;
        if (conversation.isBroken) return `${what}: what came is malformed`;
        if (conversation.isRefused) return `${what}: the server refused it (${heard.at(-1)?.code})`;
        const leftMs = (deadline - monotonicNs()) / 1e6;
        if (leftMs <= 0) return `${what}: nothing came within ${timeoutMs} ms`;
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, leftMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      return null;
    };
    try {
      const first = conversation.begin();
      if (first.length > 0) send(first, "opening");
      for (const bytes of early) take(bytes);
      const isUnopened = await until("opening", () => conversation.isOpen);
      if (isUnopened !== null) return isUnopened + awaitedText(session, conversation);
      for (let sequence = 0; sequence < exchanges; sequence++) {
        recorded.push({ what: "request", bytes: this.#payload });
        const before = heard.length;
        send(conversation.request(this.#payload), "request", sequence);
        if (oneWay) continue;
        const isReply = ({ kind, sequence: answers }: Heard) =>
          kind === "error" || (kind === "reply" && (answers ?? sequence) === sequence);
        const name = `reply to request ${sequence + 1} of ${exchanges}`;
        const isUnanswered = await until(name, () => heard.slice(before).some(isReply));
        if (isUnanswered !== null) return isUnanswered;
        if (conversation.closes) break;
      }
      // What else the server has to say to the last request.
      await new Promise((resolve) => setTimeout(resolve, stillMs));
      if (failure !== null && !conversation.closes) return failure;
      // A datagram may come twice.
      return oneWay || !isStream ? null : tooManyReplies(heard, conversation.requests);
    } finally {
      link.end();
    }
  }
}
