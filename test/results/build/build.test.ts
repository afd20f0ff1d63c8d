import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type PauseCause, pauseCauses } from "../../../src/metrics/disturbance/disturbance.ts";
import { Disturbances } from "../../../src/metrics/disturbance/disturbances.ts";
import { decodeHistogram } from "../../../src/metrics/hdr-encoding.ts";
import type { Recorder } from "../../../src/metrics/recorder.ts";
import { abandonedCode, counter, phase, timing } from "../../../src/metrics/snapshot.ts";
import { noCounts } from "../../../src/metrics/sparse-counts.ts";
import type { Plan } from "../../../src/plan/plan-types.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import { gateMessage } from "../../../src/results/exports/junit.ts";
import { findingCodes, severities } from "../../../src/results/findings/finding.ts";
import type { Command, Workload } from "../../../src/scenario/scenario.ts";
import { failure } from "../../../src/traffic/replies/error-side.ts";
import { server as scenarioServer } from "../../support/scenario-parts.ts";
import { awaitInVain, measured, refuseStep, resultInput, server, startNs } from "../fixture.ts";

const outcomeOf = (...parts: Parameters<typeof resultInput>) =>
  buildResult(resultInput(...parts)).run;

/** The fixture's plan with another workload. */
function planWith(changes: Partial<Workload>): Plan {
  const { plan } = resultInput();
  const workloads = plan.scenario.workloads.map((workload) => ({ ...workload, ...changes }));
  return { ...plan, scenario: { ...plan.scenario, workloads } };
}

/** Churn that only connects: `each` connections a quarter second and worker, of 100. */
const knocks = (each: number) =>
  measured(0, {
    sent: 0,
    note(recorder, quarters) {
      if (quarters >= 8 && quarters < 24) recorder.count(phase.steady, counter.opened, each);
    },
  });

const unopened = measured(0, {
  offered: 0,
  opened: 0,
  note(recorder, quarters) {
    if (quarters > 0) return;
    recorder.error("EADDRINUSE", "generator", phase.connect);
    recorder.error("EMFILE", "generator", phase.connect);
  },
});

/** Every attempt to connect is refused. */
const refusing = measured(0, {
  offered: 0,
  opened: 0,
  note(recorder, quarters) {
    if (quarters > 0) return;
    recorder.count(phase.connect, counter.failed, 10);
    recorder.error("ECONNREFUSED", "target", phase.connect, 10);
  },
});

/** The target refuses the second step of each connection. */
const notLoggedIn = measured(0, { offered: 0, opened: 0, note: refuseStep });
const notConfirmed = measured(0, { offered: 0, opened: 0, note: awaitInVain });

/** The target closes what was opened. */
const closeAll = (recorder: Recorder, quarters: number) => {
  if (quarters !== 8) return;
  for (let i = 0; i < 5; i++) recorder.closed();
  recorder.count(phase.steady, counter.closedByTarget, 5);
};
const closing = measured(0, { offered: 0, note: closeAll });
const heldNothing = measured(0, { offered: 0, note: closeAll });

/** A quarter of what was due was not sent, as the target had closed all. */
const closedEarly = measured(0, { sent: 75, unsent: 25, note: closeAll });

/** Nothing comes back. */
const mute = measured(0, {
  received: false,
  note(recorder, quarters) {
    if (quarters >= 8 && quarters < 24) recorder.error("TIMEOUT", "target", phase.steady, 100);
  },
});

const tardy = measured(0, {
  received: false,
  note(recorder, quarters) {
    if (quarters < 8 || quarters >= 24) return;
    recorder.error("TIMEOUT", "target", phase.steady, 100);
    recorder.count(phase.steady, counter.late, 100);
    recorder.wrongReply("TIMEOUT", 5, quarters, Buffer.from("-BUSY\r\n"), 0, 7, 7);
  },
});

/** So many of the 100 replies of each quarter second and worker are refused. */
const refused = (each: number, code: string = failure.unexpected) =>
  measured(0, {
    note(recorder, quarters) {
      if (quarters < 8 || quarters >= 24) return;
      recorder.wrongReply(code, 5, quarters, Buffer.from("-ERR\r\n"), 0, 6, 6);
      recorder.error(code, "target", phase.steady, each);
    },
  });

const refusedInStep = measured(0, {
  received: false,
  note(recorder, quarters) {
    if (quarters < 8 || quarters >= 24) return;
    recorder.count(phase.steady, counter.corrupted, 100);
    recorder.error("STEP_data_UNEXPECTED", "target", phase.steady, 100);
  },
});

/** A message on each connection before steady state, and no reply. */
const unverified = measured(0, {
  offered: 0,
  note(recorder, quarters) {
    if (quarters === 5) recorder.count(phase.warmUp, counter.sent, 100);
  },
});

const nothing = {
  lost: null,
  received: 0,
  duplicated: 0,
  reordered: 0,
  bytesReceived: 0,
  arrivals: [],
};

/** What a gate over errors was judged by when it ended the run after 4.04 s. */
const earlyEnd = {
  gate: 0,
  result: {
    expression: "chat.errors == 0",
    actual: 3,
    limit: 0,
    unit: "count",
    verdict: "fail",
  },
  atNs: startNs + 4.04e9,
} as const;

const closed = { model: "closed", thinkNs: 0, exchanges: null } as const;

