import { monotonicNs } from "../base/clock.ts";
import type { DataSets } from "./data/data-set.ts";
import { createConstantMessage, type MessageWriter } from "./message.ts";
import { choiceOf, createMixMessage } from "./mix.ts";
import { timedStampBytes } from "./send-time.ts";
import { createSizeMessage, createSizesMessage, type StampedBy } from "./size-message.ts";
import { boundsOf } from "./sizes.ts";
import type { MessageSpec, OneMessageSpec } from "./spec.ts";
import type { ClosestName } from "./template/compile.ts";
import type { SlotBytes } from "./template/slot-bytes.ts";
import { createTemplateMessage, hasStamp, textStart } from "./template/template-message.ts";

/** What messages need to know about the run. */
export interface MessageContext extends StampedBy {
  /** What templates take rows from; left out: nothing. */
  readonly data?: DataSets;
  /** What templates take from each slot, by name; left out: nothing. */
  readonly bySlot?: ReadonlyMap<string, SlotBytes>;
  /** For messages about unknown names, which else list what is known. */
  readonly closestName?: ClosestName;
}

/**
 * Creates the writer of a scenario's messages.
 *
 * @throws UserError for an unknown placeholder, or a workload that a stamp cannot hold
 */
export function createMessage(spec: MessageSpec, context: MessageContext): MessageWriter {
  switch (spec.kind) {
    case "size":
      return createSizeMessage(spec.bytes, context);
    case "sizes":
      return createSizesMessage(spec.sizes, context);
    case "bytes":
      return createConstantMessage(Buffer.from(spec.base64, "base64"));
    case "mix":
      return createMixMessage(
        spec.messages.map(({ message }) => createMessage(message, context)),
        choiceOf(spec, context.seed),
      );
    case "template":
      return createTemplateMessage(spec, {
        seed: context.seed,
        tag: context.tag,
        workload: context.workload,
        data: context.data ?? [],
        bySlot: context.bySlot ?? new Map(),
        closestName: context.closestName ?? (() => null),
        epochMs: Date.now() - monotonicNs() / 1e6,
      });
  }
}

/** The messages that a workload sends: one, or those of a mix. */
export function messagesOf(spec: MessageSpec): readonly OneMessageSpec[] {
  return spec.kind === "mix" ? spec.messages.map(({ message }) => message) : [spec];
}

/** Whether every message has a stamp that says when it was sent, where stamps are timed. */
export function isTimed(spec: MessageSpec): boolean {
  switch (spec.kind) {
    case "size":
      return spec.bytes >= timedStampBytes;
    case "sizes":
      return boundsOf(spec.sizes).leastBytes >= timedStampBytes;
    case "bytes":
      return false;
    case "template":
      return hasStamp(spec);
    case "mix":
      return spec.messages.every(({ message }) => isTimed(message));
  }
}

/**
 * The bytes that every message starts with: all of it, or what stands before a template's first
 * placeholder; empty where messages are of a pattern.
 */
export function messageStart(spec: OneMessageSpec): Uint8Array {
  if (spec.kind === "bytes") return Buffer.from(spec.base64, "base64");
  return spec.kind === "template" ? textStart(spec.text) : Buffer.alloc(0);
}
