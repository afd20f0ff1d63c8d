import { resolve } from "node:path";
import { largestDatagram, type Protocol, protocols } from "../../address/protocol.ts";
import { bytesOf } from "../../base/bytes-input.ts";
import { UserError } from "../../base/errors.ts";
import { closestName } from "../../base/suggestion.ts";
import { createMessage } from "../../messages/create-message.ts";
import { boundsOf } from "../../messages/sizes.ts";
import type { OneMessageSpec, SizeSpec, TemplateSpec } from "../../messages/spec.ts";
import { isBuiltInName } from "../../messages/template/compile.ts";
import { namedColumns } from "../../messages/template/template-message.ts";
import { largestMessage, type MessageInput } from "../schema/message.ts";
import { keysOf } from "../schema/values.ts";
import { besideFile } from "../source/include.ts";
import { readUserFile } from "../source/source-file.ts";
import type { Path } from "../source/tree.ts";
import { attempt, type NormaliseContext, soleKey } from "./context.ts";

type SizesInput = Exclude<NonNullable<Exclude<MessageInput, string>["size"]>, number>;

/** A message, and its length where all have the same. */
export interface ResolvedMessage {
  readonly spec: OneMessageSpec;
  readonly fixedBytes: number | null;
}

/** What messages are for: to be sent as they are, or to be put into a protocol's. */
export type Carrier = Protocol | "payload";

/** What workloads send to echo and sink servers when the scenario does not say. */
export const defaultMessage: ResolvedMessage = {
  spec: { kind: "size", bytes: 64 },
  fixedBytes: 64,
};

/** What a protocol without messages of the workload's is given. */
export const noPayload: ResolvedMessage = constantMessage(Buffer.alloc(0));