describe("the outcome", () => {
  const passing = "chat.responseTime.p99 < 5ms";
  const failing = "chat.responseTime.p99 < 1us";
  const generatorShort = measured(0, { offered: 100, sent: 90 });
  const targetShort = measured(0, { offered: 100, sent: 90, unsent: 10 });
  const exited = [{ worker: 1, reason: "exited with code 1" }];

  test.each([
    ["no gates", {}, "pass", []],
    ["gates that hold", { gates: [passing] }, "pass", []],
    ["a gate that does not", { gates: [passing, failing] }, "fail", ["1us (it was 1.00 ms)"]],
    [
      "a gate without data",
      { gates: ["chat.sendLag.p99 > 0", "chat.exchanges.late / chat.exchanges.failed < 1%"] },
      "invalid",
      ["gate without data"],
    ],
    [
      "an exited worker",
      { workerExits: exited, gates: [passing] },
      "invalid",
      ["worker 1 exited: exited"],
    ],
    [
      "many workers that exited for one reason",
      {
        workerExits: Array.from({ length: 9 }, (_, worker) => ({ worker, reason: "killed" })),
        gates: [passing],
      },
      "invalid",
      ["workers 0, 1, 2 and 6 more exited: killed; what they had"],
    ],
    [
      "an exited worker and a failed gate",
      { workerExits: exited, gates: [failing] },
      "invalid",
      ["exited", "failed"],
    ],
    [
      "a gate that ended the run early, and others whose limits or data it had not reached",
      {
        gates: [
          "chat.errors == 0",
          failing,
          "chat.exchanges.received >= 1000000",
          "chat.exchanges.late / chat.exchanges.failed < 1%",
        ],
        run: { earlyEnd },
      },
      "fail",
      ["ended early, after 4.04 s, by gate chat.errors == 0 (it was 3); what was", "1us (it was"],
    ],
    [
      "a gate that ended the run of a generator that did not keep up",
      { workloads: [generatorShort], gates: ["chat.errors == 0"], run: { earlyEnd } },
      "invalid",
      ["as this load generator did not keep up", "ended early"],
    ],
    [
      "a gate that ended the run, and then the user",
      { gates: ["chat.errors == 0"], run: { earlyEnd, interrupted: true } },
      "interrupted",
      ["interrupted after 7.00 s", "ended early"],
    ],
    [
      "a server that exited during the run",
      { serverEnds: ["server echo exited during the run (exit code 1)"], gates: [passing] },
      "fail",
      ["server echo exited"],
    ],
    [
      "a generator that did not keep up",
      { workloads: [generatorShort], gates: [passing] },
      "invalid",
      ["720/s of 800/s offered was sent (90.0 %), as this load generator"],
    ],
    [
      "a generator that got no CPU",
      {
        workloads: [generatorShort],
        run: {
          generator: {
            cpu: { userSeconds: 1, systemSeconds: 1, waitedSeconds: 3, overSeconds: 5 },
            workers: null,
          },
        },
      },
      "invalid",
      ["of 800/s offered was sent (90.0 %), as other programs had the CPUs; end them"],
    ],
    [
      "a generator that did not keep up with what a hold verifies",
      { plan: planWith({ pattern: "hold", load: closed }), workloads: [generatorShort] },
      "invalid",
      ["of 800/s offered was sent (90.0 %), as this load generator"],
    ],
    [
      "a generator that did not keep up and a failed gate",
      { workloads: [generatorShort], gates: [failing] },
      "invalid",
      ["load generator", "gate failed"],
    ],
    [
      "a target that kept every connection waiting",
      { workloads: [targetShort], gates: [passing] },
      "invalid",
      ["every connection was waiting for the target; raise connections or inFlight"],
    ],
    [
      "clients whose own slowness kept every connection busy",
      {
        plan: planWith({
          slow: { readBytesPerSecond: null, writeBytesPerSecond: 10, stallNs: 5e9 },
        }),
        workloads: [targetShort],
        gates: [passing],
      },
      "invalid",
      [
        "as every connection was busy, and its clients are slow on purpose (send at most 10 B/s, stall for 5.00 s in the middle of each message); raise connections",
      ],
    ],
    [
      "a target that kept every connection waiting and a failed gate",
      { workloads: [targetShort], gates: [failing] },
      "fail",
      ["gate failed", "waiting for the target"],
    ],
    ["99 % sent", { workloads: [measured(0, { offered: 100, sent: 99 })] }, "pass", []],
    [
      "no connection",
      { workloads: [measured(0, { offered: 0, opened: 0 })] },
      "invalid",
      ["none of 10 connections could be opened"],
    ],
    [
      "a worker that exited before it reported a connection",
      { workloads: [measured(0, { offered: 0, opened: 0 })], workerExits: exited },
      "invalid",
      [
        "worker 1 exited",
        "how many of 10 connections were opened is unknown, as worker 1 exited before",
      ],
    ],
    [
      "a worker that exited when connections had failed",
      { workloads: [unopened], workerExits: exited },
      "invalid",
      ["worker 1 exited", "none of 10 connections could be opened (EADDRINUSE, EMFILE)"],
    ],
    [
      "no connection, and messages that were due",
      { workloads: [measured(0, { offered: 100, sent: 0, unsent: 100, opened: 0 })] },
      "invalid",
      [
        "none of 10 connections could be opened",
        "(0.0 %), as none of its connections was ever open",
      ],
    ],
    [
      "no connection, for reasons that were counted",
      { workloads: [unopened] },
      "invalid",
      ["none of 10 connections could be opened (EADDRINUSE, EMFILE)"],
    ],
    [
      "no connection, as the target refused them",
      { workloads: [refusing] },
      "fail",
      ["chat: none of 20 attempts to connect succeeded (ECONNREFUSED)"],
    ],
    [
      "no connection, as an opening step failed",
      { workloads: [notLoggedIn] },
      "fail",
      [
        'chat: none of 2 attempts to connect succeeded (OPEN_2_UNEXPECTED); the first received "-ERR\\r\\n" in step 2',
      ],
    ],
    [
      "no connection, as what a protocol waited for did not come",
      { workloads: [notConfirmed] },
      "fail",
      [
        "chat: none of 2 attempts to connect succeeded (OPEN_TIMEOUT); the first waited for CONNACK, and received nothing",
      ],
    ],
    [
      "no connection, as the target refused them, so that gates have no data",
      {
        workloads: [refusing],
        gates: [
          "chat.responseTime.p99 < 5ms",
          "chat.responseTime.p50 / total.responseTime.p50 < 2",
        ],
      },
      "invalid",
      [
        "gate without data: chat.responseTime.p50 / total.responseTime.p50",
        "chat: none of 20 attempts to connect succeeded (ECONNREFUSED)",
      ],
    ],
    [
      "no connection, as the target refused them, so that its own gate has no data",
      { workloads: [refusing], gates: ["chat.responseTime.p99 < 5ms"] },
      "fail",
      ["chat: none of 20 attempts to connect succeeded (ECONNREFUSED)"],
    ],
    [
      "nothing sent, as nothing was due",
      { workloads: [measured(0, { offered: 0 })] },
      "invalid",
      ["nothing was sent in steady state, as nothing was due"],
    ],
    [
      "nothing sent, as the target closed every connection",
      { workloads: [closing], plan: planWith({ load: closed }) },
      "fail",
      ["chat: no exchange was begun, as the target closed every connection"],
    ],
    [
      "nothing sent of what was due",
      { workloads: [measured(0, { offered: 100, sent: 0, unsent: 100 })] },
      "fail",
      ["none of 3,200 exchanges due in steady state was sent"],
    ],
    [
      "nothing received",
      { workloads: [mute] },
      "fail",
      ["none of 3,200 exchanges succeeded in steady state: nothing was received (TIMEOUT)"],
    ],
    [
      "every reply after its time-out",
      { workloads: [tardy] },
      "fail",
      [
        'none of 3,200 exchanges succeeded in steady state: every reply came too late (TIMEOUT); what came first was "-BUSY\\r\\n"',
      ],
    ],
    [
      "every reply refused",
      { workloads: [refused(100)] },
      "fail",
      [
        'none of 3,200 exchanges succeeded in steady state: every reply was refused (UNEXPECTED); what came first was "-ERR\\r\\n"',
      ],
    ],
    [
      "every reply refused in a step of its exchange, which fails then",
      { workloads: [refusedInStep] },
      "fail",
      [
        "none of 3,200 exchanges succeeded in steady state: no reply was accepted (STEP_data_UNEXPECTED)",
      ],
    ],
    [
      "every reply cut short",
      { workloads: [refused(100, failure.truncated)] },
      "fail",
      ["every reply was refused (TRUNCATED)"],
    ],
    [
      "every reply with an HTTP status that was not expected",
      { workloads: [refused(100, "HTTP_500")] },
      "fail",
      ["every reply was refused (HTTP_500)"],
    ],
    [
      "nothing received, as a gate says",
      { workloads: [mute], gates: ["chat.exchanges.received == 0"] },
      "pass",
      [],
    ],
    [
      "nothing received, with a gate that holds anyway",
      { workloads: [mute], gates: ["chat.exchanges.late == 0"] },
      "fail",
      ["nothing was received"],
    ],
    ["one reply not refused", { workloads: [refused(99)] }, "pass", []],
    [
      "a verifying round that nobody answered",
      { plan: planWith({ pattern: "hold", load: closed, verify: true }), workloads: [unverified] },
      "fail",
      ["none of 200 exchanges succeeded: nothing was received"],
    ],
    [
      "a hold that held nothing",
      { plan: planWith({ pattern: "hold", load: closed }), workloads: [heldNothing] },
      "fail",
      ["none of 10 connections was still open when steady state ended"],
    ],
    [
      "a hold whose target may close",
      {
        plan: planWith({ pattern: "hold", load: closed, expectClose: true }),
        workloads: [heldNothing],
      },
      "pass",
      [],
    ],
    [
      "heartbeats for which the target had closed every connection",
      { plan: planWith({ pattern: "hold", load: closed, verify: true }), workloads: [closedEarly] },
      "fail",
      ["none of 10 connections was still open when steady state ended"],
    ],
    [
      "exchanges for which the target had closed every connection, none of which is opened again",
      { plan: planWith({ reconnect: false }), workloads: [closedEarly] },
      "invalid",
      [
        "only 600/s of 800/s offered was sent (75.0 %), as the target had closed 10 of 10 connections; set reconnect: true",
      ],
    ],
    [
      "heartbeats for which the target had closed every connection, as it may",
      {
        plan: planWith({ pattern: "hold", load: closed, verify: true, expectClose: true }),
        workloads: [closedEarly],
      },
      "pass",
      [],
    ],
    [
      "a stream of which the server got nothing",
      {
        plan: planWith({ pattern: "stream" }),
        workloads: [{ ...measured(0), delivered: nothing }],
      },
      "fail",
      ["none of 4,000 messages was received by the server"],
    ],
    [
      "a stream of which nobody tells",
      { plan: planWith({ pattern: "stream" }), workloads: [measured(0, { received: false })] },
      "pass",
      [],
    ],
    [
      "nothing sent by hold",
      { pattern: "hold" as const, workloads: [measured(0, { offered: 0 })] },
      "pass",
      [],
    ],
    [
      "churn that only connects",
      {
        plan: planWith({ pattern: "churn", exchangesPerConnection: 0 }),
        workloads: [knocks(100)],
      },
      "pass",
      [],
    ],
    [
      "churn that only connects, and too slowly",
      {
        plan: planWith({ pattern: "churn", exchangesPerConnection: 0 }),
        workloads: [knocks(90)],
      },
      "invalid",
      ["720/s of 800/s offered was sent (90.0 %), as this load generator"],
    ],
    [
      "all the exchanges asked for, in their own time",
      {
        plan: planWith({
          durationNs: null,
          load: { model: "closed", thinkNs: 0, exchanges: 4000 },
        }),
      },
      "pass",
      [],
    ],
    [
      "fewer exchanges than asked for",
      {
        plan: planWith({
          durationNs: null,
          load: { model: "closed", thinkNs: 0, exchanges: 5000 },
        }),
      },
      "invalid",
      ["chat: only 4,000 of 5,000 exchanges could be sent"],
    ],
    [
      "Ctrl-C",
      { run: { interrupted: true }, gates: [failing] },
      "interrupted",
      ["interrupted after 7.00 s", "gate failed"],
    ],
    [
      "Ctrl-C before anything was sent",
      { run: { interrupted: true }, workloads: [measured(0, { offered: 0 })] },
      "interrupted",
      ["interrupted after 7.00 s"],
    ],
    [
      "a worker that exited before anything was sent",
      { workloads: [measured(0, { offered: 0 })], workerExits: exited },
      "invalid",
      ["exited: "],
    ],
  ] as const)("%s", (_, parts, outcome, reasons) => {
    const run = outcomeOf(parts);
    expect(run.outcome).toBe(outcome);
    expect(run.reasons).toHaveLength(reasons.length);
    reasons.forEach((reason, i) => {
      expect(run.reasons[i]).toContain(reason);
    });
  });
});

