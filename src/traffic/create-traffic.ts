import { protocols } from "../address/protocol.ts";
import { createFramer } from "../framing/framings.ts";
import { createReplyCheck } from "../framing/reply-check.ts";
import { createReplyReader, type ReplyReader } from "../framing/reply-reader.ts";
import { createMessage, type MessageContext, messageStart } from "../messages/create-message.ts";
import { Ids, withIds } from "../messages/ids.ts";
import type { MessageWriter } from "../messages/message.ts";
import type { PatternName } from "../scenario/patterns.ts";
import { createSchedule } from "../schedule/create-schedule.ts";
import { createPortion, type SchedulePortion } from "../schedule/portion.ts";
import { ChurnTraffic } from "./churn.ts";
import { createOpenSteps, type OpenStepsFactory } from "./connections/open-steps.ts";
import { createHoldSchedule, keptAlive, rememberedByHold } from "./hold.ts";
import { type Asides, createAsides } from "./replies/asides.ts";
import { failure } from "./replies/error-side.ts";
import { RequestTraffic } from "./request.ts";
import type { RequestParts } from "./request-parts.ts";
import { Sender } from "./sender.ts";
import { StreamTraffic } from "./stream.ts";
import type { Traffic, TrafficContext } from "./traffic.ts";

/** What makes the traffic of each pattern; what else is known of it stands in scenario/patterns.ts. */
const constructors: Record<PatternName, (context: TrafficContext) => Promise<Traffic>> = {
  request: async (context) => new RequestTraffic(context, await requestParts(context)),
  hold: async (context) => {
    const { workload, portion } = context;
    return new RequestTraffic(context, {
      ...(await requestParts(context)),
      arrivals: createPortion(createHoldSchedule(workload), portion),
      remembered: rememberedByHold(workload),
      closeError: workload.expectClose ? null : failure.closedByTarget,
      goOn: keptAlive(workload, portion),
    });
  },
  churn: async (context) => {
    const { sender, steps, reader, check, asides, isDatagram, stamped, ids, doubts, arrivals } =
      await requestParts(context);
    return new ChurnTraffic(context, {
      sender,
      steps,
      reader,
      check,
      asides,
      stamped,
      ids,
      doubts: doubts && !isDatagram,
      arrivals,
    });
  },
  stream: async (context) => {
    const steps = await createOpenSteps(context);
    const sender = createSender(context, createWriter(context, steps, null));
    return new StreamTraffic(context, { sender, steps, arrivals: arrivalsOf(context) });
  },
  broadcast: async (context) =>
    new StreamTraffic(context, {
      sender: createSender(context, createWriter(context, null, null), true),
      steps: null,
      arrivals: arrivalsOf(context),
    }),
};

/**
 * One worker's part of one workload.
 *
 * @throws UserError when a framing module or a message cannot be used
 */
export function createTraffic(context: TrafficContext): Promise<Traffic> {
  return constructors[context.workload.pattern](context);
}

async function requestParts(context: TrafficContext): Promise<RequestParts> {
  const { workload } = context;
  const { framing, expect, message } = workload;
  const { isDatagram } = protocols[workload.protocol];
  const ids = createIds(context);
  const steps = await createOpenSteps(context);
  const writer = createWriter(context, steps, ids);
  const { stamped, partlyStamped, fixedBytes } = writer;
  const sender = createSender(context, writer);
  const check = createReplyCheck(expect);
  const asides = createAsides(context);
  // Where replies are as long as their request is expected to be, one that is missing puts all out of step.
  const isFramedByRequest = framing?.kind === "echo" && fixedBytes === null;
  const isDistinct = sender.isDistinct && !partlyStamped && !isFramedByRequest;
  return {
    sender,
    steps,
    reader: await replyReader(context, ids !== null || check.needsReply, asides),
    check,
    asides,
    isDatagram,
    stamped: isDatagram && (stamped || partlyStamped),
    isDistinct,
    ids,
    matches: ids === null && expect.kind === "echo" && isDistinct,
    doubts: framing?.kind !== "http" && ids === null,
    resends: framing?.kind === "http" && isIdempotent(messageStart(message)),
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

function createSender({ workload }: TrafficContext, writer: MessageWriter, timed = false): Sender {
  const isStamped = protocols[workload.protocol].isDatagram || workload.expect.kind === "echo";
  return new Sender(writer, isStamped, timed);
}

function messageContext(
  { index: workload, seed, tag, data = [] }: TrafficContext,
  steps: OpenStepsFactory | null,
): MessageContext {
  return { workload, seed, tag, data, ...(steps && { bySlot: steps.captured }) };
}

function createWriter(
  context: TrafficContext,
  steps: OpenStepsFactory | null,
  ids: Ids | null,
): MessageWriter {
  const writer = createMessage(context.workload.message, messageContext(context, steps));
  return ids === null ? writer : withIds(writer, ids);
}

function createIds({ workload, seed }: TrafficContext): Ids | null {
  return workload.id === null ? null : new Ids(workload.id, seed);
}

function arrivalsOf({ workload, portion, seed }: TrafficContext): SchedulePortion | null {
  const { load } = workload;
  if (load.model === "closed") return null;
  return createPortion(createSchedule({ ...load, seed }), portion);
}

/** What reads the replies of a TCP workload, given the length of the request they answer. */
async function replyReader(
  { workload, portion }: TrafficContext,
  keepWhole: boolean,
  asides: Asides | null,
): Promise<((requestBytes: (slot: number) => number) => ReplyReader) | null> {
  const { framing, message } = workload;
  if (framing === null || protocols[workload.protocol].isDatagram) return null;
  // Modules are loaded before the traffic exists; the length of requests is known only to it.
  let lengthOf: (slot: number) => number = () => 0;
  const framer = await createFramer(framing, portion.connections, {
    requestLength: (slot) => lengthOf(slot),
    requestStart: messageStart(message),
  });
  return (requestBytes) => {
    lengthOf = requestBytes;
    const reader = createReplyReader(framer, portion.connections, keepWhole || asides !== null);
    return asides === null ? reader : asides.beside(reader);
  };
}
