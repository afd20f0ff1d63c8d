import { expect, test } from "vitest";
import { marked, problemsOf, withWorkload, workloadOf } from "../samples.ts";

const tcp = "target: echo\npattern: request\nduration: 5s\n";

test("telemetry is off, or what is read and how often", () => {
  expect(workloadOf(tcp).telemetry).toBeNull();
  expect(workloadOf(`${tcp}telemetry: tcp`).telemetry).toEqual({ tcp: { everyNs: 1e9 } });
  expect(workloadOf(`${tcp}telemetry: { tcp: true }`).telemetry).toEqual({ tcp: { everyNs: 1e9 } });
  expect(workloadOf(`${tcp}telemetry: { tcp: { every: 100ms } }`).telemetry).toEqual({
    tcp: { everyNs: 100e6 },
  });
});

test.each([
  [`${tcp}telemetry: §udp`, "expected tcp, or { tcp: { every: 500ms } }"],
  [`${tcp}telemetry: { tcp: §false }`, "expected true or { every }"],
  [
    `${tcp}telemetry: { tcp: { every: §50ms } }`,
    "every is 50.0 ms: a look at the connections walks the whole of the kernel's table, so the shortest interval is 100 ms",
  ],
  [
    "target: uecho\npattern: request\nduration: 5s\n§telemetry: tcp",
    "telemetry reads what the kernel knows of TCP connections, and nothing of UDP; leave it out",
  ],
])("%s is refused at its place", (lines, message) => {
  const { source, line, column } = marked(withWorkload(lines));
  const [problem, ...others] = problemsOf(source);
  expect(others).toEqual([]);
  expect(problem).toMatchObject({ line, column });
  expect(problem?.message).toContain(message);
});