test("the gate that ended a run early has failed, whatever the last replies changed", () => {
  const gates = ["chat.errors == 0", "chat.exchanges.received >= 1000000", "chat.bytes.sent > 0"];
  const result = buildResult(resultInput({ gates, run: { earlyEnd } }));
  expect(result.run.abortedBy).toEqual({ gate: "chat.errors == 0", line: 30, atMs: 4040 });
  expect(result.gates.map(({ verdict, actual }) => [verdict, actual])).toEqual([
    ["fail", 3],
    ["noData", 3200],
    ["pass", 204_800],
  ]);
  const [, unjudged] = result.gates;
  expect(unjudged && gateMessage(unjudged)).toBe(
    "not judged: was 3,200, the limit is 1,000,000, and the run was ended early by another gate",
  );
});

test.each([
  ["an exited worker", { workerExits: [{ worker: 1, reason: "gone" }] }, "generator"],
  [
    "a generator that did not keep up",
    { workloads: [measured(0, { offered: 100, sent: 90 })] },
    "generator",
  ],
  ["a gate without data", { gates: ["chat.exchanges.late / chat.exchanges.failed < 1%"] }, "data"],
  ["a target", { workloads: [measured(0, { offered: 100, sent: 90, unsent: 10 })] }, "target"],
  ["nothing due in steady state", { workloads: [measured(0, { offered: 0 })] }, "data"],
  ["a generator that could open no connection", { workloads: [unopened] }, "generator"],
  ["nobody, when it failed", { gates: ["chat.responseTime.p99 < 1us"] }, null],
  ["nobody, when it passed", {}, null],
] as const)("invalid by %s", (_, parts, by) => {
  expect(outcomeOf(parts).invalidBy).toBe(by);
});

