import { type ParseOptions, parseScenario } from "../../src/scenario/parse.ts";
import type { Scenario, Server, Workload } from "../../src/scenario/scenario.ts";
import { type Problem, ScenarioError } from "../../src/scenario/source/problem.ts";

export const chat = `# yaml-language-server: $schema=../schema/scenario.schema.json
version: 1
name: chat
servers:
  echo:
    builtin: tcp-echo              # or  command: ./my-server --port 7000   (spawned, watched, ended)
    listen: 127.0.0.1:7000         # one or a list; leave builtin and command out: it runs already
workloads:
  idle:
    target: echo                   # or tcp://127.0.0.1:6379, udp://127.0.0.1:53
    pattern: hold
    sources: 127.16.0.0/16         # an address, a range a-b, a CIDR, or a list
    connections: 95000
    connectRate: 10000/s
  chatter:
    target: echo
    pattern: request               # request | hold | churn | stream
    sources: 127.32.0.0/24
    connections: 5000
    message: { size: 64 }          # or text, hex, base64, file; {{sequence}}, {{connection}}, {{source}}
    framing: { fixed: 64 }         # or delimiter, lengthPrefix, module
    stages:                        # open model: a rate, reached linearly over duration
      - { duration: 5s, rate: 20000/s }
      - { duration: 30s, rate: 20000/s }
    timeout: 1s
    warmUp: 5s                     # closed model: leave rate and stages out; think: 10ms is optional
gates:
  - chatter.responseTime.p99 < 5ms
  - idle.connections.peak >= 95000
  - total.errors == 0
`;

export const noVariables: ParseOptions = { env: {} };

/** A scenario that has these lines under `workloads: w:`, and servers of every kind to aim at. */
export function withWorkload(lines: string): string {
  return `version: 1
name: sample
servers:
  echo: { builtin: tcp-echo, listen: 127.0.0.1:7000 }
  sink: { builtin: tcp-sink, listen: 127.0.0.1:7001 }
  web: { builtin: tcp-http, listen: 127.0.0.1:7002 }
  uecho: { builtin: udp-echo, listen: 127.0.0.1:7000 }
  usink: { builtin: udp-sink, listen: 127.0.0.1:7001 }
  outside: { listen: 127.0.0.1:7003 }
workloads:
  w:
${indented(lines)}
`;
}

/** A scenario that has these lines under `servers: s:`. */
export function withServer(lines: string): string {
  return `version: 1
name: sample
servers:
  s:
${indented(lines)}
workloads:
  w: { target: tcp://127.0.0.1:9, pattern: stream, message: x, duration: 1s }
`;
}

function indented(lines: string): string {
  return lines
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}

export function parse(source: string, options: ParseOptions = noVariables): Scenario {
  return parseScenario(source, "test.yaml", options);
}

export function workloadOf(lines: string, options: ParseOptions = noVariables): Workload {
  return parse(withWorkload(lines), options).workloads[0] as Workload;
}

export function serverOf(lines: string, options: ParseOptions = noVariables): Server {
  return parse(withServer(lines), options).servers[0] as Server;
}

/** The problems of a scenario that must have some. */
export function problemsOf(
  source: string,
  options: ParseOptions = noVariables,
): readonly Problem[] {
  try {
    parse(source, options);
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems;
    throw error;
  }
  throw new Error("the scenario has no problem");
}

/** Takes the mark "§" out of a text: the text, and the line and column where the mark stood. */
export function marked(text: string): { source: string; line: number; column: number } {
  const before = text.slice(0, text.indexOf("§")).split("\n");
  const column = (before.at(-1) as string).length + 1;
  return { source: text.replace("§", ""), line: before.length, column };
}
