/**
 * The metrics that a run exports: one table, for Prometheus and OpenTelemetry alike.
 *
 * Counters and histograms count from the run's start, over all its phases; gauges show the current state, or
 * the last whole second. docs/live.md lists them all.
 */

import type { LiveFigures, WorkloadAccumulator } from "../metrics/accumulator.ts";
import { type CounterName, type Timing, timing } from "../metrics/snapshot.ts";
import { noCounts } from "../metrics/sparse-counts.ts";
import type { RunState, WorkloadProgress } from "../run/progress.ts";
import type { RunView, WorkloadView } from "../run/run-view.ts";
import { bucketsOf } from "./buckets.ts";
import type { Family, Labels, Sample, Unit } from "./family.ts";
import { familiesOfHosts, hostFamilies } from "./host-families.ts";
import { tcpFamilies } from "./tcp-families.ts";

/** Every state of a run, and of a workload. */
const runStates: readonly RunState[] = [
  "planning",
  "preflight",
  "starting servers",
  "starting agents",
  "connecting",
  "warming up",
  "steady",
  "draining",
  "writing",
];
const workloadStates: readonly WorkloadProgress["state"][] = [
  "waiting",
  "connecting",
  "warming up",
  "steady",
  "draining",
  "done",
];

/** [name, unit, help, counter] */
const workloadCounters: readonly (readonly [string, Unit, string, CounterName])[] = [
  ["exchanges.offered", "{exchange}", "Exchanges whose intended send time has passed", "offered"],
  ["exchanges.sent", "{exchange}", "Messages sent", "sent"],
  ["exchanges.received", "{exchange}", "Replies received by the clients", "received"],
  ["exchanges.timed_out", "{exchange}", "Exchanges without a reply in time", "timedOut"],
  ["exchanges.late", "{exchange}", "Replies after their exchange had timed out", "late"],
  ["exchanges.duplicated", "{exchange}", "Replies that were received again", "duplicated"],
  ["exchanges.reordered", "{exchange}", "Replies that were received out of order", "reordered"],
  ["exchanges.corrupted", "{exchange}", "Replies that were not what was expected", "corrupted"],
  [
    "exchanges.wrong_source",
    "{exchange}",
    "Datagrams from another source than the destination",
    "wrongSource",
  ],
  [
    "exchanges.failed",
    "{exchange}",
    "Exchanges that ended without a reply before their time-out",
    "exchangesFailed",
  ],
  ["exchanges.unsolicited", "{exchange}", "What came that nobody had requested", "unsolicited"],
  ["asides.pushed", "{message}", "Messages that were subscribed to", "pushed"],
  ["asides.ignored", "{message}", "Messages that are neither replies nor errors", "ignored"],
  ["asides.answers_sent", "{message}", "Answers sent to such messages", "answersSent"],
  ["asides.keep_alives_sent", "{message}", "Sent to keep connections alive", "keepAlivesSent"],
  ["exchanges.unsent", "{exchange}", "Arrivals that found every connection busy", "unsent"],
  ["sent", "By", "Bytes sent in messages", "bytesSent"],
  ["received", "By", "Bytes received in replies", "bytesReceived"],
  ["connections.opened", "{connection}", "Connections opened", "opened"],
  ["connections.failed", "{connection}", "Attempts to connect that failed", "failed"],
  [
    "connections.open_failed",
    "{connection}",
    "Connections of which an opening step failed",
    "openFailed",
  ],
  ["connections.closed_by_target", "{connection}", "Closed by the target", "closedByTarget"],
  ["connections.refused", "{connection}", "UDP flows refused, as nothing listens", "refused"],
  [
    "connections.tls_resumed",
    "{connection}",
    "Connections that resumed a TLS session",
    "tlsResumed",
  ],
  ["connections.rotated", "{connection}", "UDP flows given a fresh source port", "rotated"],
  ["connections.ports_taken", "{connection}", "Source ports passed over as taken", "portsTaken"],
  [
    "connections.reopened.timeout",
    "{connection}",
    "Opened again after a time-out",
    "reopenedTimeout",
  ],
  [
    "connections.reopened.malformed",
    "{connection}",
    "Opened again after a malformed reply",
    "reopenedMalformed",
  ],
  [
    "connections.reopened.unsolicited",
    "{connection}",
    "Opened again after something unsolicited",
    "reopenedUnsolicited",
  ],
  [
    "connections.reopened.unexpected",
    "{connection}",
    "Opened again after a reply that an exchange could not go on after",
    "reopenedUnexpected",
  ],
  [
    "connections.reopened.closed_by_target",
    "{connection}",
    "Opened again after the target had ended them in order",
    "reopenedClosedByTarget",
  ],
];

