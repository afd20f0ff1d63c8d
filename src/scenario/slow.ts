import { protocols } from "../address/protocol.ts";
import {
  formatByteRate,
  formatCount,
  formatDuration,
  formatRate,
  formatSize,
} from "../base/units.ts";
import { boundsOf } from "../messages/sizes.ts";
import type { MessageSpec } from "../messages/spec.ts";
import { sendsNothing } from "./normalise/workload-fields.ts";
import { patterns } from "./patterns.ts";
import type { Slow, Workload } from "./scenario.ts";
import type { WorkloadInput } from "./schema/workload.ts";
import type { Diagnostics } from "./source/diagnostics.ts";
import type { Path } from "./source/tree.ts";

/** In what a workload's clients are slow on purpose; null: in nothing. What cannot work is reported. */
export function normaliseSlow(
  input: WorkloadInput,
  { protocol, message, load, tls }: Pick<Workload, "protocol" | "message" | "load" | "tls">,
  path: Path,
  diagnostics: Diagnostics,
): Slow | null {
  const { read = null, write = null, stall: stallNs = 0 } = input;
  const isNone = read === null && write === null && stallNs === 0;
  if (isNone || protocols[protocol].isDatagram) return null;
  const slow: Slow = { readBytesPerSecond: read, writeBytesPerSecond: write, stallNs };
  const sending = write === null ? "stall" : "write";
  if (read !== null && tls !== null) {
    diagnostics.key(
      [...path, "read"],
      "read is for connections without TLS: with it, what arrives is decrypted before anybody reads it. " +
        "write and stall work with TLS",
    );
  }
  if (input[sending] === undefined) return slow;
  if (sendsNothing(input)) {
    const { open, protocol: spoken, unsolicited } = input;
    // Logins and answers to what the target asks are sent nevertheless.
    if (open !== undefined || spoken !== undefined || unsolicited !== undefined) return slow;
    const remedy = patterns[input.pattern].opensUpFront
      ? "add verify: true or keepAlive"
      : "exchangesPerConnection is 0";
    diagnostics.key(
      [...path, sending],
      `${sending}: this ${input.pattern} sends no messages; ${remedy}`,
    );
    return slow;
  }
  checkTimeout(input, slow, message, [...path, sending], diagnostics);
  checkRate(input, slow, message, load, path, diagnostics);
  return slow;
}

/** What is sent more slowly than `timeout` allows would never be answered in time. */
function checkTimeout(
  { pattern, timeout: timeoutNs = 5e9 }: WorkloadInput,
  slow: Slow,
  message: MessageSpec,
  at: Path,
  diagnostics: Diagnostics,
): void {
  const takesNs = sendingNs(slow, message);
  if (patterns[pattern].oneWay || takesNs < timeoutNs) return;
  diagnostics.value(
    at,
    `a message ${messageText(slow, message)} takes ${formatDuration(takesNs)} to send, and an exchange times out after ` +
      `${formatDuration(timeoutNs)}: raise timeout above that`,
  );
}

/** A connection sends one message after the other: more are due than all of them can send. */
function checkRate(
  { rate, connections = 1, pattern, exchangesPerConnection = 1 }: WorkloadInput,
  slow: Slow,
  message: MessageSpec,
  load: Workload["load"],
  path: Path,
  diagnostics: Diagnostics,
): void {
  if (load.model !== "open") return;
  const each = patterns[pattern].opensUpFront ? 1 : exchangesPerConnection;
  const takesSeconds = (each * sendingNs(slow, message)) / 1e9;
  const rates = load.stages.map(({ ratePerSecond }) => ratePerSecond);
  const most = Math.max(load.startRatePerSecond, ...rates);
  const needed = Math.ceil(most * takesSeconds);
  if (needed <= connections) return;
  const what = patterns[pattern].opensUpFront ? "a message" : "a connection's messages";
  diagnostics.value(
    [...path, rate === undefined ? "stages" : "rate"],
    `${formatRate(most)} cannot be sent: ${what} ${messageText(slow, message)} takes ` +
      `${formatDuration(1e9 * takesSeconds)} to send, so that ${formatCount(connections)} connections send ` +
      `${formatRate(connections / takesSeconds)} at most; raise connections to ${formatCount(needed)} or more, or lower the rate`,
  );
}

/** How long it takes to send the shortest message at least, ns. */
function sendingNs({ writeBytesPerSecond, stallNs }: Slow, message: MessageSpec): number {
  if (writeBytesPerSecond === null) return stallNs;
  return stallNs + (1e9 * leastBytes(message)) / writeBytesPerSecond;
}

function leastBytes(message: MessageSpec): number {
  switch (message.kind) {
    case "size":
      return message.bytes;
    case "sizes":
      return boundsOf(message.sizes).leastBytes;
    case "bytes":
      return Buffer.byteLength(message.base64, "base64");
    // What placeholders come to is not known.
    default:
      return 0;
  }
}

/** "of 64 B at 1 KiB/s, with a stall of 5 s," */
function messageText({ writeBytesPerSecond, stallNs }: Slow, message: MessageSpec): string {
  const bytes = leastBytes(message);
  const size = bytes === 0 ? "" : `of ${formatSize(bytes)} `;
  const parts = [
    ...(writeBytesPerSecond === null ? [] : [`at ${formatByteRate(writeBytesPerSecond)}`]),
    ...(stallNs === 0 ? [] : [`with a stall of ${formatDuration(stallNs)}`]),
  ];
  return size + parts.join(" and ");
}

/** What is slow, for people: "read at most 10 KiB/s, stall for 5 s in each message". */
export function slowText({ readBytesPerSecond, writeBytesPerSecond, stallNs }: Slow): string {
  return [
    ...(readBytesPerSecond === null ? [] : [`read at most ${formatByteRate(readBytesPerSecond)}`]),
    ...(writeBytesPerSecond === null
      ? []
      : [`send at most ${formatByteRate(writeBytesPerSecond)}`]),
    ...(stallNs === 0
      ? []
      : [`stall for ${formatDuration(stallNs)} in the middle of each message`]),
  ].join(", ");
}
