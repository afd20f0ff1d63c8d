import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { counter, phase } from "../../../src/metrics/snapshot.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import type { Finding } from "../../../src/results/findings/finding.ts";
import type { RunResult } from "../../../src/results/result.ts";
import { renderSummary, renderVerdict } from "../../../src/results/text/summary.ts";
import {
  awaitInVain,
  httpPlan,
  httpStory,
  measured,
  refuseStep,
  resultInput,
  server,
  stepsPlan,
} from "../fixture.ts";

const plain = { color: false, width: 80 };
const summaryOf = (...parts: Parameters<typeof resultInput>) =>
  renderSummary(buildResult(resultInput(...parts)), plain);

describe("renderSummary", () => {
  test("a run that passes", () => {
    expect(summaryOf({ gates: ["chat.responseTime.p99 < 5ms", "total.errors == 0"] })).toBe(
      `PASS  chat test: 2 of 2 gates passed
      7.00 s, io node, 2 workers in 1 agent, harness latency 30.0 us

chat  request over tcp
  connections    10 planned, 10 opened, peak 10, at 10/s
  exchanges      3,200 sent (200 KiB), 3,200 received (200 KiB)
  rate           800/s offered, 800/s achieved, 800/s received
  sources        127.32.0.1-127.32.0.254 (10 used)
  filter         ip.addr == 127.32.0.0/24
  capture        net 127.32.0.0/24
                     p50      p90      p99    p99.9      max
  response time  1.00 ms  1.00 ms  1.00 ms  1.00 ms  1.00 ms
  service time   1.00 ms  1.00 ms  1.00 ms  1.00 ms  1.00 ms
  connect time   50.0 us  50.0 us  50.0 us  50.0 us  50.0 us
  send lag       2.00 us  2.00 us  2.00 us  2.00 us  2.00 us
  p99 over time  ████ 1.00 ms to 1.00 ms; a bar: 1 s

servers
  server     CPU  of one CPU    memory  per connection  files  exit
  echo    1.50 s        21 %  50.0 MiB        8.79 KiB     30  0

gates (2)
  ✓  chat.responseTime.p99 < 5ms  1.00 ms  limit 5.00 ms
  ✓  total.errors == 0                  0  limit 0
`,
    );
  });

  test("what went wrong is named: reasons, losses, errors, gates, warnings", () => {
    const bad = measured(0, {
      offered: 100,
      sent: 50,
      note(recorder, quarters) {
        if (quarters === 9) recorder.count(phase.steady, counter.timedOut, 4);
        if (quarters === 9) recorder.count(phase.steady, counter.late, 1);
        if (quarters === 9) recorder.error("ECONNRESET", "target", phase.steady, 7);
      },
    });
    const text = summaryOf({
      workloads: [bad],
      servers: new Map(),
      workerExits: [{ worker: 1, reason: "was killed by SIGKILL" }],
      gates: ["chat.responseTime.p99 < 1us", "chat.exchanges.late / chat.exchanges.failed < 1%"],
      warnings: ["the conntrack table is small"],
    });
    expect(text.startsWith("INVALID  chat test: 0 of 2 gates passed\n")).toBe(true);
    for (const part of [
      "- worker 1 exited: was killed by SIGKILL",
      "- chat: only 400/s of 800/s offered was sent (50.0 %)",
      "losses         8 timed out, 2 late\n",
      "errors         14 ECONNRESET (target, steady)\n",
      "✗  chat.responseTime.p99 < 1us",
      "?  chat.exchanges.late / chat.exchanges.failed < 1%  no data  limit 1 %",
      "warning the conntrack table is small",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain("servers");
  });

  test("replies by HTTP status, unless all are alike and well", () => {
    const { plan } = resultInput();
    const statusLine = (...statuses: readonly number[]) => {
      const workloads = [measured(0, httpStory(...statuses))];
      const text = summaryOf({ plan: httpPlan(plan), workloads });
      return /^ {2}status +(.*)$/m.exec(text)?.[1];
    };
    expect(statusLine(200)).toBeUndefined();
    expect(statusLine(304)).toBeUndefined();
    expect(statusLine(404)).toBe("404: 3,200");
    expect(statusLine(503, 200)).toBe("200: 1,600, 503: 1,600");
    expect(statusLine(200, 204)).toBe("200: 1,600, 204: 1,600");
    expect(summaryOf()).not.toContain("status");
  });

  test("connections of which an opening step failed, and what came", () => {
    const input = resultInput({ workloads: [measured(0, { note: refuseStep })] });
    const result = buildResult({ ...input, plan: stepsPlan(input.plan) });
    const text = renderSummary(result, plain);
    expect(text).toContain("peak 10, 2 failed (2 in step 2, login)");
    const came = 'step 2, login: OPEN_2_UNEXPECTED of 127.32.0.6:1024; 6 bytes came: "-ERR\\r\\n"';
    expect(text.replaceAll(/\s+/g, " ")).toContain(`open ${came} open ${came}`);
    expect(result.workloads.chat?.connections).toMatchObject({
      failed: 2,
      openFailed: 2,
      openFailedBy: [{ step: 2, name: "login", count: 2 }],
      openFailedExamples: new Array(2).fill({
        step: 2,
        name: "login",
        code: "OPEN_2_UNEXPECTED",
        awaited: null,
        client: 5,
        source: "127.32.0.6:1024",
        received: "-ERR\\r\\n",
        receivedBytes: 6,
      }),
    });
  });

  test("what a protocol waited for whose connections did not open", () => {
    const text = renderSummary(
      buildResult(resultInput({ workloads: [measured(0, { note: awaitInVain })] })),
      plain,
    ).replaceAll(/\s+/g, " ");
    expect(text).toContain(
      "step 1: OPEN_TIMEOUT of 127.32.0.6:1024, waiting for CONNACK; nothing came",
    );
  });

  test("the first reply of each error, and what it was", () => {
    const long = Buffer.alloc(200, "z");
    const chat = measured(0, {
      note(recorder, quarter) {
        if (quarter !== 12) return;
        for (const code of ["UNEXPECTED", "UNSOLICITED", "TRUNCATED"]) {
          recorder.error(code, "target", phase.steady);
        }
        recorder.wrongReply("UNEXPECTED", 5, 1, Buffer.from("-ERR\r\n"), 0, 6, 6);
        recorder.wrongReply("UNSOLICITED", 5, 2, long, 0, 200, 200);
        recorder.wrongReply("TRUNCATED", 5, 3, long, 0, 0, 7);
        recorder.wrongReply("MALFORMED", 5, 4, long, 0, 1, 1);
      },
    });
    const result = buildResult(resultInput({ workloads: [chat] }));
    const text = renderSummary(result, plain).replaceAll(/\s+/g, " ");
    expect(text).toContain(
      'wrong reply UNEXPECTED of 127.32.0.6:1024; 6 bytes came: "-ERR\\r\\n" ' +
        "wrong reply UNSOLICITED of 127.32.0.6:1024; 200 bytes came, the first 128 of them: " +
        `"${"z".repeat(128)}" wrong reply TRUNCATED of 127.32.0.6:1024; 7 bytes came, in pieces sources`,
    );
    expect(result.workloads.chat?.wrongReplies[0]).toEqual({
      code: "UNEXPECTED",
      client: 5,
      source: "127.32.0.6:1024",
      received: "-ERR\\r\\n",
      receivedBytes: 6,
    });
  });

  test("p99 over time: a bar is the worst of its seconds, and plain characters have none", () => {
    const chat = measured(0, { responseNs: (second) => (second === 3 ? 8e6 : 1e6) });
    const result = buildResult(resultInput({ workloads: [chat], gates: ["total.errors == 0"] }));
    const { timeline = [], ...others } = result.workloads.chat ?? {};
    const calm = timeline.filter(({ atMs }) => atMs === 2000);
    const long = Array.from({ length: 50 }, () => [...calm, ...calm]).flat();
    const workloads = { chat: { ...others, timeline: [...timeline, ...long] } };
    expect(renderSummary(result, plain)).toContain(
      "  p99 over time  ▁█▁▁ 1.00 ms to 8.00 ms; a bar: 1 s\n",
    );
    expect(renderSummary({ ...result, workloads } as RunResult, plain)).toContain(
      `  p99 over time  █${"▁".repeat(29)} 1.00 ms to 8.00 ms; a bar: the worst of 3.5 s\n`,
    );
    const ascii = renderSummary(result, { ...plain, unicode: false });
    expect(ascii).toMatch(/^[\n\x20-\x7e]+$/);
    expect(ascii).toContain("  +  total.errors == 0");
  });

  test("the verdict alone also says why", () => {
    const result = buildResult(
      resultInput({
        gates: ["total.errors == 0"],
        serverEnds: ["server echo exited during the run"],
      }),
    );
    expect(renderVerdict(result, plain)).toBe(
      "FAIL  chat test: 1 of 1 gates passed\n  - server echo exited during the run\n",
    );
  });

  test("says whether it can be believed, and what to do once for what follows each other", () => {
    const late = (name: string): Finding => ({
      about: "generator",
      severity: "severe",
      code: "generator.late",
      subject: name,
      text: `${name}: messages left late`,
      evidence: { sendLagP99Ns: 1e6 },
      todo: "lower the rate",
    });
    const result = buildResult(resultInput());
    const findings = [late("chat"), { ...late("pings"), severity: "warning" as const }];
    const text = renderSummary({ ...result, run: { ...result.run, findings } }, plain);
    expect(text).toContain(
      [
        "validity",
        "  ✗ generator  chat: messages left late",
        "  ! generator  pings: messages left late",
        "      what to do: lower the rate",
      ].join("\n"),
    );
    expect(summaryOf({})).not.toContain("believed");
  });

  test("keeps reasons and facts within the width", () => {
    const text = summaryOf({
      workerExits: [{ worker: 3, reason: "it said something rather long ".repeat(5).trim() }],
      warnings: ["a warning that goes on and on ".repeat(6).trim()],
    });
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  test("colours change nothing but colours", () => {
    const result = buildResult(
      resultInput({ gates: ["chat.responseTime.p99 < 1us"], warnings: ["careful"] }),
    );
    const colored = renderSummary(result, { color: true, width: 80 });
    expect(colored).not.toBe(renderSummary(result, plain));
    expect(stripVTControlCharacters(colored)).toBe(renderSummary(result, plain));
  });

  test("a stream that its server counted", () => {
    const delivered = {
      lost: null,
      received: 3990,
      duplicated: 0,
      reordered: 0,
      bytesReceived: 64 * 3990,
      arrivals: [800, 790, 800, 800],
    };
    const text = summaryOf({ pattern: "stream", workloads: [{ ...measured(0), delivered }] });
    expect(text).toContain(
      "4,000 sent (250 KiB), 3,990 received by the server (249 KiB),\n                 in the whole run",
    );
    expect(text).toContain("800/s offered, 800/s achieved, 798/s received");
    expect(text).toContain("losses         10 not delivered");
  });

  test("a hold without exchanges has no empty lines for them", () => {
    const text = summaryOf({ pattern: "hold", workloads: [measured(0, { offered: 0 })] });
    for (const label of ["exchanges ", "rate ", "losses", "response time", "send lag"]) {
      expect(text).not.toContain(label);
    }
    expect(text).toContain("connect time");
  });

  test("how fast a server's memory grew, and between what that lies", () => {
    const [mib, kib] = [2 ** 20, 2 ** 10];
    const slope = {
      rssBytesPerSecond: (2 * mib) / 3600,
      rssBytesInterval: [(-512 * kib) / 3600, (4 * mib) / 3600] as const,
      openFilesPerSecond: 0,
      openFilesInterval: [0, 0] as const,
    };
    const text = summaryOf({ servers: new Map([["redis", { ...server, slope }]]) });
    expect(text).toContain(
      "  memory of redis in steady state: 2.00 MiB/h (-512 KiB/h to 4.00 MiB/h)\n",
    );
  });

  test("a server of which little is known", () => {
    const little = { ...server, cpuSeconds: null, openFilesPeak: null, exit: null };
    const text = summaryOf({ servers: new Map([["redis", little]]) });
    expect(text).toMatch(/redis +- +- +50\.0 MiB +8\.79 KiB +- +-\n/);
  });
});
