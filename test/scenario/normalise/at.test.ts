import { expect, test } from "vitest";
import { placeholdersOf, withPids } from "../../../src/scenario/at-placeholders.ts";
import { marked, parse, problemsOf, withWorkload } from "../samples.ts";

const workload = withWorkload("target: echo\npattern: request\nduration: 5s");

test("a command at a gate has limits, and the place of its gate", () => {
  const { at } = parse(`${workload}at: { gate: w.responseTime.p99 < 50ms, run: "perf record" }\n`);
  expect(at).toEqual([
    expect.objectContaining({
      expression: "w.responseTime.p99 < 50ms",
      run: "perf record",
      timeoutNs: 30e9,
      maxOutputBytes: 2 ** 20,
      file: null,
    }),
  ]);
  expect(at[0]?.position.line).toBe(workload.split("\n").length);
});

test("there may be several, each with its own, or none", () => {
  const { at } = parse(`${workload}at:
  - { gate: w.errors == 0, run: a, timeout: 2s, maxOutput: 2KiB, file: a.txt }
  - { gate: w.errors == 0 over 3s, run: b }
`);
  expect(
    at.map(({ timeoutNs, maxOutputBytes, file }) => [timeoutNs, maxOutputBytes, file]),
  ).toEqual([
    [2e9, 2048, "a.txt"],
    [30e9, 2 ** 20, null],
  ]);
  expect(parse(workload).at).toEqual([]);
});

test.each([
  ['at: { gate: w.errors == 0, run: "§x {{server.pids}}" }', "write {{server.pid}} or"],
  ["§at: { gate: w.errors == 0 }", "run is missing"],
  ["at: { gate: w.errors == 0, run: x, §rum: y }", 'unknown key "rum"'],
  ["at: { gate: w.errors == 0, run: x, maxOutput: §1B }", "must be 1024 to"],
])("%s is refused at its place", (lines, message) => {
  const { source, line, column } = marked(`${workload}${lines}\n`);
  const [problem] = problemsOf(source);
  expect(problem).toMatchObject({ line, column });
  expect(problem?.message).toContain(message);
});

test("placeholders are processes of the gate's server, or of another one", () => {
  const run = "perf -p {{server.pid}} {{ servers.my-db.pid }} {{other}}";
  expect(placeholdersOf(run).map(({ server }) => server)).toEqual([null, "my-db", undefined]);
  const pids = (server: string | null) => (server === null ? [11, 12] : [13]);
  expect(withPids(run, pids)).toBe("perf -p 11,12 13 {{other}}");
});
