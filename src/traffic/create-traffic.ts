import { largestDatagram, protocols } from "../address/protocol.ts";
import type { Framer } from "../framing/framers/framer.ts";
import type { FramingSpec } from "../framing/framers/specs.ts";
import { createFramer } from "../framing/framings.ts";
import { createMixedFramer } from "../framing/mixed-framer.ts";
import { createReplyCheck, type ExpectSpec } from "../framing/reply-check.ts";
import { createReplyReader } from "../framing/reply-reader.ts";
import {
  createMessage,
  type MessageContext,
  messageStart,
  messagesOf,
} from "../messages/create-message.ts";
import { Ids, withIds } from "../messages/ids.ts";
import type { MessageWriter } from "../messages/message.ts";
import type { OneMessageSpec } from "../messages/spec.ts";
import type { ProtocolSession } from "../protocols/protocol.ts";
import { type PatternName, patterns } from "../scenario/patterns.ts";
import type { Workload } from "../scenario/scenario.ts";
import { createSchedule } from "../schedule/create-schedule.ts";
import { createPortion, type SchedulePortion } from "../schedule/portion.ts";
import { ChurnTraffic } from "./churn.ts";
import { createHoldSchedule, keptAlive, rememberedByHold } from "./hold.ts";
import { createMix } from "./mix.ts";
import { createSession } from "./protocol/create-session.ts";
import { OneWayInput } from "./protocol/one-way-input.ts";
import { SessionMessages } from "./protocol/session-asides.ts";
import { readsMessages, sessionFramer, sessionIds } from "./protocol/session-framer.ts";
import { sessionOpening } from "./protocol/session-opening.ts";
import { withProtocol } from "./protocol/session-writer.ts";
import { type AsideRules, Asides, createAsides } from "./replies/asides.ts";
import { failure } from "./replies/error-side.ts";
import { WireTimes } from "./replies/wire-times.ts";
import { RequestTraffic } from "./request.ts";
import type { Awaited, RequestParts } from "./request-parts.ts";
import { Sender } from "./sender.ts";
import { createConversation } from "./steps/conversation.ts";
import { createOpenSteps, type OpeningFactory } from "./steps/create-steps.ts";
import { StreamTraffic } from "./stream.ts";
import { SubscribeTraffic } from "./subscribe.ts";
import type { Traffic, TrafficContext } from "./traffic.ts";

/** What makes the traffic of each pattern; what else is known of it stands in scenario/patterns.ts. */
const constructors: Record<PatternName, (context: TrafficContext) => Promise<Traffic>> = {
  request: async (context) => new RequestTraffic(timed(context), await requestParts(context)),
  hold: async (context) => {
    const { workload, portion } = context;
    return new RequestTraffic(timed(context), {
      ...(await requestParts(context)),
      arrivals: createPortion(createHoldSchedule(workload), portion),
      remembered: rememberedByHold(workload),
      closeError: workload.expectClose ? null : failure.closedByTarget,
      goOn: keptAlive(workload, portion),
    });
  },
  churn: createChurn,
  session: createChurn,
  stream: async (context) => {
    const session = await createSession(context);
    const steps = await openingOf(context, session);
    const sender = createSender(context, createWriter(context, session, steps, null));
    const input = oneWayInput(context, session);
    const mix = createMix(context);
    const arrivals = arrivalsOf(context);
    return new StreamTraffic(context, { sender, session, input, steps, mix, arrivals });
  },
  broadcast: async (context) =>
    new StreamTraffic(context, {
      sender: createSender(context, createWriter(context, null, null, null)),
      session: null,
      input: null,
      steps: null,
      mix: null,
      arrivals: arrivalsOf(context),
    }),
  subscribe: async (context) => {
    const { publishers = [] } = context;
    const session = await createSession(context);
    const steps = await openingOf(context, session);
    const input = oneWayInput(context, session);
    return new SubscribeTraffic(context, { session, steps, input, publishers });
  },
};

/** With what notes the kernel's times, where they are asked for. */
function timed(context: TrafficContext): TrafficContext {
  return context.workload.wireTime ? { ...context, wire: new WireTimes() } : context;
}

