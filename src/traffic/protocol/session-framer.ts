import { type Framer, incomplete } from "../../framing/framers/framer.ts";
import type { ReplyIds } from "../../messages/ids.ts";
import type { ProtocolSession } from "../../protocols/protocol.ts";

/** Finds the messages of a protocol in its streams. A new connection is the session's to be told, and not the framer's. */
export function sessionFramer(session: ProtocolSession): Framer {
  const { status, closes, end } = session;
  return {
    scan: session.scan?.bind(session) ?? (() => incomplete),
    reset() {},
    ...(status !== undefined && { status: status.bind(session) }),
    ...(closes !== undefined && { closes: closes.bind(session) }),
    ...(end !== undefined && { end: end.bind(session) }),
  };
}

/** What is called with each new connection; null: there is no protocol. */
export function resetOf(session: ProtocolSession | null): ProtocolSession["reset"] | null {
  return session?.reset.bind(session) ?? null;
}

/** Whether it needs the bytes of messages that come in pieces. */
export function readsMessages(session: ProtocolSession): boolean {
  const { classify, match, answer, readsMessages = true } = session;
  return readsMessages && (classify ?? match ?? answer) !== undefined;
}

/** Which request a reply answers, as a protocol says; null: replies come in order. */
export function sessionIds(session: ProtocolSession): ReplyIds | null {
  if (session.match === undefined) return null;
  const { match } = session as Required<ProtocolSession>;
  const matching = match.bind(session);
  return {
    sequenceOf: (bytes, start, end, _connection, next, slot) =>
      matching(slot, bytes, start, end, next),
  };
}