/** Of a workload, and of its parts. */
const lastSecondTimes: readonly (readonly [
  string,
  Unit,
  string,
  (figures: Pick<WorkloadProgress, "p50Ns" | "p99Ns" | "maxNs">) => number | null,
])[] = [
  [
    "response_time.p50",
    "s",
    "Median response time of the last whole second",
    ({ p50Ns }) => seconds(p50Ns),
  ],
  [
    "response_time.p99",
    "s",
    "99th percentile of the response times of the last whole second",
    ({ p99Ns }) => seconds(p99Ns),
  ],
  [
    "response_time.max",
    "s",
    "Longest response time of the last whole second",
    ({ maxNs }) => seconds(maxNs),
  ],
];

/** [name, unit, help, value or null where there is none] */
const workloadGauges: readonly (readonly [
  string,
  Unit,
  string,
  (progress: WorkloadProgress) => number | null,
])[] = [
  ["connections.open", "{connection}", "Connections open now", ({ open }) => open],
  [
    "connections.planned",
    "{connection}",
    "Connections planned",
    ({ connectionsPlanned }) => connectionsPlanned,
  ],
  [
    "rate.offered",
    "{exchange}/s",
    "Current offered rate; open model only",
    ({ offeredPerSecond }) => offeredPerSecond,
  ],
  [
    "rate.achieved",
    "{exchange}/s",
    "Messages sent in the last whole second",
    ({ achievedPerSecond }) => achievedPerSecond,
  ],
  [
    "rate.received",
    "{exchange}/s",
    "Replies received in the last whole second",
    ({ receivedPerSecond }) => receivedPerSecond,
  ],
  ...lastSecondTimes,
];

const workloadTimes: readonly (readonly [string, string, Timing])[] = [
  ["response_time", "From the intended send time to the reply", timing.responseTime],
  ["service_time", "From the actual send time to the reply", timing.serviceTime],
  [
    "wire_time",
    "From when the kernel was given a message to when it had received its reply",
    timing.wireTime,
  ],
  ["connect_time", "How long connections took to open", timing.connectTime],
  ["open_time", "How long connections took to open, with their steps", timing.openTime],
  ["session_time", "From a session's intended time to its last reply", timing.sessionTime],
  ["tls_time", "How long TLS handshakes took", timing.tlsTime],
  ["send_lag", "How much later than intended messages were sent", timing.sendLag],
];

/** Returns all metrics of a run at this moment. */
export function familiesOf(view: RunView): Family[] {
  const { workloads } = view;
  return [
    ...runFamilies(view),
    ...(workloads.length === 0 ? [] : workloadFamilies(workloads)),
    ...hostFamilies(view.hosts),
    ...processFamilies(view),
  ];
}

/** Returns every metric that a run can export, without values: what can be asked for. */
export function everyFamily(): Pick<Family, "name" | "unit" | "help" | "kind">[] {
  const nothing = {
    ...{ id: "", scenario: "", tool: { name: "", version: "" }, startedAt: new Date(0), io: null },
    progress: { state: "planning", elapsedNs: 0, remainingNs: null, workloads: [] },
    ...{ workloads: [], hosts: [], servers: [], generator: null },
  } as const;
  return [
    ...runFamilies(nothing),
    ...workloadFamilies([]),
    ...familiesOfParts([]),
    ...tcpFamilies([]),
    ...familiesOfHosts([]),
    ...processFamilies(nothing),
  ].map(({ name, unit, help, kind }) => ({ name, unit, help, kind }));
}

function runFamilies(view: RunView): Family[] {
  const { progress } = view;
  const one = (name: string, unit: Unit, help: string, value: number | null): Family => ({
    name: `slash8.${name}`,
    unit,
    help,
    kind: "gauge",
    samples: value === null ? [] : [{ labels: {}, value }],
  });
  const { remainingNs } = progress;
  return [
    {
      ...one("run.info", "", "The run; always 1", null),
      kind: "gauge",
      samples: [{ labels: infoLabels(view), value: 1 }],
    },
    {
      ...one("run.state", "", "1 for the state that the run is in, 0 for others", null),
      kind: "gauge",
      samples: stateSamples(runStates, progress.state, "state", {}),
    },
    one("run.elapsed", "s", "Since the run's start", progress.elapsedNs / 1e9),
    one("run.remaining", "s", "Until the planned end, where it is known", seconds(remainingNs)),
  ];
}

