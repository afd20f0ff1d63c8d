/**
 * Whether anything that a workload was there for came about: without it no run passes, with gates or without.
 *
 *     | workload                         | a success is                                                 |
 *     | -------------------------------- | ------------------------------------------------------------ |
 *     | request, churn, hold that sends  | a reply that was received and that nothing refused           |
 *     | hold and churn without exchanges | a connection that was opened                                 |
 *     | hold, unless `expectClose`       | also: a connection that was open when steady state ended     |
 *     | subscribe                        | a message that a subscriber received, where any was due      |
 *     | stream, broadcast                | a message that the server or a receiver confirms, where known |
 *
 * Exchanges count in steady state; where none fell into it (a hold verifies its connections before), in the whole run.
 */
import { protocols } from "../../../address/protocol.ts";
import { formatCount } from "../../../base/units.ts";
import type { WorkloadAccumulator } from "../../../metrics/accumulator.ts";
import {
  type CounterName,
  type ErrorCount,
  inPhase,
  overPhases,
  phase,
} from "../../../metrics/snapshot.ts";
import { isSilent, patterns } from "../../../scenario/patterns.ts";
import { openFailed, wrongReplies } from "../examples.ts";
import { openAtEnd } from "../figures.ts";
import type { WorkloadData } from "../input.ts";
import { refusedNote } from "../notes/workload.ts";

/** Why a workload makes the run fail: nothing of it succeeded. Empty where something did, or nobody can know. */
export function nothingSucceeded(data: WorkloadData): string[] {
  const { accumulator, plan, workload } = data;
  const opened = accumulator.count("opened");
  const byTarget = codesOf(accumulator.total.errors, "target");
  if (opened === 0) {
    // Failures of our own say nothing of the target; see `nothingMeasured`.
    if (byTarget === "") return [];
    const tried = accumulator.count("failed");
    const attempts = tried > 0 ? `none of ${formatCount(tried)} attempts to connect` : "nothing";
    return [`${plan.name}: ${attempts} succeeded (${byTarget})${firstReceived(data)}`];
  }
  const { opensUpFront, hasArrivals, oneWay, subscribes } = patterns[workload.pattern];
  const notHeld = opensUpFront && !hasArrivals ? heldNothing(data, opened) : [];
  if (notHeld.length === 0 && subscribes) return nothingDelivered(data);
  if (isSilent(workload) || notHeld.length > 0) return notHeld;
  if (nothingListens(accumulator)) return [`${plan.name}: ${refusedNote(data)}`];
  if (oneWay) return nothingConfirmed(data);
  return nothingAnswered(data, byTarget);
}

/** What the first connection waited for and received of which an opening step failed, which usually says why. */
function firstReceived(data: WorkloadData): string {
  const [first] = openFailed(data).openFailedExamples;
  if (first === undefined) return "";
  const { awaited, received, step } = first;
  if (awaited !== null) {
    const came = received === "" ? "received nothing" : `received "${received}"`;
    return `; the first waited for ${awaited}, and ${came}`;
  }
  return received === "" ? "" : `; the first received "${received}" in step ${step}`;
}

/**
 * Whether all flows that sent something heard that nothing listens, and nothing has ever come back. Over UDP that is
 * all that there is to know: it does not have to be waited for.
 */
export function nothingListens(accumulator: WorkloadAccumulator): boolean {
  const [sent, opened] = [accumulator.count("sent"), accumulator.count("opened")];
  const refused = accumulator.count("refused");
  return (
    refused > 0 && refused >= Math.min(sent, opened) && accumulator.count("bytesReceived") === 0
  );
}

function nothingAnswered(data: WorkloadData, byTarget: string): string[] {
  const { accumulator, plan } = data;
  const { counters, errors } = accumulator.total;
  const inSteady =
    inPhase(counters, phase.steady, "offered") + inPhase(counters, phase.steady, "sent") > 0;
  const count = (name: CounterName) =>
    inSteady ? inPhase(counters, phase.steady, name) : overPhases(counters, name);
  const [offered, sent, received] = [count("offered"), count("sent"), count("received")];
  const refused = refusedReplies(errors.filter((error) => !inSteady || error.phase === "steady"));
  if (received > refused) return [];
  const when = inSteady ? " in steady state" : "";
  const codes = byTarget === "" ? "" : ` (${byTarget})`;
  if (sent === 0) {
    const ended = accumulator.count("closedByTarget");
    if (offered > 0) {
      return [
        `${plan.name}: none of ${formatCount(offered)} exchanges due${when} was sent${codes}`,
      ];
    }
    // Closed model: nothing is due on a connection that has ended.
    return ended > 0
      ? [`${plan.name}: no exchange was begun, as the target closed every connection${codes}`]
      : [];
  }
  const why =
    received > 0
      ? "every reply was refused"
      : count("corrupted") > 0
        ? "no reply was accepted"
        : count("late") > 0
          ? "every reply came too late"
          : "nothing was received";
  const [first] = wrongReplies(data);
  const came =
    first === undefined || first.received === "" ? "" : `; what came first was "${first.received}"`;
  return [
    `${plan.name}: none of ${formatCount(sent)} exchanges succeeded${when}: ${why}${codes}${came}`,
  ];
}

function nothingConfirmed({ accumulator, delivered, broadcast, plan }: WorkloadData): string[] {
  const sent = accumulator.count("sent");
  if (delivered === null || sent === 0 || delivered.received > 0) return [];
  const who =
    broadcast === null
      ? "the server"
      : `any of the ${formatCount(broadcast.receivers.length)} receivers`;
  return [`${plan.name}: none of ${formatCount(sent)} messages was received by ${who}`];
}

/** Where subscribers were there for nothing that was published, nothing was due to them. */
function nothingDelivered({ plan, publishers, subscription }: WorkloadData): string[] {
  if (subscription === null || subscription.received > 0 || subscription.due === 0) return [];
  const { published, subscribers } = subscription;
  return [
    `${plan.name}: none of ${formatCount(published)} messages published by ${publishers.join(", ")} was received by any ` +
      `of ${formatCount(subscribers)} subscribers; do they subscribe to what is published (open), and is it passed on as it is?`,
  ];
}

/** Over UDP nobody closes a flow, so only connections can end. */
function heldNothing(data: WorkloadData, opened: number): string[] {
  const { accumulator, plan, workload } = data;
  if (workload.expectClose || !protocols[workload.protocol].hasConnections) return [];
  const closed = accumulator.count("closedByTarget");
  if (openAtEnd(data) > 0 || closed === 0) return [];
  return [
    `${plan.name}: none of ${formatCount(opened)} connections was still open when steady state ended, as the target had closed them; set expectClose: true if it may`,
  ];
}

/** Codes of replies that were received and that `expect` refused, an HTTP status among them. */
const refusal = /^(?:UNEXPECTED|TRUNCATED|HTTP_\d+)$/;

function refusedReplies(errors: readonly ErrorCount[]): number {
  return errors.filter(({ code }) => refusal.test(code)).reduce((sum, { count }) => sum + count, 0);
}

/** The codes of one side's errors, for people: "ECONNREFUSED, TIMEOUT". */
function codesOf(errors: readonly ErrorCount[], side: ErrorCount["side"]): string {
  return [...new Set(errors.filter((error) => error.side === side).map(({ code }) => code))].join(
    ", ",
  );
}
