import { membership, membershipColumns } from "../metrics/broadcast/membership-rows.ts";
import type { FromAgent, ToAgent } from "./protocol.ts";

/** Fields of messages that are times of the monotonic clock; all other fields with Ns are lengths of time. */
const times: ReadonlySet<string> = new Set([
  "openAtNs",
  "beginAtNs",
  "endAtNs",
  "zeroNs",
  "steadyNs",
  "endNs",
  "atNs",
  "sinceNs",
  "fromNs",
  "toNs",
]);

/**
 * Returns a message whose times are those of another host's monotonic clock. The clocks of two hosts have nothing in common.
 *
 * @param byNs what the other clock shows when this one shows 0
 * @cost       O(what the message has besides typed arrays)
 */
export function withTimesOf<Message extends ToAgent | FromAgent>(
  message: Message,
  byNs: number,
): Message {
  if (message.type === "start") return message;
  const shifted = shift(message, byNs) as Message;
  if (shifted.type !== "subscriptions") return shifted;
  // Times among other numbers, in one array.
  const rows = shifted.report.rows.slice();
  for (let at = 0; at < rows.length; at += membershipColumns) {
    for (const column of [membership.joinedNs, membership.leftNs]) {
      rows[at + column] = (rows[at + column] as number) + byNs;
    }
  }
  return { ...shifted, report: { ...shifted.report, rows } };
}

/** What has no times stays the same object: a snapshot has its histograms at two places, and is sent with them once. */
function shift(value: unknown, byNs: number): unknown {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    const shifted = value.map((one) => shift(one, byNs));
    return shifted.every((one, at) => one === value[at]) ? value : shifted;
  }
  let shifted: Record<string, unknown> | null = null;
  for (const [key, one] of Object.entries(value)) {
    const other = typeof one === "number" && times.has(key) ? one + byNs : shift(one, byNs);
    if (other === one) continue;
    shifted ??= { ...value };
    shifted[key] = other;
  }
  return shifted ?? value;
}