/** What workloads send to HTTP servers when the scenario does not say. */
export const defaultHttpMessage = constantMessage(
  Buffer.from("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
);

/** @returns null where the message is wrong, which is reported */
export function normaliseMessage(
  input: MessageInput,
  carrier: Carrier,
  path: Path,
  context: NormaliseContext,
): ResolvedMessage | null {
  const { diagnostics } = context;
  if (typeof input === "string") {
    return attempt(diagnostics, path, () => {
      refuseSize(input);
      return textMessage({ kind: "template", text: input }, carrier, context);
    });
  }
  const { parts, ...content } = input;
  const known = keysOf("a message").filter((one) => one !== "parts");
  const key = soleKey<keyof typeof content>(diagnostics, path, content, known);
  if (key === null) return null;
  const inner = [...path, key];
  if (parts !== undefined && !areParts(parts, key, [...path, "parts"], context)) return null;
  return attempt(diagnostics, inner, () => {
    if (input.size !== undefined) {
      return sizedMessage(input.size, inner, carrier, diagnostics);
    }
    if (input.text !== undefined) {
      const spec = { kind: "template", text: input.text, ...(parts && { parts }) } as const;
      return textMessage(spec, carrier, context);
    }
    if (input.file !== undefined) {
      const file = besideFile(input.file, diagnostics.at(inner).file);
      return limited(constantMessage(messageFile(file)), carrier);
    }
    return limited(constantMessage(bytesOf(input)), carrier);
  });
}

function sizedMessage(
  size: NonNullable<Exclude<MessageInput, string>["size"]>,
  path: Path,
  carrier: Carrier,
  diagnostics: NormaliseContext["diagnostics"],
): ResolvedMessage | null {
  if (typeof size === "number") {
    return limited({ spec: { kind: "size", bytes: size }, fixedBytes: size }, carrier);
  }
  if (soleKey(diagnostics, path, size, keysOf("lengths")) === null) return null;
  const sizes = sizesSpec(size);
  const { leastBytes, mostBytes } = boundsOf(sizes);
  if (leastBytes === 0 && isStream(carrier)) {
    throw new UserError("an empty message cannot be sent over TCP: start lengths at 1");
  }
  return limited(
    { spec: { kind: "sizes", sizes }, fixedBytes: null, maxBytes: mostBytes },
    carrier,
  );
}

function sizesSpec({ uniform, exponential, choices = [] }: SizesInput): SizeSpec {
  if (uniform !== undefined) {
    const [fromBytes, toBytes] = uniform;
    if (fromBytes > toBytes)
      throw new UserError(`uniform ends with ${toBytes}, before ${fromBytes}`);
    return { kind: "uniform", fromBytes, toBytes };
  }
  if (exponential !== undefined) {
    const { mean, max = 10 * mean } = exponential;
    if (max < mean) throw new UserError(`max ${max} is less than the mean, ${mean}`);
    return { kind: "exponential", meanBytes: mean, mostBytes: max };
  }
  return { kind: "choices", bytes: choices };
}

/** `message: 64KiB` would be the five bytes of that text, which is never intended. */
function refuseSize(text: string): void {
  if (!/^\d+(\.\d+)?\s*[KMG]?i?B$/i.test(text)) return;
  throw new UserError(
    `"${text}" would be sent as a text: write { size: ${text} }, or { text: "${text}" } if it is one`,
  );
}

function messageFile(file: string): Buffer {
  try {
    return readUserFile(resolve(file), largestMessage, "regular");
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${file}: ${error.message}`);
  }
}

/** @returns null where data that it names could not be read, which is noted */
function textMessage(
  spec: TemplateSpec,
  carrier: Carrier,
  { data, captured }: NormaliseContext,
): ResolvedMessage | null {
  if (namedColumns(spec).some(([name]) => data.unread.has(name))) return null;
  const bySlot = captured ?? new Map();
  const run = { workload: 0, seed: 0, tag: 0, data: data.sets, bySlot, closestName };
  const { constant, fixedBytes, maxBytes } = createMessage(spec, run);
  if (constant !== null) return limited(constantMessage(Buffer.from(constant)), carrier);
  return limited({ spec, fixedBytes, maxBytes }, carrier);
}

function areParts(
  parts: Readonly<Record<string, string>>,
  key: string,
  path: Path,
  { diagnostics, data }: NormaliseContext,
): boolean {
  if (key !== "text") {
    diagnostics.key(
      path,
      `parts stand in a text: give text in place of ${key}, or leave parts out`,
    );
    return false;
  }
  const before = diagnostics.problems.length;
  for (const name of Object.keys(parts)) {
    const isData = data.unread.has(name) || data.sets.some((set) => set.name === name);
    if (!isData && !isBuiltInName(name)) continue;
    const what = isData ? "is data of the scenario" : "has a meaning of its own in messages";
    diagnostics.key([...path, name], `the name "${name}" ${what}; choose another`);
  }
  return diagnostics.problems.length === before;
}

function constantMessage(bytes: Buffer): ResolvedMessage {
  const spec = { kind: "bytes", base64: bytes.toString("base64") } as const;
  return { spec, fixedBytes: bytes.length };
}

/** An empty message would be nothing there. */
function isStream(carrier: Carrier): boolean {
  return carrier !== "payload" && !protocols[carrier].isDatagram;
}

function limited(
  message: ResolvedMessage & { readonly maxBytes?: number },
  carrier: Carrier,
): ResolvedMessage {
  const { spec, fixedBytes } = message;
  const bytes = message.maxBytes ?? fixedBytes ?? 0;
  const isDatagram = carrier !== "payload" && protocols[carrier].isDatagram;
  const most = isDatagram ? largestDatagram : largestMessage;
  if (bytes > most) {
    const kind = isDatagram ? "a UDP datagram" : "a message";
    throw new UserError(`the message has up to ${bytes} bytes; ${kind} holds at most ${most}`);
  }
  if (bytes === 0 && isStream(carrier))
    throw new UserError("an empty message cannot be sent over TCP");
  return { spec, fixedBytes };
}

const token = "[\\w!#$%&'*+.^`|~-]+";
const requestLine = new RegExp(`^${token} \\S+ HTTP/1\\.[01]\\r?$`);
/** What it begins with, in front of a placeholder. */
const requestLineStart = new RegExp(`^(${token}( \\S*( [HTP/1.0]*)?)?)?$`);

/**
 * Why a text is not an HTTP/1 request, and what would do; null where it is one, or may be: nobody knows what placeholders
 * come to. Other forms of messages are not looked at: somebody may want to send what is malformed.
 *
 * @see RFC 9112, section 3
 */
export function requestProblem(input: MessageInput): string | null {
  const text = typeof input === "string" ? input : input.text;
  if (text === undefined) return null;
  const [line = ""] = text.split("\n", 1);
  const placeholder = line.indexOf("{{");
  const begins =
    placeholder < 0 ? requestLine.test(line) : requestLineStart.test(line.slice(0, placeholder));
  const ends = text.includes("{{") || /\n\r?\n/.test(text);
  if (begins && ends) return null;
  const what = begins
    ? "this HTTP request does not end with an empty line, so the server would wait for the rest of its headers"
    : `the framing is http, and a message that begins with ${JSON.stringify(line.slice(0, 40))} is not an HTTP request, so no HTTP reply would follow`;
  return (
    `${what}: write one such as "GET / HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n", or leave message out for just that; ` +
    "what is to be malformed can be given as { hex: ... } or { file: ... }"
  );
}
