import { createFramer } from "../../framing/framings.ts";
import { createReplyCheck } from "../../framing/reply-check.ts";
import { createReplyReader, type ReplyReader } from "../../framing/reply-reader.ts";
import { createMessage, messageStart } from "../../messages/create-message.ts";
import type { KeyUses } from "../../messages/message.ts";
import type { SlotBytes } from "../../messages/template/slot-bytes.ts";
import { withoutStamp } from "../../messages/without-stamp.ts";
import type { ExchangeStep, OpenStep } from "../../scenario/scenario.ts";
import { Sender } from "../sender.ts";
import type { TrafficContext } from "../traffic.ts";
import { Captured } from "./captured.ts";
import { type Opening, type Step, Steps, type StepsHost } from "./steps.ts";

/** Makes what connections go through, once there are some. */
export interface OpeningFactory {
  /** What its messages need of their keys, beside connection and sequence. */
  readonly uses: KeyUses;
  /** What messages take from each slot, by name: what these steps keep, and those before them. */
  readonly captured: ReadonlyMap<string, Captured>;
  create(host: StepsHost): Opening;
}

/** Makes steps, once there are connections. */
export interface StepsFactory extends OpeningFactory {
  readonly steps: readonly Step[];
  create(host: StepsHost): Steps;
}

const noBytes = Buffer.alloc(0);

/** The steps of a workload's connections; null where it has none. @throws (rejects with) as `createSteps` */
export async function createOpenSteps(context: TrafficContext): Promise<StepsFactory | null> {
  const { open } = context.workload;
  return open.length === 0 ? null : await createSteps(context, open, new Map());
}

/**
 * @param before what earlier steps keep, by name
 * @throws (rejects with) UserError: as `createFramer` and `createMessage`
 */
export async function createSteps(
  context: TrafficContext,
  specs: readonly (OpenStep | ExchangeStep)[],
  before: ReadonlyMap<string, Captured>,
): Promise<StepsFactory> {
  const slots = context.portion.connections;
  // Modules are loaded before the connections exist.
  let lengthOf: () => number = () => 0;
  const readers = new Map<string, ReplyReader>();
  const readerOf = async ({ message, receive }: OpenStep): Promise<ReplyReader | null> => {
    const framing = receive?.framing ?? null;
    if (framing === null) return null;
    const requestStart = message === null ? noBytes : messageStart(message);
    const key = JSON.stringify([framing, framing.kind === "http" ? [...requestStart] : null]);
    const known = readers.get(key);
    if (known !== undefined) return known;
    const requestLength = () => lengthOf();
    const framer = createFramer(framing, slots, { requestLength, requestStart });
    const reader = createReplyReader(framer, slots, true, []);
    readers.set(key, reader);
    return reader;
  };
  const captured = new Map(before);
  const steps: Step[] = [];
  for (const spec of specs) {
    steps.push({
      thinkNs: "thinkNs" in spec ? spec.thinkNs : 0,
      sender: spec.message === null ? null : senderOf(spec.message, context, captured),
      receives: spec.receive !== null,
      reader: await readerOf(spec),
      check: createReplyCheck(spec.receive?.expect ?? { kind: "any" }),
      captured: spec.capture.map((one) => {
        const value = new Captured(one, slots);
        captured.set(one.name, value);
        return value;
      }),
    });
  }
  const use = (what: keyof KeyUses) => steps.some(({ sender }) => sender?.uses[what] === true);
  return {
    steps,
    captured,
    uses: {
      number: use("number"),
      sentNs: use("sentNs"),
      times: use("times"),
      source: use("source"),
    },
    create(host) {
      const created = new Steps(steps, slots, host);
      lengthOf = () => created.awaitedBytes;
      return created;
    },
  };
}

/** Stamps are for exchanges of one message: those of steps must not be taken for them. */
function senderOf(
  message: NonNullable<OpenStep["message"]>,
  { seed, tag, data = [] }: TrafficContext,
  bySlot: ReadonlyMap<string, SlotBytes>,
): Sender {
  const writer = createMessage(message, { workload: 0, seed, tag, data, bySlot });
  return new Sender(withoutStamp(writer), true);
}
