import { protocols } from "../../address/protocol.ts";
import { type FramingSpec, framings, listFramings } from "../../framing/framings.ts";
import type { ExpectSpec } from "../../framing/reply-check.ts";
import type { MessageSpec } from "../../messages/spec.ts";
import { patterns } from "../patterns.ts";
import type { ResolvedProtocol } from "../protocol/normalise.ts";
import type { WorkloadInput } from "../schema/workload.ts";
import type { Path } from "../source/tree.ts";
import type { NormaliseContext } from "./context.ts";
import { expectByDefault, normaliseExpect } from "./expect.ts";
import { normaliseFraming } from "./framing.ts";
import {
  defaultHttpMessage,
  defaultMessage,
  noPayload,
  normaliseMessage,
  type ResolvedMessage,
} from "./message.ts";
import type { ResolvedTarget } from "./target.ts";
import { sendsNothing } from "./workload-fields.ts";

/** What a workload sends and how it reads replies. */
export interface ResolvedExchange {
  readonly message: MessageSpec;
  readonly framing: FramingSpec | null;
  readonly expect: ExpectSpec;
}

const expectAny: ExpectSpec = { kind: "any" };

/**
 * Message, framing and expectation with the defaults that follow from the target; problems are reported.
 *
 * @param protocol null: messages are sent as they are
 */
export function normaliseExchange(
  input: WorkloadInput,
  target: ResolvedTarget,
  protocol: ResolvedProtocol | null,
  path: Path,
  context: NormaliseContext,
): ResolvedExchange {
  const { diagnostics } = context;
  if (sendsNothing(input)) {
    const framing = protocol === null ? framingOfAsides(input, target, path, context) : null;
    return { message: defaultMessage.spec, framing, expect: expectAny };
  }
  const reads = !patterns[input.pattern].oneWay;
  const builtin = target.server?.builtin ?? null;
  if (reads && (builtin === "tcp-sink" || builtin === "udp-sink")) {
    const message = `${builtin} never replies; use pattern stream, or a server that answers`;
    diagnostics.value([...path, "target"], message);
  }
  const message =
    protocol === null
      ? messageOf(input, target, path, context)
      : payloadOf(input, protocol, path, context);
  const { isDatagram } = protocols[target.protocol];
  const isFramed = reads && !isDatagram && protocol === null;
  const framing = isFramed ? framingOf(input, target, message, path, context) : null;
  if (protocol !== null && typeof input.expect === "object" && input.expect.status !== undefined) {
    const message = `protocol ${protocol.name} says itself which replies are errors; leave status out`;
    diagnostics.key([...path, "expect", "status"], message);
  }
  const expect =
    reads && input.expect !== undefined
      ? normaliseExpect(input.expect, [...path, "expect"], diagnostics, framing, isDatagram)
      : expectByDefault(framing);
  return { message: (message ?? defaultMessage).spec, framing, expect: expect ?? expectAny };
}

/** Where messages end that are to be ignored or answered, of a workload that sends nothing itself. */
function framingOfAsides(
  input: WorkloadInput,
  target: ResolvedTarget,
  path: Path,
  context: NormaliseContext,
): FramingSpec | null {
  const { isDatagram } = protocols[target.protocol];
  if (input.unsolicited === undefined || isDatagram) return null;
  if (input.framing !== undefined) {
    const framing = normaliseFraming(input.framing, [...path, "framing"], context);
    if (framing?.kind !== "echo") return framing;
    context.diagnostics.value(
      [...path, "framing"],
      "an echo is as long as a message, and nothing is sent here; give another framing",
    );
    return null;
  }
  context.diagnostics.key(
    path,
    `framing is missing: where a message ends that unsolicited speaks of. Give ${listFramings("example")}`,
  );
  return null;
}

function messageOf(
  input: WorkloadInput,
  target: ResolvedTarget,
  path: Path,
  context: NormaliseContext,
): ResolvedMessage | null {
  const { diagnostics } = context;
  const builtin = target.server?.builtin ?? null;
  const isHttp = builtin === "tcp-http" || isHttpFraming(input.framing);
  if (input.message === undefined) {
    if (isHttp) return defaultHttpMessage;
    if (builtin !== null || patterns[input.pattern].bringsReceivers) return defaultMessage;
    diagnostics.key(
      path,
      'message is missing: what to send, as in message: "PING\\r\\n" or { size: 64 }',
    );
    return null;
  }
  const at = [...path, "message"];
  const message = normaliseMessage(input.message, target.protocol, at, context);
  if (isHttp && (message?.spec.kind === "size" || message?.spec.kind === "sizes")) {
    diagnostics.value(
      at,
      "an HTTP server reads requests; give the request as a text, or leave message out",
    );
  }
  return message;
}

/** The payload of a protocol's messages. */
function payloadOf(
  input: WorkloadInput,
  { name, facts }: ResolvedProtocol,
  path: Path,
  context: NormaliseContext,
): ResolvedMessage | null {
  const { diagnostics } = context;
  const at = [...path, "message"];
  const given = input.message ?? facts?.message?.default ?? undefined;
  if (facts?.message === null && input.message !== undefined) {
    const message = `message: the messages of protocol ${name} have no payload; leave message out`;
    diagnostics.key(at, message);
  }
  if (given !== undefined) return normaliseMessage(given, "payload", at, context);
  if (facts !== null && facts.message !== null) {
    diagnostics.key(
      path,
      `message is missing: what protocol ${name} sends: ${facts.message.about}`,
    );
  }
  return noPayload;
}

function isHttpFraming(framing: WorkloadInput["framing"]): boolean {
  return framing === "http" || (typeof framing === "object" && framing.http !== undefined);
}

function framingOf(
  input: WorkloadInput,
  target: ResolvedTarget,
  message: ResolvedMessage | null,
  path: Path,
  context: NormaliseContext,
): FramingSpec | null {
  const { diagnostics } = context;
  const builtin = target.server?.builtin ?? null;
  const at = [...path, "framing"];
  const length = message?.fixedBytes ?? null;
  if (input.framing === undefined) {
    if (builtin === "tcp-http") return framings.http.alone;
    // A reply that is to equal the message is as long as that.
    if (builtin === "tcp-echo" || (builtin === null && input.expect === "echo")) {
      return length === null ? { kind: "echo" } : { kind: "fixed", bytes: length };
    }
    if (builtin === null) {
      diagnostics.key(
        path,
        `framing is missing: where a reply ends. Give ${listFramings("example")}, or expect: echo where a reply equals its message`,
      );
    }
    return null;
  }
  const framing = normaliseFraming(input.framing, at, context);
  if (framing === null) return null;
  if (builtin === "tcp-http" && framing.kind !== "http") {
    diagnostics.value(at, "tcp-http replies in HTTP; give http, or leave framing out");
  }
  if (builtin === "tcp-echo" && framing.kind === "http") {
    diagnostics.value(
      at,
      "tcp-echo sends back what it received, not HTTP responses; leave framing out",
    );
  }
  if (
    builtin === "tcp-echo" &&
    framing.kind === "fixed" &&
    length !== null &&
    length !== framing.bytes
  ) {
    const text = `tcp-echo replies with the ${length} bytes of the message, not with ${framing.bytes}`;
    diagnostics.value(at, `${text}; leave framing out`);
  }
  return framing;
}
