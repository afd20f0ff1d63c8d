import { printableBytes } from "../../base/printable.ts";
import { formatCount, formatDuration, formatSize } from "../../base/units.ts";
import type { FramingSpec } from "../../framing/framers/specs.ts";
import type { ExpectSpec } from "../../framing/reply-check.ts";
import { boundsOf } from "../../messages/sizes.ts";
import type { OneMessageSpec } from "../../messages/spec.ts";
import { patterns } from "../../scenario/patterns.ts";
import type { ExchangeStep, OpenStep, UnsolicitedSpec, Workload } from "../../scenario/scenario.ts";

/** Characters shown of a message or of what is expected. */
const mostShown = 40;

/** "login: sends "AUTH secret\r\n", waits for a reply up to "\r\n" that is "+OK\r\n"". */
export function stepText({ name, message, receive, capture }: OpenStep): string {
  const sends = message === null ? [] : [`sends ${messageText(message)}`];
  const waits =
    receive === null
      ? ["waits for no reply"]
      : [`waits for ${replyText(receive.framing)}${expectText(receive.expect)}`];
  const keeps = capture.length === 0 ? [] : [`keeps ${capture.map((one) => one.name).join(", ")}`];
  const text = [...sends, ...waits, ...keeps].join(", ");
  return name === null ? text : `${name}: ${text}`;
}

/** What the target may send besides replies: "ignores what is "+OK\r\n"; answers what starts with "PING" with "PONG\r\n"". */
export function unsolicitedText({ ignore, answer }: UnsolicitedSpec): string {
  const what = (spec: ExpectSpec) => `what${expectText(spec).replace(/^ that/, "")}`;
  return [
    ...ignore.map((one) => `ignores ${what(one)}`),
    ...answer.map(({ to, base64 }) => `answers ${what(to)} with ${quoted(base64)}`),
  ].join("; ");
}

/** As `stepText`, of a message of an exchange that has several. */
export function exchangeStepText({ thinkNs, ...step }: ExchangeStep): string {
  const text = stepText(step);
  return thinkNs === 0 ? text : `${text}, ${formatDuration(thinkNs)} after the one before`;
}

/** The messages of a mix, by name: "9 of 10: GET key\r\n, waits for a reply of 39 B"; none where there is one message. */
export function mixTexts(workload: Workload): (readonly [name: string, text: string])[] {
  const { message, parts, pattern, framing, framingEach, expect, expectEach } = workload;
  if (message.kind !== "mix" || parts === null) return [];
  const hasProtocol = workload.applicationProtocol !== null;
  const all = message.messages.reduce((sum, { weight }) => sum + weight, 0);
  return message.messages.map(({ weight, message: one }, index) => {
    const waits = patterns[pattern].oneWay
      ? ""
      : `, waits for ${hasProtocol ? "its reply" : replyText(framingEach?.[index] ?? framing)}${expectText(expectEach?.[index] ?? expect)}`;
    const text = `${formatCount(weight)} of ${formatCount(all)}: ${messageText(one)}${waits}`;
    return [parts.names[index] ?? "", text];
  });
}

function messageText(message: OneMessageSpec): string {
  switch (message.kind) {
    case "size":
      return formatSize(message.bytes);
    case "sizes": {
      const { leastBytes, mostBytes } = boundsOf(message.sizes);
      return `${formatSize(leastBytes)} to ${formatSize(mostBytes)}`;
    }
    case "bytes":
      return quoted(message.base64);
    case "template":
      return shown(Buffer.from(message.text));
  }
}

function replyText(framing: FramingSpec | null): string {
  switch (framing?.kind) {
    case undefined:
      return "a datagram";
    case "delimiter":
      return `a reply up to ${quoted(framing.base64)}`;
    case "fixed":
      return `a reply of ${formatSize(framing.bytes)}`;
    case "echo":
      return "a reply of that length";
    case "http":
      return "an HTTP response";
    case "smtp":
      return "a reply with a code";
    default:
      return `a reply (${framing?.kind})`;
  }
}

function expectText(expect: ExpectSpec): string {
  const { statuses = [] } = expect;
  const ranges = statuses.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  const status = ranges.length === 0 ? "" : ` with status ${ranges.join(", ")}`;
  switch (expect.kind) {
    case "any":
      return status;
    case "echo":
      return `${status} that is equal to it`;
    case "bytes":
      return `${status} that is ${quoted(expect.base64)}`;
    case "prefix":
      return `${status} that starts with ${quoted(expect.base64)}`;
    case "regex":
      return `${status} that matches /${expect.source}/${expect.flags}`;
    case "size": {
      const most = expect.maxBytes;
      const range = `${formatSize(expect.minBytes)} or more`;
      if (expect.minBytes === most) return `${status} of ${formatSize(most)}`;
      return `${status} of ${most === Number.MAX_SAFE_INTEGER ? range : `${formatSize(expect.minBytes)} to ${formatSize(most)}`}`;
    }
  }
}

function quoted(base64: string): string {
  return shown(Buffer.from(base64, "base64"));
}

function shown(bytes: Buffer): string {
  const text = printableBytes(bytes.subarray(0, mostShown));
  return bytes.length > mostShown ? `"${text}..." (${formatSize(bytes.length)})` : `"${text}"`;
}
