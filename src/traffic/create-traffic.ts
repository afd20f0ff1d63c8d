import { protocols } from "../address/protocol.ts";
import { createFramer } from "../framing/framings.ts";
import { createReplyCheck } from "../framing/reply-check.ts";
import { createReplyReader, type ReplyReader } from "../framing/reply-reader.ts";
import { createMessage, messageStart } from "../messages/create-message.ts";
import type { PatternName } from "../scenario/patterns.ts";
import { createSchedule } from "../schedule/create-schedule.ts";
import { createPortion, type SchedulePortion } from "../schedule/portion.ts";
import { ChurnTraffic } from "./churn.ts";
import { createHoldSchedule, keptAlive, rememberedByHold } from "./hold.ts";
import { RequestTraffic } from "./request.ts";
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
      arrivals: createPortion(createHoldSchedule(workload), portion.portion, portion.ofPortions),
      remembered: rememberedByHold(workload),
      goOn: keptAlive(workload, portion),
    });
  },
  churn: async (context) =>
    new ChurnTraffic(context, {
      sender: createSender(context),
      reader: await replyReader(context),
      check: createReplyCheck(context.workload.expect),
      arrivals: arrivalsOf(context),
    }),
  stream: async (context) =>
    new StreamTraffic(context, { sender: createSender(context), arrivals: arrivalsOf(context) }),
  broadcast: async (context) =>
    new StreamTraffic(context, {
      sender: createSender(context, true),
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

async function requestParts(context: TrafficContext) {
  const { workload, index, seed } = context;
  const isUdp = protocols[workload.protocol].isDatagram;
  const writer = createMessage(workload.message, { workload: index, seed });
  return {
    sender: createSender(context),
    reader: await replyReader(context),
    check: createReplyCheck(workload.expect),
    stamped: isUdp && writer.stamped,
    partlyStamped: isUdp && writer.partlyStamped,
    arrivals: arrivalsOf(context),
    durationNs: workload.durationNs,
    remembered: null,
    goOn: null,
  };
}

function createSender({ workload, index, seed }: TrafficContext, timed = false): Sender {
  const writer = createMessage(workload.message, { workload: index, seed });
  return new Sender(writer, protocols[workload.protocol].isDatagram, timed);
}

function arrivalsOf({ workload, portion, seed }: TrafficContext): SchedulePortion | null {
  const { load } = workload;
  if (load.model === "closed") return null;
  return createPortion(createSchedule({ ...load, seed }), portion.portion, portion.ofPortions);
}

/** What reads the replies of a TCP workload, given the length of the request they answer. */
async function replyReader({
  workload,
  portion,
}: TrafficContext): Promise<((requestBytes: (slot: number) => number) => ReplyReader) | null> {
  const { framing, expect, message } = workload;
  if (framing === null || protocols[workload.protocol].isDatagram) return null;
  // Modules are loaded before the traffic exists; the length of requests is known only to it.
  let lengthOf: (slot: number) => number = () => 0;
  const framer = await createFramer(framing, portion.connections, {
    requestLength: (slot) => lengthOf(slot),
    requestStart: messageStart(message),
  });
  return (requestBytes) => {
    lengthOf = requestBytes;
    return createReplyReader(framer, portion.connections, createReplyCheck(expect).needsReply);
  };
}