function infoLabels({ id, scenario, tool, io }: RunView): Labels {
  return { id, scenario, version: tool.version, io: io ?? "" };
}

function workloadFamilies(workloads: readonly WorkloadView[]): Family[] {
  const each = (get: (workload: WorkloadView) => number | null): Sample[] =>
    workloads.flatMap((workload) => {
      const value = get(workload);
      return value === null ? [] : [{ labels: labelsOf(workload), value }];
    });
  return [
    {
      name: "slash8.workload.phase",
      unit: "",
      help: "1 for the phase that the workload is in, 0 for others",
      kind: "gauge",
      samples: workloads.flatMap((workload) =>
        stateSamples(workloadStates, workload.progress.state, "phase", labelsOf(workload)),
      ),
    },
    ...workloadCounters.map(
      ([name, unit, help, counter]): Family => ({
        name: `slash8.${name}`,
        unit,
        help,
        kind: "counter",
        samples: each(({ accumulator }) => accumulator.count(counter)),
      }),
    ),
    statusFamily("slash8.", workloads.map(countedOf)),
    errorFamily("slash8.", workloads.map(countedOf)),
    ...workloadGauges.map(
      ([name, unit, help, get]): Family => ({
        name: `slash8.${name}`,
        unit,
        help,
        kind: "gauge",
        samples: each(({ progress }) => get(progress)),
      }),
    ),
    ...workloadTimes.map((times) => timeFamily("slash8.", times, workloads.map(countedOf))),
    ...partFamilies(workloads),
    ...tcpFamiliesOf(workloads),
  ];
}

/** Counters and timings of a workload that each part has as well. */
const countersOfParts: ReadonlySet<CounterName> = new Set<CounterName>([
  "sent",
  "received",
  "timedOut",
  "late",
  "duplicated",
  "reordered",
  "corrupted",
  "exchangesFailed",
  "bytesSent",
  "bytesReceived",
]);
const timingsOfParts: ReadonlySet<Timing> = new Set<Timing>([
  timing.responseTime,
  timing.serviceTime,
  timing.sendLag,
]);

/** [name, unit, help, value or null where there is none] */
const partGauges: readonly (readonly [
  string,
  Unit,
  string,
  (live: LiveFigures) => number | null,
])[] = [
  [
    "rate.achieved",
    "{exchange}/s",
    "Messages sent in the last whole second",
    (live) => live.perSecond("sent"),
  ],
  [
    "rate.received",
    "{exchange}/s",
    "Replies received in the last whole second",
    (live) => live.perSecond("received"),
  ],
  ...lastSecondTimes,
];

/** The same of the parts of workloads, in families of their own, so that sums over a family count nothing twice. */
function partFamilies(workloads: readonly WorkloadView[]): Family[] {
  const parts = workloads.flatMap((workload) =>
    workload.parts.map(({ name, accumulator, live }) => {
      const { statusText } = workload;
      return { labels: { ...labelsOf(workload), part: name }, statusText, accumulator, live };
    }),
  );
  return parts.length === 0 ? [] : familiesOfParts(parts);
}

/** Of the workloads with `telemetry: tcp`; no family where none has it. */
function tcpFamiliesOf(workloads: readonly WorkloadView[]): Family[] {
  const observed = workloads.flatMap((workload) => {
    const { tcp } = workload;
    return tcp === null ? [] : [{ labels: labelsOf(workload), tcp }];
  });
  return observed.length === 0 ? [] : tcpFamilies(observed);
}

interface CountedPart extends Counted {
  readonly live: LiveFigures;
}

function familiesOfParts(parts: readonly CountedPart[]): Family[] {
  const prefix = "slash8.part.";
  const help = (text: string) =>
    `Of a part of a workload: ${text[0]?.toLowerCase()}${text.slice(1)}`;
  return [
    ...workloadCounters
      .filter(([, , , counter]) => countersOfParts.has(counter))
      .map(
        ([name, unit, text, counter]): Family => ({
          name: prefix + name,
          unit,
          help: help(text),
          kind: "counter",
          samples: parts.map(({ labels, accumulator }) => {
            return { labels, value: accumulator.count(counter) };
          }),
        }),
      ),
    ...[statusFamily(prefix, parts), errorFamily(prefix, parts)].map((family) => {
      return { ...family, help: help(family.help) };
    }),
    ...partGauges.map(
      ([name, unit, text, get]): Family => ({
        name: prefix + name,
        unit,
        help: help(text),
        kind: "gauge",
        samples: parts.flatMap(({ labels, live }) => {
          const value = get(live);
          return value === null ? [] : [{ labels, value }];
        }),
      }),
    ),
    ...workloadTimes
      .filter(([, , which]) => timingsOfParts.has(which))
      .map(([name, text, which]) => timeFamily(prefix, [name, help(text), which], parts)),
  ];
}