async function createChurn(context: TrafficContext): Promise<Traffic> {
  const parts = await requestParts(context);
  return new ChurnTraffic(context, { ...parts, doubts: parts.doubts && !parts.isDatagram });
}

/**
 * One worker's part of one workload.
 *
 * @throws UserError when a protocol or a message cannot be used
 */
export function createTraffic(context: TrafficContext): Promise<Traffic> {
  return constructors[context.workload.pattern](context);
}

async function requestParts(context: TrafficContext): Promise<RequestParts> {
  const { workload } = context;
  const { framing, expect, message } = workload;
  const { isDatagram } = protocols[workload.protocol];
  const session = await createSession(context);
  const messages = session === null ? null : new SessionMessages(session);
  const ownIds = createIds(context);
  const ids = ownIds ?? (session === null ? null : sessionIds(session));
  const steps = await openingOf(context, session);
  const captured = steps?.captured ?? new Map();
  const conversation = await createConversation(context, captured, createAsides(context));
  if (conversation !== null) {
    const { first: sender, uses, asides } = conversation;
    return { ...plainParts(context, steps), sender, uses, conversation, asides };
  }
  const writer = createWriter(context, session, steps, ownIds);
  const { stamped, partlyStamped, fixedBytes } = writer;
  const sender = createSender(context, writer);
  const checkOf = (spec: ExpectSpec) => {
    const expected = createReplyCheck(spec);
    return messages?.checking(expected) ?? expected;
  };
  const check = checkOf(expect);
  const mix = createMix(context, checkOf);
  const rules = messages?.rules ?? null;
  const asides = asidesOf(context, rules);
  const keepWhole =
    ownIds !== null ||
    (mix ?? check).needsReply ||
    (rules === null && asides !== null) ||
    (session !== null && readsMessages(session));
  // Where their request says where replies end, one that is missing puts all out of step.
  const isFramedByRequest =
    (framing?.kind === "echo" && fixedBytes === null) || workload.framingEach !== null;
  const isDistinct = sender.isDistinct && !partlyStamped && !isFramedByRequest;
  const isEcho = (workload.expectEach ?? [expect]).every(({ kind }) => kind === "echo");
  return {
    ...plainParts(context, steps),
    sender,
    session,
    uses: sender.uses,
    reader: replyReader(context, session, keepWhole, asides),
    check,
    refusal: rules === null || isDatagram ? null : (messages?.refusal ?? null),
    mix,
    asides,
    stamped: isDatagram && (stamped || partlyStamped),
    isDistinct,
    ids,
    matches: ids === null && rules === null && isEcho && isDistinct,
    // A protocol that tells messages apart says of each what it is.
    doubts: framing?.kind !== "http" && ids === null && rules === null,
    resends:
      framing?.kind === "http" &&
      messagesOf(message).every((one) => isIdempotent(messageStart(one))),
  };
}

/** Of requests of which nothing is known but what their workload says: no reply is read. */
function plainParts(
  context: TrafficContext,
  steps: OpeningFactory | null,
): Omit<RequestParts, "sender" | "uses"> {
  const { workload } = context;
  return {
    conversation: null,
    session: null,
    steps,
    reader: null,
    check: createReplyCheck({ kind: "any" }),
    refusal: null,
    mix: null,
    asides: null,
    isDatagram: protocols[workload.protocol].isDatagram,
    stamped: false,
    isDistinct: false,
    ids: null,
    matches: false,
    doubts: false,
    resends: false,
    arrivals: arrivalsOf(context),
    durationNs: workload.durationNs,
    remembered: null,
    closeError: null,
    goOn: null,
  };
}

/** Whether a request may be sent twice. @see RFC 9110, section 9.2.2 */
function isIdempotent(start: Uint8Array): boolean {
  return /^(GET|HEAD|OPTIONS|TRACE|PUT|DELETE) /.test(Buffer.from(start).toString("latin1"));
}

function createSender({ workload }: TrafficContext, writer: MessageWriter): Sender {
  const { protocol, message, expect } = workload;
  const isStamped =
    protocols[protocol].isDatagram ||
    expect.kind === "echo" ||
    message.kind === "mix" ||
    isHeard(workload);
  return new Sender(writer, isStamped);
}

