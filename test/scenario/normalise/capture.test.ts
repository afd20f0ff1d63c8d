import { expect, test } from "vitest";
import { parseScenario } from "../../../src/scenario/parse.ts";
import { ScenarioError } from "../../../src/scenario/source/problem.ts";

const base = `version: 1
name: caught
servers: { echo: { builtin: tcp-echo } }
workloads:
  chat: { target: echo, pattern: request, duration: 1s }
  idle: { target: echo, pattern: hold, connections: 2, duration: 1s }
`;
const captureOf = (text: string) => parseScenario(`${base}${text}`, "test.yaml").capture;

function problems(text: string): string[] {
  try {
    captureOf(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ScenarioError);
    return (error as ScenarioError).message
      .split("\n")
      .filter((line) => line.startsWith("test.yaml:"));
  }
  return [];
}

test("a capture has defaults: everything, into results", () => {
  expect(captureOf("")).toBeNull();
  expect(captureOf("capture: {}")).toEqual({
    workloads: ["chat", "idle"],
    file: "results/caught.pcap",
    clients: null,
    program: "auto",
    snapLengthBytes: 262_144,
    maxSizeBytes: 2 ** 30,
  });
});

test("a capture as requested", () => {
  expect(
    captureOf(
      "capture: { workloads: [idle, idle], file: a/b.pcap, clients: failing 32, program: tcpdump, snapLength: 128, maxSize: 10MiB }",
    ),
  ).toEqual({
    workloads: ["idle"],
    file: "a/b.pcap",
    clients: { which: "failing", count: 32 },
    program: "tcpdump",
    snapLengthBytes: 128,
    maxSizeBytes: 10 * 2 ** 20,
  });
  expect(captureOf("capture: { workloads: chat, clients: slowest  1 }")).toMatchObject({
    workloads: ["chat"],
    clients: { which: "slowest", count: 1 },
  });
  expect(captureOf("capture: { clients: all }")?.clients).toBeNull();
});

test("what is wrong is said, each at its place", () => {
  expect(
    problems("capture:\n  workloads: [chat, idel]\n  file: a.txt\n  clients: slowest 33"),
  ).toEqual([
    expect.stringMatching(/^test.yaml:8:21: no workload "idel"; did you mean "idle"\?$/),
    expect.stringMatching(/^test.yaml:9:9: "a.txt": a capture's file ends in .pcap$/),
    expect.stringMatching(
      /^test.yaml:10:12: "slowest 33": write all, "slowest 10" or .* at most 32$/,
    ),
  ]);
  for (const clients of ["slow 3", "slowest", "slowest 0", "slowest -1", "10", "failing 3.5"]) {
    expect(problems(`capture: { clients: "${clients}" }`), clients).toHaveLength(1);
  }
  expect(problems("capture: { client: all }")[0]).toContain('did you mean "clients"?');
  expect(problems("capture: { program: wireshark }")[0]).toContain("program");
  expect(problems("capture: { snapLength: 20 }")[0]).toContain("96 to 262144 bytes");
  expect(problems("capture: chat")[0]).toContain("expected a map");
});