/** What is counted of a workload, or of a part of one. */
interface Counted {
  readonly labels: Labels;
  /** What the workload's protocol calls a status. */
  readonly statusText: (status: number) => string;
  readonly accumulator: WorkloadAccumulator;
}

function countedOf(workload: WorkloadView): Counted {
  const { accumulator, statusText } = workload;
  return { labels: labelsOf(workload), statusText, accumulator };
}

function statusFamily(prefix: string, counted: readonly Counted[]): Family {
  return {
    name: `${prefix}exchanges.status`,
    unit: "{exchange}",
    help: "Replies received by the clients, by HTTP status or what their protocol calls it; other replies have none",
    kind: "counter",
    samples: counted.flatMap(statusSamples),
  };
}

function errorFamily(prefix: string, counted: readonly Counted[]): Family {
  return {
    name: `${prefix}errors`,
    unit: "{error}",
    help: "Errors, by code and by the side at fault: target or generator",
    kind: "counter",
    samples: counted.flatMap(errorSamples),
  };
}

function timeFamily(
  prefix: string,
  [name, help, which]: (typeof workloadTimes)[number],
  counted: readonly Counted[],
): Family {
  return {
    name: prefix + name,
    unit: "s",
    help,
    kind: "histogram",
    samples: counted.map(({ labels, accumulator }) => {
      const { steady, outside } = accumulator.total;
      const parts = [steady[which] ?? noCounts, outside[which] ?? noCounts];
      return { labels, buckets: bucketsOf(parts), parts };
    }),
  };
}

function labelsOf({ progress, server }: WorkloadView): Labels {
  return { workload: progress.name, server };
}

function stateSamples(
  states: readonly string[],
  now: string,
  label: string,
  labels: Labels,
): Sample[] {
  return states.map((state) => ({
    labels: { ...labels, [label]: state },
    value: state === now ? 1 : 0,
  }));
}

function seconds(ns: number | null): number | null {
  return ns === null ? null : ns / 1e9;
}

/** Returns the errors, summed over phases. */
function errorSamples({ labels, accumulator }: Counted): Sample[] {
  return sumsOf(accumulator.total.errors, ({ code, side }) => ({ ...labels, code, side }));
}

/** Returns the replies that have a status, summed over phases. */
function statusSamples({ labels, statusText, accumulator }: Counted): Sample[] {
  return sumsOf(accumulator.total.statuses, ({ status }) => ({
    ...labels,
    status: statusText(status),
  }));
}

/** Returns one sample for all counts with the same labels. */
function sumsOf<Count extends { readonly count: number }>(
  counts: readonly Count[],
  labelsFor: (count: Count) => Labels,
): Sample[] {
  const sums = new Map<string, Sample>();
  for (const each of counts) {
    const labels = labelsFor(each);
    const key = JSON.stringify(labels);
    sums.set(key, { labels, value: each.count + (sums.get(key)?.value ?? 0) });
  }
  return [...sums.values()];
}

/** Returns what the operating system reports about the servers' processes and the generator's. */
function processFamilies({ servers, generator }: RunView): Family[] {
  const cpu = ["cpu", "s", "CPU time used since the run's start", "counter"] as const;
  const memory = ["resident_memory", "By", "Resident memory", "gauge"] as const;
  const files = ["open_files", "{file}", "Open files", "gauge"] as const;
  const watched = servers.map(({ name, usage }) => ({ labels: { server: name }, usage }));
  const clients = generator === null ? [] : [{ labels: {}, usage: generator }];
  const family = (
    who: "server" | "generator",
    [name, unit, help, kind]: typeof cpu | typeof memory | typeof files,
  ): Family => ({
    name: `slash8.${who}.${name}`,
    unit,
    help: `${help}: ${who === "server" ? "the server's processes" : "the clients' processes"}`,
    kind,
    samples: (who === "server" ? watched : clients).flatMap(({ labels, usage }) => {
      const value = {
        cpu: usage.cpuSeconds,
        resident_memory: usage.rssBytes,
        open_files: usage.openFiles,
      }[name];
      return value === null ? [] : [{ labels, value }];
    }),
  });
  return (["server", "generator"] as const).flatMap((who) =>
    [cpu, memory, files].map((what) => family(who, what)),
  );
}
