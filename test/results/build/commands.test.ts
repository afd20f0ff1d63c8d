import { expect, test } from "vitest";
import { buildPageModel } from "../../../src/report/build-model.ts";
import { buildResult } from "../../../src/results/build/build.ts";
import type { CommandResult } from "../../../src/results/command-result.ts";
import { resultOf } from "../../../src/results/files/read.ts";
import { renderSummary } from "../../../src/results/text/summary.ts";
import { resultSchemaProblems } from "../../support/result-schema.ts";
import { resultInput } from "../fixture.ts";

const command: CommandResult = {
  gate: "chat.responseTime.p99 < 50ms over 1s",
  line: 12,
  actual: 80e6,
  run: "perf record -p 41",
  atMs: 5000,
  durationMs: 3000,
  exit: { code: 0, signal: null },
  endedBy: null,
  file: "results/chat-2026.at-1.txt",
  outputBytes: 9,
};
const ended = { ...command, exit: { code: null, signal: "SIGINT" }, endedBy: "time" } as const;
const result = buildResult(resultInput({ commands: [command, ended] }));

test("commands that were run are in the result, and read again", () => {
  expect(resultSchemaProblems(result)).toEqual([]);
  const written = JSON.parse(JSON.stringify(result));
  expect(resultOf("r.json", structuredClone(written)).commands).toEqual([command, ended]);
  const { commands: _, ...older } = written;
  expect(resultOf("r.json", older).commands).toEqual([]);
});

test("they are in the summary, and in the report with a link to what they printed", () => {
  expect(renderSummary(result, { color: false, width: 80 })).toContain(
    "command  5.00 s after the start, as chat.responseTime.p99 < 50ms over 1s was broken: perf record -p 41; what it printed is in results/chat-2026.at-1.txt",
  );
  const tables = buildPageModel([{ label: "r", result }]).details.flatMap((view) => view.tables);
  const table = tables.find(({ title }) => title.startsWith("Commands that were run"));
  expect(table?.columns.map(({ kind }) => kind)).toEqual([
    "text",
    "number",
    "code",
    "text",
    "file",
  ]);
  expect(table?.rows).toEqual([
    [command.gate, "5.00 s", command.run, "exit code 0", "chat-2026.at-1.txt"],
    [command.gate, "5.00 s", command.run, "by its limit: time", "chat-2026.at-1.txt"],
  ]);
  const none = buildPageModel([{ label: "r", result: buildResult(resultInput()) }]);
  expect(JSON.stringify(none.details)).not.toContain("Commands that were run");
});
