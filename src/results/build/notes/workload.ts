import { type Endpoint, formatEndpoint } from "../../../address/flow.ts";
import { protocols } from "../../../address/protocol.ts";
import { formatAmount, formatCount, formatDuration } from "../../../base/units.ts";
import { inPhase, phase, timing, type WrongSource } from "../../../metrics/snapshot.ts";
import { noCounts } from "../../../metrics/sparse-counts.ts";
import { patterns } from "../../../scenario/patterns.ts";
import { samplesFor } from "../../findings/run.ts";
import type { WorkloadData } from "../input.ts";
import { tlsNotes } from "./tls.ts";

/** The highest percentile of the summary. */
const highestPrinted = 99.9;

/**
 * Explains a workload's figures where they alone would leave the user guessing. Pure.
 *
 * Source ports that could not be bound are explained over any protocol; over UDP:
 *
 *     | socket      | server answers from elsewhere     | nothing listens                        |
 *     | ----------- | --------------------------------- | -------------------------------------- |
 *     | connected   | silence: the kernel drops it      | ECONNREFUSED                           |
 *     | unconnected | `wrongSource`                     | silence, or with receiveErrors as above |
 */
export function workloadNotes(data: WorkloadData): readonly string[] {
  const { isDatagram } = protocols[data.workload.protocol];
  return [
    ...takenPortsNote(data),
    ...tlsNotes(data),
    ...unsolicitedNote(data),
    ...censoredNote(data),
    ...(isDatagram ? udpNotes(data) : []),
    ...fewSamplesNote(data),
  ];
}

function udpNotes(data: WorkloadData): readonly string[] {
  const refused = data.accumulator.count("refused") > 0;
  return [...wrongSourceNote(data), ...(refused ? [refusedNote(data)] : silenceNote(data))];
}

/** The plan leaves out ports in use when it is made; ports taken later are passed over, and fail where there are too many. */
function takenPortsNote({ accumulator, plan }: WorkloadData): string[] {
  const passed = accumulator.count("portsTaken");
  const passedOver =
    passed === 0
      ? []
      : [
          `${formatAmount(passed, "source port")} ${passed === 1 ? "was" : "were"} passed over, as another program had taken ` +
            `${passed === 1 ? "it" : "them"} after the plan was made, perhaps a run from the same addresses: some clients have ` +
            "other source ports than the plan shows. Results are not affected. To avoid it, leave out sources, so that " +
            `the run leases addresses of its own, or give workloads.${plan.name}.sources addresses that no other program uses`,
        ];
  const taken = accumulator.total.errors
    .filter(({ code }) => code === "EADDRINUSE")
    .reduce((sum, { count }) => sum + count, 0);
  if (taken === 0) return passedOver;
  return [
    ...passedOver,
    `${formatAmount(taken, "attempt")} to open a connection failed, as another program has the source port ` +
      "(EADDRINUSE) and the others that the connection could have, perhaps a run from the same addresses. Leave out " +
      `sources, so that the run leases addresses of its own, or give workloads.${plan.name}.sources addresses that no ` +
      "other program uses, or more ports",
  ];
}

/** Nobody can say to which request it belongs, but that it is none of theirs. */
function unsolicitedNote({ accumulator }: WorkloadData): string[] {
  const unsolicited = accumulator.count("unsolicited");
  if (unsolicited === 0) return [];
  const reopened = accumulator.count("reopenedUnsolicited");
  const again =
    reopened === 0
      ? ""
      : `; ${formatAmount(reopened, "connection")} had to be opened again for it, as nobody knew which reply came next`;
  return [
    `${formatAmount(unsolicited, "message")} came that nobody had requested: before the first request of a connection ` +
      `(a greeting), left over after a reply, or from an earlier run. ${unsolicited === 1 ? "It is" : "They are"} counted as ` +
      `unsolicited, and no request's response time is taken from ${unsolicited === 1 ? "it" : "them"}${again}`,
  ];
}

/** A percentile that is a time-out says "at least". */
function censoredNote({ accumulator, workload }: WorkloadData): string[] {
  const timedOut = inPhase(accumulator.total.counters, phase.steady, "timedOut");
  const all = accumulator.total.steady[timing.responseTime]?.count ?? 0;
  // Where none was answered there is no percentile to misread.
  if (timedOut === 0 || all <= timedOut) return [];
  return [
    `${formatCount(timedOut)} of ${formatCount(all)} response times are time-outs. They are in the percentiles with what ` +
      `they had taken when the time-out (${formatDuration(workload.timeoutNs)}) was over: read those as "at least"`,
  ];
}