/** Whether others receive the workload's messages, and read when they were sent. */
function isHeard({ pattern, publishes }: Workload): boolean {
  return patterns[pattern].bringsReceivers || publishes.length > 0;
}

function messageContext(
  { workload, index, seed, tag, data = [] }: TrafficContext,
  steps: OpeningFactory | null,
): MessageContext {
  const timed = isHeard(workload);
  return { workload: index, seed, tag, timed, data, ...(steps && { bySlot: steps.captured }) };
}

function createWriter(
  context: TrafficContext,
  session: ProtocolSession | null,
  steps: OpeningFactory | null,
  ids: Ids | null,
): MessageWriter {
  const { message, protocol } = context.workload;
  const writer = createMessage(message, messageContext(context, steps));
  const payload = ids === null ? writer : withIds(writer, ids);
  if (session === null) return payload;
  return withProtocol(payload, session, protocols[protocol].isDatagram ? largestDatagram : null);
}

/** What connections go through before they count as open: as the protocol says, or the scenario. */
async function openingOf(
  context: TrafficContext,
  session: ProtocolSession | null,
): Promise<OpeningFactory | null> {
  const { isDatagram } = protocols[context.workload.protocol];
  const own = session === null ? null : sessionOpening(session, !isDatagram);
  return own ?? (await createOpenSteps(context));
}

function createIds({ workload, seed }: TrafficContext): Ids | null {
  return workload.id === null ? null : new Ids(workload.id, seed);
}

function arrivalsOf({ workload, portion, seed }: TrafficContext): SchedulePortion | null {
  const { load } = workload;
  if (load.model === "closed") return null;
  return createPortion(createSchedule({ ...load, seed }), portion);
}

/**
 * What reads what the peer says where there are no replies, as its protocol or `unsolicited` tells; null: nothing that
 * comes says anything.
 */
function oneWayInput(context: TrafficContext, session: ProtocolSession | null): OneWayInput | null {
  const messages = session === null ? null : new SessionMessages(session);
  const rules = messages?.rules ?? null;
  if (session !== null && rules === null) return null;
  const asides = asidesOf(context, rules);
  if (asides === null) return null;
  const reader = replyReader(context, session, session === null || readsMessages(session), null);
  const none = { awaitedLength: () => 0, awaitedMessage: () => 0 };
  return new OneWayInput(context, asides, messages, reader?.(none) ?? null);
}

/** What takes out messages that are no replies, as a protocol says, or the scenario; null: nothing does. */
function asidesOf(context: TrafficContext, rules: AsideRules | null): Asides | null {
  return rules === null ? createAsides(context) : new Asides(rules, context);
}

/** What reads the replies of a TCP workload, given the length of the request they answer. */
function replyReader(
  { workload, portion }: TrafficContext,
  session: ProtocolSession | null,
  keepWhole: boolean,
  asides: Asides | null,
): RequestParts["reader"] {
  const { framing, framingEach, message } = workload;
  if (protocols[workload.protocol].isDatagram) return null;
  const readerOf = (framer: Framer) => {
    const reader = createReplyReader(framer, portion.connections, keepWhole);
    return asides === null ? reader : asides.beside(reader);
  };
  if (session !== null) return () => readerOf(sessionFramer(session));
  if (framing === null) return null;
  // The framer is made before the traffic exists; what requests there are is known only to that.
  let awaited: Awaited = { awaitedLength: () => 0, awaitedMessage: () => 0 };
  const framerFor = (spec: FramingSpec, request: OneMessageSpec) =>
    createFramer(spec, portion.connections, {
      requestLength: (slot) => awaited.awaitedLength(slot),
      requestStart: messageStart(request),
    });
  const requests = messagesOf(message);
  const [first] = requests as readonly [OneMessageSpec];
  // The reply to HEAD has no body.
  const isEach = requests.length > 1 && (framingEach !== null || framing.kind === "http");
  const framer = isEach
    ? createMixedFramer(
        requests.map((one, i) => framerFor(framingEach?.[i] ?? framing, one)),
        portion.connections,
        (slot) => awaited.awaitedMessage(slot),
      )
    : framerFor(framingEach?.[0] ?? framing, first);
  return (requests) => {
    awaited = requests;
    return readerOf(framer);
  };
}