describe("a run that was disturbed", () => {
  const ms = 1e6;

  /** The workers stand still for half a second at 3.25 s, and what was due then is answered late. */
  function stopped(cause: PauseCause = "stopped", parts: { readonly slowNs?: number } = {}) {
    const disturbances = new Disturbances();
    const fromNs = startNs + 3250 * ms;
    for (const worker of [0, 1]) {
      disturbances.paused([{ worker, fromNs, toNs: fromNs + 500 * ms, cause }]);
    }
    const late = [14, 15];
    const workload = measured(0, {
      disturbances,
      sent: 50,
      responseNs: () => parts.slowNs ?? 1 * ms,
      note(recorder, quarter, at) {
        for (let i = 0; i < 50 && quarter >= 8 && quarter < 24; i++) {
          const ns = late.includes(quarter) ? 400 * ms : (parts.slowNs ?? 1 * ms);
          recorder.count(at, counter.offered, 0);
          recorder.count(at, counter.sent, 1);
          recorder.count(at, counter.received, 1);
          recorder.time(timing.responseTime, at, ns);
        }
      },
      disturbed({ steady }, quarter) {
        const responseTime = steady[timing.responseTime] ?? noCounts;
        if (!late.includes(quarter)) return undefined;
        return { responseTime, serviceTime: noCounts, timedOut: 0, ns: 250 * ms, saturated: false };
      },
    });
    return { workloads: [workload], run: { disturbances } };
  }

  test("is invalid by the generator, where what it left undisturbed holds", () => {
    const run = outcomeOf({ ...stopped(), gates: ["chat.responseTime.p99 < 100ms"] });
    expect(run).toMatchObject({ outcome: "invalid", invalidBy: "generator" });
    expect(run.reasons).toEqual([
      "gate inconclusive: chat.responseTime.p99 < 100ms (it was 400 ms; 1.00 ms over the 88 % that nothing disturbed): " +
        "worker 0 of the load generator paused for 500 ms, 3.25 s after the start (stopped: it neither ran nor waited for a CPU), which may be why; " +
        "this says nothing about the server: run it again, as load --retries 3 does",
    ]);
  });

  test.each([
    [1, "this says nothing about the server: it is made again, as --retries asks for"],
    [
      3,
      "this says nothing about the server: 3 runs (--retries 2) were no better: run it when this machine has less to do, or on one that has",
    ],
  ])("does not advise what is done already: run %d of 3", (number, text) => {
    const { workloads, run } = stopped();
    const parts = { workloads, run: { ...run, attempt: { number, of: 3 } } };
    const [reason] = outcomeOf({ ...parts, gates: ["chat.responseTime.p99 < 100ms"] }).reasons;
    expect(reason?.endsWith(text), reason).toBe(true);
  });

  test("is invalid by the machine, where others had the CPUs", () => {
    const run = outcomeOf({ ...stopped("cpu"), gates: ["chat.responseTime.p99 < 100ms"] });
    expect(run).toMatchObject({ outcome: "invalid", invalidBy: "machine" });
    expect(run.reasons[0]).toContain(
      "the machine kept clients or servers from running for up to 500 ms",
    );
  });

  /** Nothing is sent but in half a second, and nothing of that is answered. */
  function silent(pauseNs: number) {
    const disturbances = new Disturbances();
    const fromNs = startNs + 3250 * ms;
    for (const worker of [0, 1]) {
      disturbances.paused([{ worker, fromNs, toNs: fromNs + pauseNs, cause: "stopped" }]);
    }
    const workload = measured(0, {
      disturbances,
      offered: 0,
      note(recorder, quarter, at) {
        if (quarter !== 14) return;
        recorder.sent(at, 64);
        recorder.timedOut(at, 5000 * ms, 5000 * ms, startNs + 8500 * ms);
        recorder.failed(0, "TIMEOUT", "target", at);
      },
      disturbed({ steady }, quarter) {
        if (quarter !== 14) return undefined;
        const [responseTime = noCounts, serviceTime = noCounts] = steady;
        return { responseTime, serviceTime, timedOut: 1, ns: pauseNs, saturated: false };
      },
    });
    return { workloads: [workload], run: { disturbances } };
  }

  test("is invalid where nothing succeeded that a pause explains, and fails where none does", () => {
    const run = outcomeOf(silent(2500 * ms));
    expect(run).toMatchObject({ outcome: "invalid", invalidBy: "generator" });
    expect(run.reasons).toEqual([
      "chat: none of 2 exchanges succeeded in steady state: nothing was received (TIMEOUT); " +
        "worker 0 of the load generator paused for 2.50 s, 3.25 s after the start (stopped: it neither ran nor waited for a CPU), which may be why",
    ]);
    expect(outcomeOf(silent(20 * ms))).toMatchObject({ outcome: "fail" });
    expect(outcomeOf(silent(300 * ms))).toMatchObject({ outcome: "fail" });
  });

  test("passes where the gate holds in spite of it", () => {
    const run = outcomeOf({ ...stopped(), gates: ["chat.responseTime.p50 < 100ms"] });
    expect(run).toMatchObject({ outcome: "pass", invalidBy: null, reasons: [] });
  });

  test("fails where the rest fails, too", () => {
    const slow = stopped("stopped", { slowNs: 200 * ms });
    const run = outcomeOf({ ...slow, gates: ["chat.responseTime.p99 < 100ms"] });
    expect(run).toMatchObject({ outcome: "fail", invalidBy: null });
  });

  test("fails where another gate fails for sure", () => {
    const gates = ["chat.responseTime.p99 < 100ms", "chat.connections.peak >= 11"];
    const run = outcomeOf({ ...stopped(), gates });
    expect(run).toMatchObject({ outcome: "fail", invalidBy: null });
    expect(run.reasons.map((reason) => reason.split(":")[0])).toEqual([
      "gate failed",
      "gate inconclusive",
    ]);
  });

  test("states what was undisturbed", () => {
    const { workloads, gates } = buildResult(
      resultInput({ ...stopped(), gates: ["chat.responseTime.p99 < 100ms"] }),
    );
    const undisturbed = workloads.chat?.undisturbed;
    expect(undisturbed).toMatchObject({ count: 2800, ratio: 0.875, receivedPerSecond: 800 });
    expect(undisturbed?.responseTime.percentiles["99.99"]).toBeCloseTo(1 * ms, -4);
    expect(gates[0]?.undisturbed?.ratio).toBe(0.875);
  });

  test("has its rates judged over the time that was left", () => {
    const disturbances = new Disturbances();
    const toNs = startNs + 4000 * ms;
    for (const worker of [0, 1]) {
      disturbances.paused([{ worker, fromNs: toNs - 1000 * ms, toNs, cause: "stopped" }]);
    }
    const nothing = { responseTime: noCounts, serviceTime: noCounts, timedOut: 0 };
    // 100 each quarter second and worker, but for one second of four.
    const still = (quarter: number) => quarter >= 12 && quarter < 16;
    const workload = measured(0, {
      disturbances,
      offered: 0,
      note(recorder, quarter, at) {
        if (quarter < 8 || quarter >= 24 || still(quarter)) return;
        recorder.count(at, counter.offered, 100);
        recorder.count(at, counter.sent, 100);
        recorder.count(at, counter.received, 100);
      },
      disturbed: (_, quarter) =>
        still(quarter) ? { ...nothing, ns: 250 * ms, saturated: false } : undefined,
    });
    const parts = { workloads: [workload], run: { disturbances } };
    const outcome = (gate: string) => outcomeOf({ ...parts, gates: [gate] }).outcome;
    expect(outcome("chat.rate.receivedPerSecond >= 600/s")).toBe("pass");
    expect(outcome("chat.rate.receivedPerSecond >= 700/s")).toBe("invalid");
    expect(outcome("chat.rate.receivedPerSecond >= 810/s")).toBe("fail");
    expect(outcome("chat.exchanges.received >= 3200")).toBe("invalid");
    expect(outcome("chat.exchanges.received >= 3300")).toBe("fail");
    expect(buildResult(resultInput(parts)).workloads.chat?.undisturbed?.receivedPerSecond).toBe(
      800,
    );
  });

  describe("while it connected", () => {
    /** The worker stands still from 200 to 900 ms, and `failed` of its 10 attempts fail. */
    function connecting(
      failed: number,
      code: string = failure.connectTimeout,
      opened = 10 - failed,
    ) {
      const disturbances = new Disturbances();
      const fromNs = startNs + 200 * ms;
      const pause = { worker: 0, fromNs, toNs: fromNs + 700 * ms, cause: "stopped" as const };
      disturbances.paused([pause]);
      let left = failed;
      const workload = measured(0, {
        disturbances,
        opened: opened / 2,
        received: opened > 0,
        offered: opened > 0 ? 100 : 0,
        note(recorder, quarter) {
          if (quarter !== 4 || left === 0) return;
          recorder.count(phase.connect, counter.failed, left);
          recorder.error(code, "target", phase.connect, left);
          left = 0;
        },
      });
      return { workloads: [workload], run: { disturbances } };
    }
    const gates = [
      "chat.connections.failed == 0",
      "chat.connections.opened >= 10",
      "chat.connections.peak >= 10",
      "chat.errors == 0",
    ];

    test("is invalid by the generator for attempts that timed out, and names the pause", () => {
      const { run, gates: judged } = buildResult(resultInput({ ...connecting(4), gates }));
      expect(judged.map(({ verdict }) => verdict)).toEqual(gates.map(() => "inconclusive"));
      expect(run).toMatchObject({ outcome: "invalid", invalidBy: "generator" });
      expect(run.reasons[0]).toContain("paused for 700 ms, 200 ms after the start");
    });

    test("fails for attempts that the target refused", () => {
      const { gates: judged } = buildResult(
        resultInput({ ...connecting(4, "ECONNREFUSED"), gates }),
      );
      expect(judged.map(({ verdict }) => verdict)).toEqual(gates.map(() => "fail"));
    });

    test("is invalid, too, where every attempt timed out, and fails where all were refused", () => {
      const { outcome, invalidBy, reasons } = outcomeOf(connecting(10));
      expect({ outcome, invalidBy }).toEqual({ outcome: "invalid", invalidBy: "generator" });
      expect(reasons[0]).toMatch(
        /none of 10 attempts to connect succeeded \(ETIMEDOUT\); worker 0 .* which may be why$/,
      );
      expect(outcomeOf(connecting(10, "ECONNREFUSED")).outcome).toBe("fail");
    });
  });

  test("is invalid by it where connections were waiting, not by the target", () => {
    const disturbances = new Disturbances();
    const fromNs = startNs + 3000 * ms;
    for (const worker of [0, 1]) {
      disturbances.paused([{ worker, fromNs, toNs: fromNs + 500 * ms, cause: "stopped" }]);
    }
    const run = (unsent: number) =>
      outcomeOf({
        workloads: [measured(0, { disturbances, offered: 100, sent: 100 - unsent, unsent })],
        run: { disturbances },
      });
    expect(run(10)).toMatchObject({ outcome: "invalid", invalidBy: "generator" });
    expect(run(10).reasons[0]).toContain("which may be because of a disturbance: worker 0");
    expect(run(40)).toMatchObject({ outcome: "invalid", invalidBy: "target" });
  });

  test("is not failed for time-outs that a pause explains", () => {
    const disturbances = new Disturbances();
    const fromNs = startNs + 3000 * ms;
    disturbances.paused([{ worker: 0, fromNs, toNs: fromNs + 900 * ms, cause: "stopped" }]);
    const workload = (quarter: number) =>
      measured(0, {
        disturbances,
        note(recorder, now, at) {
          if (now !== quarter) return;
          recorder.count(at, counter.timedOut, 3);
          recorder.error("TIMEOUT", "target", at, 3);
        },
      });
    const outcome = (quarter: number, gate: string) =>
      outcomeOf({ workloads: [workload(quarter)], run: { disturbances }, gates: [gate] }).outcome;
    // Each worker has three; only those of the one that paused are explained.
    expect(outcome(16, "total.errors <= 3")).toBe("invalid");
    expect(outcome(16, "chat.exchanges.timedOut <= 3")).toBe("invalid");
    expect(outcome(16, "total.errors == 0")).toBe("fail");
    expect(outcome(23, "total.errors <= 3")).toBe("fail");
  });

  test("is not failed for connections that were given up for such time-outs, and what was in flight on them", () => {
    const disturbances = new Disturbances();
    const fromNs = startNs + 3000 * ms;
    for (const worker of [0, 1]) {
      disturbances.paused([{ worker, fromNs, toNs: fromNs + 900 * ms, cause: "stopped" }]);
    }
    const workload = measured(0, {
      disturbances,
      note(recorder, quarter, at) {
        if (quarter !== 16) return;
        recorder.count(at, counter.timedOut, 1);
        recorder.error(failure.timeout, "target", at);
        recorder.count(at, counter.reopenedTimeout, 1);
        recorder.count(at, counter.exchangesFailed, 3);
        recorder.count(at, counter.exchangesAbandoned, 3);
        recorder.error(abandonedCode, "target", at, 3);
      },
    });
    const outcome = (inFlight: number, gate: string) => {
      const plan = planWith({ inFlight });
      return outcomeOf({ plan, workloads: [workload], run: { disturbances }, gates: [gate] })
        .outcome;
    };
    for (const gate of [
      "chat.connections.reopened == 0",
      "chat.connections.reopened.timeout == 0",
      "chat.exchanges.failed == 0",
      "total.errors == 0",
    ]) {
      expect(outcome(4, gate), gate).toBe("invalid");
    }
    expect(abandonedCode).toBe(failure.abandoned);
    // So many cannot have been in flight beside those that timed out.
    expect(outcome(3, "chat.exchanges.failed == 0")).toBe("fail");
    expect(outcome(3, "total.errors == 0")).toBe("fail");
  });
});