const fewSamplesText = "response times are those of ";
const fewDeliveriesText = "delivery latencies are those of ";

/** Whether a note says that percentiles are the longest response times: where they are not shown it says nothing. */
export function isFewSamplesNote(note: string): boolean {
  return note.startsWith(fewSamplesText) || note.startsWith(fewDeliveriesText);
}

/** A percentile that has less than one sample above it is the maximum, though it is printed as a percentile. */
function fewSamplesNote({ accumulator, workload }: WorkloadData): string[] {
  const { count } = accumulator.total.steady[timing.responseTime] ?? noCounts;
  if (count === 0 || count >= samplesFor(highestPrinted)) return [];
  const last = Number((100 * (1 - 1 / count)).toFixed(1));
  const isDelivery = patterns[workload.pattern].subscribes;
  const those = isDelivery
    ? `${fewDeliveriesText}${formatAmount(count, "delivery", "deliveries")}`
    : `${fewSamplesText}${formatAmount(count, "exchange")}`;
  return [`${those}, so percentiles above p${last} are the longest of them`];
}

function wrongSourceNote({ accumulator }: WorkloadData): string[] {
  const wrong = accumulator.count("wrongSource");
  const [most, ...others] = accumulator.total.wrongSources;
  if (wrong === 0 || most === undefined) return [];
  const replies = wrong + repliesFromTarget(accumulator);
  const elsewhere = most.fromAddress !== most.destinationAddress;
  const { destination, from } = namesOf(most);
  const also = others.length === 0 ? "" : ` (and others: ${formatCount(wrong - most.count)})`;
  const cause = elsewhere
    ? "the server answers from a wildcard socket, so the kernel chooses the address"
    : "the server answers from another socket than the one that receives the requests";
  return [
    `${formatCount(most.count)} of ${formatCount(replies)} replies came from ${from}, requests went to ${destination}${also}: ` +
      `${cause}; connected clients do not see such replies. See docs/udp.md`,
  ];
}

function namesOf({ destinationAddress, destinationPort, fromAddress, fromPort }: WrongSource) {
  if (destinationPort === fromPort) return { destination: destinationAddress, from: fromAddress };
  return {
    destination: formatEndpoint({ address: destinationAddress, port: destinationPort }),
    from: formatEndpoint({ address: fromAddress, port: fromPort }),
  };
}

function repliesFromTarget(accumulator: WorkloadData["accumulator"]): number {
  const counted = ["received", "late", "duplicated"] as const;
  return counted.reduce((sum, name) => sum + accumulator.count(name), 0);
}

/** What the flows heard of a port where nothing listens. */
export function refusedNote({
  accumulator,
  plan,
}: Pick<WorkloadData, "accumulator" | "plan">): string {
  const flows = `${formatCount(accumulator.count("refused"))} of ${formatCount(accumulator.count("opened"))} flows`;
  return `${flows} were refused by ICMP, as nothing listens at ${targetsText(plan.endpoints)} (ECONNREFUSED)`;
}

/** What shows that something came back, wanted or not. */
const silenceEnds = [
  "received",
  "late",
  "duplicated",
  "wrongSource",
  "unsolicited",
  "pushed",
  "ignored",
] as const;

/** The generator cannot see why nothing at all came back, but can say how to find out. */
function silenceNote({ accumulator, plan, workload, delivered }: WorkloadData): string[] {
  const timedOut = accumulator.count("timedOut");
  const cameBack = silenceEnds.reduce((sum, name) => sum + accumulator.count(name), 0);
  if (delivered !== null || timedOut === 0 || cameBack > 0) return [];
  const [endpoint] = plan.endpoints;
  const probe = `slash8 probe udp://${endpoint === undefined ? "" : formatEndpoint(endpoint)} finds out`;
  if (workload.receiveErrors) return [`nothing came back, and no ICMP error either. ${probe}`];
  if (workload.socket === "unconnected") {
    return [
      "nothing came back, and an unconnected socket receives no ICMP errors: a port where nothing listens is as " +
        `silent as a server that does not answer. ${probe}; receiveErrors: true (io uring) or socket: connected detects closed ports`,
    ];
  }
  return [
    "nothing came back, and no ICMP error either. A connected socket only takes replies from the address it " +
      "sent to: a server on a wildcard socket that answers from another one looks just like this. " +
      `${probe}; socket: unconnected counts such replies`,
  ];
}

function targetsText(endpoints: readonly Endpoint[]): string {
  const [first, ...others] = endpoints;
  if (first === undefined) return "the target";
  const more = others.length === 0 ? "" : ` (or another of the ${formatCount(endpoints.length)})`;
  return `${formatEndpoint(first)}${more}`;
}
