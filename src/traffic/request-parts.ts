import type { ReplyCheck } from "../framing/reply-check.ts";
import type { ReplyReader } from "../framing/reply-reader.ts";
import type { ReplyIds } from "../messages/ids.ts";
import type { KeyUses } from "../messages/message.ts";
import type { ProtocolSession } from "../protocols/protocol.ts";
import type { SchedulePortion } from "../schedule/portion.ts";
import type { ConnectionPlan } from "./connections/connection-user.ts";
import type { Mix } from "./mix.ts";
import type { Asides } from "./replies/asides.ts";
import type { Sender } from "./sender.ts";
import type { ConversationFactory } from "./steps/conversation.ts";

/** The request that the next reply of a slot answers. */
export interface Awaited {
  /** Its length, bytes. */
  awaitedLength(slot: number): number;
  /** Index of the message of a mix that it is. */
  awaitedMessage(slot: number): number;
}

/** What differs between the patterns that exchange messages on connections that stay. */
export interface RequestParts {
  readonly sender: Sender;
  /** What messages need of their keys. */
  readonly uses: KeyUses;
  /** Exchanges of several messages, of which `sender` sends the first; null: each has one. */
  readonly conversation: ConversationFactory | null;
  /** What a connection goes through before it counts as open; null: nothing. */
  readonly steps: ConnectionPlan["steps"];
  /** What is spoken; null: messages are sent as they are. */
  readonly session: ProtocolSession | null;
  /** TCP: finds the replies in the stream; null: what comes is only counted (UDP: one datagram, one reply). */
  readonly reader: ((awaited: Awaited) => ReplyReader) | null;
  readonly check: ReplyCheck;
  /** Of a protocol that tells replies from other messages: why the one that was read last refuses something, or null. */
  readonly refusal: (() => string | null) | null;
  /** Several messages, with a check each; null: there is one. */
  readonly mix: Mix | null;
  /** What takes messages out that are no replies; null: each is one. */
  readonly asides: Asides | null;
  readonly isDatagram: boolean;
  /** UDP: whether messages, all or some, carry stamps, which a server may send back. */
  readonly stamped: boolean;
  /** Whether no two requests of a connection are the same, so that a reply that repeats one says which. */
  readonly isDistinct: boolean;
  /** What replies say of the request that they answer; null: nothing. */
  readonly ids: ReplyIds | null;
  /** Whether replies repeat their request, and no two requests of a connection are the same: replies say what they answer. */
  readonly matches: boolean;
  /** Whether a reply that stands out may be unsolicited (DoubtedReplies). */
  readonly doubts: boolean;
  /** Whether a request may be sent again that its connection ended without an answer to (RFC 9110, 9.2.2). */
  readonly resends: boolean;
  /** Arrivals of this worker (open model); null: closed model. */
  readonly arrivals: SchedulePortion | null;
  /** Length of steady state; null: until `endAt`. */
  readonly durationNs: number | null;
  /** Exchanges to remember per connection; null: as many as the protocol makes useful. */
  readonly remembered: number | null;
  /** The error that an end in order by the target is while no reply is owed; null: none. */
  readonly closeError: string | null;
  /** Which connections continue after so many exchanges: the first `slots`; null: all. */
  readonly goOn: { readonly slots: number; readonly after: number } | null;
}
