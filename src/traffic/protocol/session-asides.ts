import type { ReplyCheck } from "../../framing/reply-check.ts";
import type { ReplyReader } from "../../framing/reply-reader.ts";
import { kind as kinds, type ProtocolSession } from "../../protocols/protocol.ts";
import type { AsideRules } from "../replies/asides.ts";
import { failure } from "../replies/error-side.ts";

/** What a protocol says of the messages of the peer, for whoever takes out those that are no replies, and checks the rest. */
export class SessionMessages {
  readonly #session: ProtocolSession;
  /** The slot whose message was read last, and refuses its request; -1: it does not. */
  #refusing = -1;

  constructor(session: ProtocolSession) {
    this.#session = session;
  }

  /** Null: each message is a reply. */
  get rules(): AsideRules | null {
    const { answer, answerBytes = 0, keepAlive = null } = this.#session;
    if (this.#session.classify === undefined) return null;
    const session = this.#session as ProtocolSession & Required<Pick<ProtocolSession, "classify">>;
    return {
      classify: (slot, bytes, start, end) => {
        const kind = session.classify(slot, bytes, start, end);
        this.#refusing = kind === kinds.error ? slot : -1;
        return kind;
      },
      answer: answer?.bind(this.#session) ?? (() => 0),
      answerBytes: answer === undefined ? 0 : answerBytes,
      keepAlive,
    };
  }

  /** Why the message that was read last refuses something; null: it does not. */
  readonly refusal = (): string | null =>
    this.#refusing < 0 ? null : errorCodeOf(this.#session, this.#refusing);

  /** The check of the replies: a refusal is an error, whatever is expected. */
  checking(check: ReplyCheck): ReplyCheck {
    if (this.#session.classify === undefined) return check;
    return {
      ...check,
      check: (reply, start, end, request, requestLength, status) =>
        this.refusal() ?? check.check(reply, start, end, request, requestLength, status),
    };
  }
}

/** The code of a refusal; a protocol that has none for them gets one for all. */
export function errorCodeOf(session: ProtocolSession, slot: number): string {
  return session.errorCode?.(slot) ?? failure.refusedByProtocol;
}

/** What says the status of the latest reply; null: replies have none. @param reader null over UDP */
export function statusOf(
  session: ProtocolSession | null,
  reader: ReplyReader | null,
): ((slot: number) => number) | null {
  if (reader !== null) return reader.hasStatus ? reader.status : null;
  return session?.status?.bind(session) ?? null;
}
