import { protocols } from "../../address/protocol.ts";
import type { FramingSpec } from "../../framing/framers/specs.ts";
import { framings, listFramings } from "../../framing/framings.ts";
import type { ExpectSpec } from "../../framing/reply-check.ts";
import type { MessageSpec } from "../../messages/spec.ts";
import { patterns } from "../patterns.ts";
import type { ResolvedProtocol } from "../protocol/normalise.ts";
import type { WorkloadParts } from "../scenario.ts";
import type { MessageInput, MixedMessageInput } from "../schema/message.ts";
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
  requestProblem,
} from "./message.ts";
import { normaliseMix } from "./parts/mix.ts";
import type { ResolvedTarget } from "./target.ts";
import { sendsNothing } from "./workload-fields.ts";

/** What a workload sends and how it reads replies. */
export interface ResolvedExchange {
  readonly message: MessageSpec;
  readonly parts: WorkloadParts | null;
  readonly framing: FramingSpec | null;
  readonly expect: ExpectSpec;
  /** By message of a mix; null: none has one of its own. */
  readonly framingEach: readonly FramingSpec[] | null;
  readonly expectEach: readonly ExpectSpec[] | null;
}

const noMix = { parts: null, framingEach: null, expectEach: null };

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
  if (input.steps !== undefined) return ofSteps(input, path, context);
  if (sendsNothing(input)) {
    const framing = protocol === null ? framingOfAsides(input, target, path, context) : null;
    return { message: defaultMessage.spec, framing, expect: expectAny, ...noMix };
  }
  const reads = !patterns[input.pattern].oneWay;
  const builtin = target.server?.builtin ?? null;
  if (reads && (builtin === "tcp-sink" || builtin === "udp-sink")) {
    const message = `${builtin} never replies; use pattern stream, or a server that answers`;
    diagnostics.value([...path, "target"], message);
  }
  const mixed = input.messages;
  const sentAs = protocol === null ? target.protocol : "payload";
  const mix =
    mixed === undefined ? null : normaliseMix(mixed, sentAs, [...path, "messages"], context);
  if (mixed !== undefined) checkMix(mixed, input, target, protocol, path, context);
  const message =
    mixed !== undefined
      ? mix
      : protocol === null
        ? messageOf(input, target, path, context)
        : payloadOf(input, protocol, path, context);
  const { isDatagram } = protocols[target.protocol];
  const isFramed = reads && !isDatagram && protocol === null;
  const framingsOfMix = isFramed ? framingsIn(mixed ?? [], path, context) : null;
  const isGivenByEach = input.framing === undefined && framingsOfMix?.includes(null) === false;
  const framing = isGivenByEach
    ? (framingsOfMix[0] ?? null)
    : isFramed
      ? framingOf(input, target, message, path, context)
      : protocol === null
        ? framingOfAsides(input, target, path, context)
        : null;
  for (const [given, at] of [
    [input.expect, path] as const,
    ...(mixed ?? []).map((one, index) => [one.expect, [...path, "messages", index]] as const),
  ]) {
    if (protocol === null || typeof given !== "object" || given.status === undefined) continue;
    const message = `protocol ${protocol.name} says itself which replies are errors; leave status out`;
    diagnostics.key([...at, "expect", "status"], message);
  }
  const expectOf = (given: WorkloadInput["expect"], at: Path, of: FramingSpec | null) =>
    given === undefined
      ? expectByDefault(of)
      : (normaliseExpect(given, at, diagnostics, of, isDatagram) ?? expectAny);
  const expect = reads
    ? expectOf(input.expect, [...path, "expect"], framing)
    : expectByDefault(framing);
  const framingEach =
    framing === null ? null : (framingsOfMix?.map((one) => one ?? framing) ?? null);
  const hasExpects = reads && mixed?.some((one) => one.expect !== undefined) === true;
  return {
    message: (message ?? defaultMessage).spec,
    parts: mix?.parts ?? null,
    framing,
    expect,
    framingEach,
    expectEach: hasExpects
      ? mixed.map((one, index) =>
          one.expect === undefined
            ? expect
            : expectOf(
                one.expect,
                [...path, "messages", index, "expect"],
                framingEach?.[index] ?? framing,
              ),
        )
      : null,
  };
}

/** The framings that messages of a mix have of their own; null: none has. */
function framingsIn(
  mixed: readonly MixedMessageInput[],
  path: Path,
  context: NormaliseContext,
): readonly (FramingSpec | null)[] | null {
  if (mixed.every(({ framing }) => framing === undefined)) return null;
  return mixed.map(({ framing }, index) =>
    framing === undefined
      ? null
      : normaliseFraming(framing, [...path, "messages", index, "framing"], context),
  );
}