describe("buildResult", () => {
  const result = buildResult(
    resultInput({
      names: ["chat", "idle"],
      gates: ["chat.responseTime.p99 < 5ms", "total.errors == 0"],
      workloads: [
        measured(0, {
          note(recorder, quarters, at) {
            if (quarters === 4) recorder.time(timing.responseTime, at, 77e6);
            if (quarters === 9) recorder.error("ETIMEDOUT", "target", phase.steady, 2);
            if (quarters === 9) recorder.error("ECONNREFUSED", "target", phase.connect, 3);
          },
        }),
        measured(1),
      ],
    }),
  );
  const chat = result.workloads.chat;

  test("holds the contract's fields, and no others", () => {
    const count = z.int().min(0);
    const ns = z.number().min(0).nullable();
    const parts = {
      sendLagNs: count,
      queuedNs: z.null(),
      wireTimeNs: z.null(),
      wakeUpNs: z.null(),
    };
    const exchange = z.strictObject({ atMs: z.number(), ...parts, handOutNs: count });
    const anatomy = z.strictObject({
      percentile: z.number(),
      responseTime: count,
      exchanges: count,
      ...parts,
    });
    const histogram = z.strictObject({
      unit: z.literal("ns"),
      count,
      censored: count,
      min: ns,
      max: ns,
      mean: ns,
      stdDev: ns,
      percentiles: z.strictObject({
        "50": ns,
        "90": ns,
        "95": ns,
        "99": ns,
        "99.9": ns,
        "99.99": ns,
      }),
      hdr: z.base64(),
    });
    const counters = z.record(z.string(), count);
    const client = {
      client: count,
      source: z.string(),
      destination: z.string(),
      displayFilter: z.string(),
      captureFilter: z.string(),
    };
    const step = { step: count, name: z.string().nullable() };
    const workload = z.strictObject({
      protocol: z.enum(["tcp", "udp"]),
      pattern: z.enum(["request", "hold", "churn", "stream", "broadcast"]),
      slow: z.null(),
      sources: z.strictObject({
        ranges: z.array(z.string()),
        addressesUsed: count,
        leased: z.boolean(),
        displayFilter: z.string(),
        captureFilter: z.string(),
      }),
      connections: z.strictObject({
        planned: count,
        opened: count,
        failed: count,
        openFailed: count,
        openFailedBy: z.array(z.strictObject({ ...step, count })),
        openFailedExamples: z.array(
          z.strictObject({
            ...step,
            code: z.string(),
            client: count,
            source: z.string(),
            received: z.string(),
            receivedBytes: count,
          }),
        ),
        peak: count,
        closedByTarget: count,
        openAtEnd: count,
        refused: count,
        rotated: count,
        tlsResumed: count,
        portsTaken: count,
        reopened: z.strictObject({
          timeout: count,
          malformed: count,
          unsolicited: count,
          unexpected: count,
          closedByTarget: count,
        }),
        opensPerSecond: z.number().nullable(),
      }),
      exchanges: z.strictObject({
        countedBy: z.enum(["client", "server"]),
        offered: count,
        sent: count,
        received: count,
        status: z.record(z.string(), count).nullable(),
        lost: count.nullable(),
        timedOut: count,
        late: count,
        duplicated: count,
        reordered: count,
        corrupted: count,
        truncated: count,
        wrongSource: count,
        failed: count,
        unsolicited: count,
        unsent: count,
      }),
      asides: z.strictObject({
        pushed: count,
        ignored: count,
        answersSent: count,
        keepAlivesSent: count,
      }),
      rate: z.strictObject({
        offeredPerSecond: z.number().nullable(),
        achievedPerSecond: z.number().nullable(),
        receivedPerSecond: z.number().nullable(),
      }),
      bytes: z.strictObject({ sent: count, received: count }),
      errors: z.array(
        z.strictObject({
          code: z.string(),
          side: z.enum(["target", "generator"]),
          phase: z.enum(["connect", "warmUp", "steady", "drain"]),
          count,
        }),
      ),
      fragmentation: z.strictObject({ datagrams: count, fragments: count }),
      wrongReplies: z.array(
        z.strictObject({
          code: z.string(),
          client: count,
          source: z.string(),
          received: z.string(),
          receivedBytes: count,
        }),
      ),
      wrongSources: z.array(z.strictObject({ destination: z.string(), from: z.string(), count })),
      clients: z.strictObject({
        slowest: z.array(
          z.strictObject({ ...client, worstResponseTime: count, exchange, tcp: z.null() }),
        ),
        failing: z.array(z.strictObject({ ...client, failures: count, code: z.string() })),
      }),
      notes: z.array(z.string()),
      responseTime: histogram,
      anatomy: z.array(anatomy),
      serviceTime: histogram,
      wireTime: histogram,
      connectTime: histogram,
      openTime: histogram,
      sessionTime: histogram,
      tlsTime: histogram,
      sendLag: histogram,
      connectionWait: histogram,
      generatorLag: histogram,
      undisturbed: z.strictObject({
        count,
        ratio: z.number(),
        responseTime: histogram,
        receivedPerSecond: z.number().nullable(),
      }),
      receivers: z.null(),
      deliveryLatency: z.null(),
      deliverySpread: z.null(),
      transitTime: z.null(),
      clockErrorNs: z.null(),
      subscription: z.null(),
      contrast: z.null(),
      tcp: z.null(),
      outsideSteady: z.strictObject({
        responseTime: histogram,
        serviceTime: histogram,
        sendLag: histogram,
      }),
      phases: z.strictObject({
        connect: counters,
        warmUp: counters,
        steady: counters,
        drain: counters,
      }),
      steady: z.strictObject({ fromMs: z.number(), toMs: z.number() }).nullable(),
      restarts: z.array(
        z.strictObject({
          old: count,
          kept: count,
          reset: count,
          opened: count,
          failed: count,
          lost: count.nullable(),
          longestGapMs: count.nullable(),
        }),
      ),
      timeline: z.array(
        z.strictObject({
          atMs: count,
          seconds: count,
          offered: count,
          sent: count,
          received: count,
          open: count,
          opened: count,
          errors: count,
          responseTime: z.strictObject({
            p50: ns,
            p99: ns,
            max: ns,
            hdr: z.string().nullable(),
          }),
          sendLag: z.strictObject({ p99: ns, max: ns }),
        }),
      ),
    });
    const schema = z.strictObject({
      schemaVersion: z.literal(2),
      tool: z.strictObject({ name: z.string(), version: z.string() }),
      scenario: z.strictObject({
        name: z.string(),
        file: z.string(),
        sha256: z.hex().length(64),
        resolved: z.looseObject({ version: z.literal(1) }),
      }),
      host: z.looseObject({ os: z.string(), portRange: z.tuple([count, count]) }),
      hosts: z.strictObject({}),
      run: z.strictObject({
        id: z.string(),
        startedAt: z.iso.datetime(),
        durationMs: z.number(),
        io: z.enum(["node", "uring"]),
        ioObstacle: z.string().nullable(),
        agents: count,
        workers: count,
        harnessLatency: z.strictObject({ p50: z.number(), p99: z.number() }).nullable(),
        kernel: z.record(z.string(), z.number()).nullable(),
        sharedEventLoop: z.null(),
        generator: z.strictObject({
          cpu: z
            .strictObject({
              userSeconds: z.number(),
              systemSeconds: z.number(),
              waitedSeconds: z.number().nullable(),
              overSeconds: z.number(),
            })
            .nullable(),
          workers: z
            .array(
              z.strictObject({
                worker: count,
                busyRatio: z.number(),
                waitedRatio: z.number().nullable(),
                gcPauses: count,
                gcSeconds: z.number(),
                gcLongestSeconds: z.number(),
              }),
            )
            .nullable(),
        }),
        pauses: z.array(
          z.strictObject({
            worker: count,
            atMs: z.number(),
            durationMs: z.number(),
            cause: z.enum(pauseCauses),
          }),
        ),
        pausesTotal: z.strictObject({ count, durationMs: z.number() }),
        machine: z
          .strictObject({
            cpus: count,
            overSeconds: z.number(),
            idleSeconds: z.number().nullable(),
            stealSeconds: z.number().nullable(),
            othersSeconds: z.number().nullable(),
            busiestOthers: z.array(
              z.strictObject({ name: z.string(), pid: count, cpuSeconds: z.number() }),
            ),
            throttledPeriods: count.nullable(),
            throttledSeconds: z.number().nullable(),
            loadBefore: z.number().nullable(),
          })
          .nullable(),
        outcome: z.enum(["pass", "fail", "invalid", "interrupted"]),
        abortedBy: z.null(),
        invalidBy: z.enum(["generator", "machine", "noData", "target"]).nullable(),
        reasons: z.array(z.string()),
        logFolder: z.null(),
        findings: z.array(
          z.strictObject({
            about: z.enum(["generator", "server", "machine", "run"]),
            severity: z.enum(severities),
            code: z.enum(findingCodes),
            subject: z.string().nullable(),
            text: z.string(),
            evidence: z.record(z.string(), z.number()),
            todo: z.string(),
          }),
        ),
      }),
      workloads: z.record(z.string(), workload),
      servers: z.record(z.string(), z.looseObject({ cpuSeconds: z.number().nullable() })),
      gates: z.array(
        z.strictObject({
          expression: z.string(),
          line: count,
          actual: z.number().nullable(),
          limit: z.number().nullable(),
          unit: z.enum(["ns", "perSecond", "bytes", "count", "ratio"]),
          verdict: z.enum(["pass", "fail", "inconclusive", "noData"]),
          undisturbed: z
            .strictObject({ actual: z.number().nullable(), ratio: z.number() })
            .nullable(),
        }),
      ),
      capture: z.null(),
      commands: z.array(z.never()),
      baseline: z.array(z.string()),
      warnings: z.array(z.string()),
    });
    expect(() => schema.parse(JSON.parse(JSON.stringify(result)))).not.toThrow();
  });

  test("gates with their lines, in order", () => {
    expect(result.gates).toMatchObject([
      { expression: "chat.responseTime.p99 < 5ms", line: 30, actual: 1e6, verdict: "pass" },
      { expression: "total.errors == 0", line: 31, actual: 10, limit: 0, verdict: "fail" },
    ]);
  });

  test("steady state apart from the rest", () => {
    expect(chat?.responseTime).toMatchObject({ count: 3200, max: 1e6 });
    expect(chat?.outsideSteady.responseTime).toMatchObject({ count: 802, max: 77e6 });
    expect(decodeHistogram(chat?.responseTime.hdr ?? "").count).toBe(3200);
    expect(chat?.steady).toEqual({ fromMs: 2000, toMs: 6000 });
    expect(chat?.phases).toMatchObject({
      connect: { opened: 10 },
      warmUp: { offered: 800, sent: 800 },
      steady: { offered: 3200, sent: 3200 },
      drain: {},
    });
  });

  test("errors by frequency", () => {
    expect(chat?.errors.map(({ code, count }) => [code, count])).toEqual([
      ["ECONNREFUSED", 6],
      ["ETIMEDOUT", 4],
    ]);
  });

  test("a timeline by the second, all phases in it", () => {
    expect(chat?.timeline).toHaveLength(7);
    expect(chat?.timeline.map(({ sent }) => sent)).toEqual([0, 800, 800, 800, 800, 800, 0]);
    expect(chat?.timeline[0]).toEqual({
      atMs: 0,
      seconds: 1,
      offered: 0,
      sent: 0,
      received: 0,
      open: 10,
      opened: 10,
      errors: 0,
      responseTime: { p50: null, p99: null, max: null, hdr: null },
      sendLag: { p99: null, max: null },
    });
    expect(chat?.timeline[1]?.responseTime).toMatchObject({ p50: 1_000_447, max: 77e6 });
    expect(chat?.timeline[2]).toMatchObject({ errors: 10, offered: 800, received: 800 });
  });

  test("a histogram of every second, which holds what came in it", () => {
    const perSecond = (chat?.timeline ?? []).map(({ responseTime: { hdr } }) =>
      hdr === null ? 0 : decodeHistogram(hdr).count,
    );
    expect(perSecond).toEqual([0, 802, 800, 800, 800, 800, 0]);
  });

  test("servers as they were reported", () => {
    expect(result.servers).toEqual({ echo: server });
  });

  test("of a protocol's options no secrets", () => {
    const input = resultInput();
    const options = { user: "me", password: "sesame", token: null };
    const applicationProtocol = { name: "x", path: null, options, secrets: ["password", "token"] };
    const workloads = input.plan.scenario.workloads.map((one) => ({ ...one, applicationProtocol }));
    const plan = { ...input.plan, scenario: { ...input.plan.scenario, workloads } };
    const { resolved } = buildResult({ ...input, plan }).scenario;
    expect(resolved.workloads[0]?.applicationProtocol?.options).toEqual({
      user: "me",
      password: "(not written)",
      token: null,
    });
  });

  test("only the names of a command's environment", () => {
    const input = resultInput();
    const command: Command = {
      argv: ["./my-server"],
      cwd: "/",
      env: { TOKEN: "secret" },
      ready: { by: "port" },
      readyTimeoutNs: 1e9,
      stopSignal: "SIGTERM",
      stopTimeoutNs: 1e9,
      missing: "fail",
    };
    const servers = [scenarioServer({ kind: "command", builtin: null, command })];
    const plan = { ...input.plan, scenario: { ...input.plan.scenario, servers } };
    const text = JSON.stringify(buildResult({ ...input, plan }));
    expect(text).toContain("TOKEN");
    expect(text).not.toContain("secret");
  });

  test("names that JavaScript gives a meaning to stay names", () => {
    const odd = buildResult(resultInput({ names: ["__proto__", "constructor"] }));
    expect(Object.keys(JSON.parse(JSON.stringify(odd)).workloads)).toEqual([
      "__proto__",
      "constructor",
    ]);
  });
});
