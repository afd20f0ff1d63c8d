import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { buildResult } from "../../../src/results/build/build.ts";
import type { Finding } from "../../../src/results/findings/finding.ts";
import type { RunResult } from "../../../src/results/result.ts";
import { renderBrief } from "../../../src/results/text/brief.ts";
import { measured, resultInput } from "../fixture.ts";

const plain = { color: false, width: 80 };

const finding = (code: Finding["code"], text: string, more: Partial<Finding> = {}): Finding => ({
  about: "machine",
  severity: "severe",
  code,
  subject: null,
  text,
  evidence: {},
  todo: "do something about it",
  ...more,
});

const long = (word: string, times = 40) => Array.from({ length: times }, () => word).join(" ");

/** What a terminal of 24 lines shows, less the line of the result, what leads on from it, and the prompt. */
const screen = 21;

function expectScreen(text: string): void {
  const lines = text.split("\n");
  expect(lines.length, text).toBeLessThanOrEqual(screen + 1);
  for (const line of lines) expect(stringWidth(line), line).toBeLessThanOrEqual(plain.width);
}

describe("renderBrief", () => {
  test("a run that passes", () => {
    const gates = ["chat.responseTime.p99 < 5ms", "total.errors == 0"];
    expect(renderBrief(buildResult(resultInput({ gates })), plain)).toBe(
      `PASS  chat test: 2 of 2 gates passed
      7.00 s, io node, 2 workers in 1 agent, harness latency 30.0 us

  workload  open   rate  errors      p50      p99      max
  chat        10  800/s       0  1.00 ms  1.00 ms  1.00 ms

  ✓  chat.responseTime.p99 < 5ms  1.00 ms
  ✓  total.errors == 0                  0
`,
    );
  });

  test("says once why gates are inconclusive", () => {
    const gates = ["chat.responseTime.p99 < 100us", "chat.responseTime.p50 < 100us"];
    const result = buildResult(resultInput({ gates }));
    const why =
      "worker 0 of the load generator paused for 1.50 s, 2.58 s after the start (stopped: it neither ran nor waited for a CPU), " +
      "which may be why; this says nothing about the server: run it again, as load --retries 3 does";
    const text = renderBrief(
      {
        ...result,
        gates: result.gates.map((gate) => ({ ...gate, verdict: "inconclusive" })),
        run: {
          ...result.run,
          outcome: "invalid",
          invalidBy: "generator",
          reasons: gates.map((gate) => `gate inconclusive: ${gate} (it was 1.00 ms): ${why}`),
        },
      },
      plain,
    );
    expectScreen(text);
    expect(text.replaceAll(/\s+/g, " ").split(`- inconclusive: ${why}`)).toHaveLength(2);
    expect(text).toContain("?  chat.responseTime.p99 < 100us");
  });

  test("fits a screen whatever it is of", () => {
    const names = Array.from({ length: 9 }, (_, i) => `workload-with-quite-a-long-name-${i}`);
    const gates = names.map((name) => `${name}.exchanges.received / ${name}.exchanges.sent > 2`);
    const base = buildResult(
      resultInput({
        names,
        workloads: names.map((_, i) => measured(i)),
        gates: [...gates, "total.errors == 0", "total.errors < 1", "total.errors < 2"],
      }),
    );
    const result: RunResult = {
      ...base,
      run: {
        ...base.run,
        reasons: [...base.run.reasons, long("because"), long("and"), "short", "one too many"],
        findings: [
          finding("machine.waiting", long("waiting")),
          finding("machine.steal", long("stolen"), { todo: long("act") }),
          finding("machine.others", long("others")),
        ],
      },
    };
    const text = renderBrief(result, plain);
    expectScreen(text);
    expect(text).toContain("- and 2 more reasons");
    expect(text).toContain("and 6 more workloads");
    expect(text).toContain("6 more that did not, 3 more passed");
    expect(text).not.toContain("waiting waiting");
    const narrow = renderBrief(result, { color: false, width: 40 });
    expect(narrow).toContain("…");
    const ascii = renderBrief(result, { ...plain, unicode: false });
    expect(ascii).not.toMatch(/[^\x20-\x7e\n]/);
  });

  test("says which percentiles are the longest response times where it shows one of them", () => {
    const note =
      "response times are those of 50 exchanges, so percentiles above p98 are the longest";
    const base = buildResult(resultInput({}));
    const chat = base.workloads.chat as RunResult["workloads"][string];
    const text = (count: number) => {
      const responseTime = { ...chat.responseTime, count };
      return renderBrief(
        { ...base, workloads: { chat: { ...chat, responseTime, notes: [note] } } },
        plain,
      );
    };
    expect(text(50)).toContain("! chat: response times are those of");
    expect(text(100)).not.toContain("response times are those of");
  });

  test("two findings that matter, one of each kind, with what to do", () => {
    const base = buildResult(resultInput({ gates: ["total.errors == 0"] }));
    const withFindings = (...findings: Finding[]) =>
      renderBrief({ ...base, run: { ...base.run, findings } }, plain);
    const text = withFindings(
      finding("generator.late", long("late")),
      finding("generator.late", "late again"),
      finding("machine.steal", "stolen", { severity: "warning" }),
      finding("machine.others", "others"),
      finding("server.cpu", "the server", { about: "server", severity: "info" }),
    );
    expectScreen(text);
    expect(text).toMatch(/✗ late.*…\n {4}what to do: do something about it\n {2}! stolen/s);
    for (const left of ["again", "others", "the server"]) expect(text).not.toContain(left);
    const info = withFindings(
      finding("machine.full", "full", { severity: "info" }),
      finding("server.cpu", "the server", { about: "server", severity: "info" }),
    );
    expect(info).toContain("  i the server\n");
    expect(info).not.toContain("full");
  });

  test("gates that did not pass come first, and do not stand among the reasons as well", () => {
    const result = buildResult(
      resultInput({ gates: ["chat.responseTime.p99 < 5ms", "chat.responseTime.p99 < 1us"] }),
    );
    const text = renderBrief(result, plain);
    expect(text).toMatch(/✗ {2}chat\.responseTime\.p99 < 1us {2}1\.00 ms\n {2}✓ /);
    expect(text).not.toContain("gate failed");
  });

  test("errors have their code, and what came first, unless a reason says it", () => {
    const base = buildResult(resultInput({ gates: ["chat.errors < 5"] }));
    const error = { code: "UNEXPECTED", side: "target", phase: "steady", count: 3 } as const;
    const reply = { client: 5, source: "127.0.0.1:1", received: "-ERR\\r\\n", receivedBytes: 6 };
    const chat = {
      ...base.workloads.chat,
      errors: [{ ...error, code: "TIMEOUT", count: 4 }, error, { ...error, phase: "drain" }],
      wrongReplies: [{ ...reply, code: "UNEXPECTED" }],
    };
    const briefOf = (reasons: string[]) =>
      renderBrief(
        { ...base, workloads: { chat }, run: { ...base.run, reasons } } as RunResult,
        plain,
      );
    const line = '  - chat: 6 UNEXPECTED, the first with "-ERR\\r\\n"; and 1 other code\n';
    expect(briefOf([])).toContain(`\n\n${line}\n  ✓`);
    expect(briefOf(["other: none succeeded (UNEXPECTED)"])).toContain(line);
    expect(briefOf(["chat: none succeeded (UNEXPECTED)"])).not.toContain("6 UNEXPECTED");
  });

  test("what a workload's figures mean comes first", () => {
    const base = buildResult(resultInput());
    const chat = { ...base.workloads.chat, notes: ["nothing came back"] };
    const text = renderBrief({ ...base, workloads: { chat } } as RunResult, plain);
    expect(text).toMatch(/\n\n {2}! chat: nothing came back\n$/);
  });

  test("colour changes nothing but colour", () => {
    const result = buildResult(resultInput({ gates: ["total.errors == 0"] }));
    const colored = renderBrief(result, { color: true, width: 80 });
    expect(colored).not.toBe(renderBrief(result, plain));
    expect(stripVTControlCharacters(colored)).toBe(renderBrief(result, plain));
  });
});