/** What messages of a mix cannot have for themselves. */
function checkMix(
  mixed: readonly MixedMessageInput[],
  input: WorkloadInput,
  target: ResolvedTarget,
  protocol: ResolvedProtocol | null,
  path: Path,
  { diagnostics }: NormaliseContext,
): void {
  if (protocol?.facts?.message === null) {
    diagnostics.key([...path, "messages"], noPayloads("messages", protocol.name));
  }
  if (input.message !== undefined) {
    diagnostics.key(
      [...path, "messages"],
      "message and messages both say what is sent: give one of them",
    );
  }
  const builtin = target.server?.builtin ?? null;
  for (const [index, one] of mixed.entries()) {
    const at = [...path, "messages", index];
    const why =
      protocol === null
        ? whyOneFraming(one, input, target)
        : `protocol ${protocol.name} finds the replies itself; leave framing out`;
    if (one.framing !== undefined && why !== null) diagnostics.key([...at, "framing"], why);
    if (one.expect !== undefined && patterns[input.pattern].oneWay) {
      const text = `expect has no meaning for ${input.pattern}, which waits for no reply`;
      diagnostics.key([...at, "expect"], text);
    }
    const isHttp = builtin === "tcp-http" || isHttpFraming(one.framing ?? input.framing);
    if (isHttp) checkRequest(one.message, input, target, [...at, "message"], diagnostics);
  }
}

/** Whether a message to an HTTP server is a request, as far as its form says. */
function checkRequest(
  message: MessageInput,
  { pattern }: WorkloadInput,
  { server }: ResolvedTarget,
  at: Path,
  diagnostics: NormaliseContext["diagnostics"],
): void {
  if (typeof message === "object" && message.size !== undefined) {
    diagnostics.value(at, notARequest);
  }
  const reads = !patterns[pattern].oneWay && server?.builtin !== "tcp-echo";
  const problem = reads ? requestProblem(message) : null;
  if (problem === null) return;
  diagnostics.value(typeof message === "string" ? at : [...at, "text"], problem);
}

function noPayloads(field: string, protocol: string): string {
  return `${field}: the messages of protocol ${protocol} have no payload; leave ${field} out`;
}

const notARequest =
  "an HTTP server reads requests; give the request as a text, or leave message out";

/** Why a message cannot have a framing of its own; null: it can. */
function whyOneFraming(
  { framing }: MixedMessageInput,
  input: WorkloadInput,
  { protocol, server }: ResolvedTarget,
): string | null {
  if (patterns[input.pattern].oneWay) {
    return `framing has no meaning for ${input.pattern}, which waits for no reply`;
  }
  if (protocols[protocol].isDatagram) {
    return "over UDP each datagram is one message; leave framing out";
  }
  if (input.id !== undefined) {
    return "id finds replies in any order, so that it is not known which message a reply answers before it is read: give the workload one framing";
  }
  if (input.unsolicited !== undefined) {
    return "what unsolicited takes out may come between any two replies: give the workload one framing";
  }
  if (server?.builtin != null) {
    return `${server.builtin} answers every message in the same way; leave framing out`;
  }
  const all = [input, ...(input.messages ?? [])].filter((one) => one.framing !== undefined);
  if (all.some((one) => isHttpFraming(one.framing) !== isHttpFraming(framing))) {
    return "a connection speaks HTTP or something else, not both: give all messages framing http, or none";
  }
  return null;
}

/** Where messages end that are to be ignored or answered, of a workload that reads no replies. */
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
      "an echo is as long as a message, and nothing is answered here; give another framing",
    );
    return null;
  }
  context.diagnostics.key(
    path,
    `framing is missing: where a message ends that unsolicited speaks of. Give ${listFramings("example")}`,
  );
  return null;
}

/** Steps have what they send and expect; only where replies end may be said of all of them. */
function ofSteps(input: WorkloadInput, path: Path, context: NormaliseContext): ResolvedExchange {
  const { framing: given } = input;
  const at = [...path, "framing"];
  const framing = given === undefined ? null : normaliseFraming(given, at, context);
  return { ...noMix, message: defaultMessage.spec, framing, expect: expectAny };
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
  if (isHttp && message !== null) {
    checkRequest(input.message, input, target, at, context.diagnostics);
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
    diagnostics.key(at, noPayloads("message", name));
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
  message: { readonly fixedBytes: number | null } | null,
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
