import { createConstantMessage, type MessageWriter } from "./message.ts";
import { createSizeMessage, createSizesMessage, type StampedBy } from "./size-message.ts";
import type { MessageSpec } from "./spec.ts";
import { parseTemplate } from "./template.ts";
import { createTemplateMessage } from "./template-message.ts";

/** What messages need to know about the run. */
export type MessageContext = StampedBy;

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
    case "template":
      return createTemplateMessage(spec.text);
  }
}

/**
 * The bytes that every message starts with: all of it, or what stands before a template's first
 * placeholder; empty where messages are of a pattern.
 */
export function messageStart(spec: MessageSpec): Uint8Array {
  if (spec.kind === "bytes") return Buffer.from(spec.base64, "base64");
  const first = spec.kind === "template" ? parseTemplate(spec.text)[0] : undefined;
  return first?.kind === "bytes" ? first.bytes : Buffer.alloc(0);
}
