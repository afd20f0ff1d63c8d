// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what scenarios replace
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScenarioError } from "../../src/scenario/source/problem.ts";
import { anyText, rounds } from "../support/fuzz.ts";
import { chat, parse } from "./samples.ts";

const rich = `version: 1
name: rich
seed: 7
servers:
  http: { builtin: tcp-http, listen: [127.0.0.1:0, "[::1]:0"], body: 1KiB, delay: 5ms }
  cmd:
    command: [server, --port, 7000]
    listen: 127.10.0.1-127.10.0.9:7000
    env: { A: 1, B: "x" }
    ready: { output: ready }
  udp: &u { builtin: udp-echo, listen: 127.0.0.1:7000, loss: 1%, pause: { every: 3s, for: 1s } }
workloads:
  a: &a
    target: cmd
    pattern: request
    message: { text: "n {{sequence}}" }
    framing: { lengthPrefix: { bytes: 4, byteOrder: little, maxSize: 64KiB } }
    expect: { regex: { pattern: "^n", flags: i } }
    duration: \${D:-5s}
    ports: [1024-2000, 3000]
  b: { <<: *a, timeout: 250ms, sources: ["127.1.0.0/24", "!127.1.0.3"] }
  c: { target: udp, pattern: stream, rate: 100/s, duration: 5s, socket: unconnected }
  d: { target: "tcp://127.0.0.1:9", pattern: churn, totalConnections: 9, message: { hex: 0aff }, framing: { delimiter: { hex: 0d0a } } }
  e: { target: http, pattern: hold, connections: 5, keepAlive: 1s, verify: true }
gates: [ "a.responseTime.p99 < 5ms" ]
`;

const words = [
  ..."-?:,[]{}#&*!|>'\"%@`$~ \t\n\r\0\\/.0123456789".split(""),
  ...[
    "null",
    "true",
    "yes",
    "0777",
    "0x1F",
    "1e999",
    ".nan",
    "-1",
    "5s",
    "5",
    "1k/s",
    "10/s",
    "9".repeat(30),
  ],
  ...[
    "&a",
    "*a",
    "*u",
    "<<",
    "<<: *a",
    "!!str",
    "!x",
    "---",
    "...",
    "%YAML 1.1",
    "${",
    "${D}",
    "${D:-",
    "$${",
  ],
  ...[
    "127.0.0.1:0",
    "10.0.0.1",
    "::1",
    "127.0.0.0/8",
    "tcp://",
    "udp://127.0.0.1:1",
    "{{source}}",
    "{{x}}",
  ],
  ...[
    "request",
    "hold",
    "churn",
    "stream",
    "broadcast",
    "udp://127.255.255.255:7",
    "udp://239.1.2.3:7",
    "echo",
    "http",
    "a",
    "udp",
    "tcp-sink",
    "__proto__",
    "constructor",
    "toString",
  ],
  ...[
    "connections:",
    "rate:",
    "stages:",
    "framing:",
    "message:",
    "include:",
    "target:",
    "size",
    "file",
    "\uFEFF",
    "\u2028",
    "é",
    "😀",
    "\ud800",
  ],
];

const word = fc.constantFrom(...words);
const place = fc.double({ min: 0, max: 1, noNaN: true });

type Mutation = (text: string) => string;

const at = (text: string, ratio: number) => Math.floor(ratio * text.length);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, word).map(
    ([p, w]): Mutation =>
      (t) =>
        t.slice(0, at(t, p)) + w + t.slice(at(t, p)),
  ),
  fc.tuple(place, fc.nat(40)).map(
    ([p, n]): Mutation =>
      (t) =>
        t.slice(0, at(t, p)) + t.slice(at(t, p) + n),
  ),
  fc.tuple(place, word).map(
    ([p, w]): Mutation =>
      (t) =>
        t.slice(0, at(t, p)) + w + t.slice(at(t, p) + 1),
  ),
  // Whole lines: dropped, doubled, moved, indented anew.
  fc.tuple(place, place, fc.nat(4)).map(
    ([p, q, how]): Mutation =>
      (t) => {
        const lines = t.split("\n");
        const [i, j] = [at(t, p) % lines.length, at(t, q) % lines.length];
        const line = lines[i] ?? "";
        if (how === 0) lines.splice(i, 1);
        else if (how === 1) lines.splice(j, 0, line);
        else if (how === 2) lines.splice(j, 0, ...lines.splice(i, 1));
        else if (how === 3) lines[i] = `${" ".repeat(j % 9)}${line.trimStart()}`;
        else lines[i] = `\t${line}`;
        return lines.join("\n");
      },
  ),
  // A value or a key of the block form replaced.
  fc.tuple(place, word, fc.boolean()).map(
    ([p, w, isKey]): Mutation =>
      (t) => {
        const matches = [...t.matchAll(isKey ? /[a-zA-Z]+(?=:)/g : /(?<=: )[^\n{[,}]+/g)];
        const match = matches[at(t, p) % Math.max(1, matches.length)];
        if (match === undefined) return t;
        return t.slice(0, match.index) + w + t.slice(match.index + match[0].length);
      },
  ),
);

/** A scenario or a ScenarioError whose problems point into the text; nothing else, ever. */
function check(source: string, set: readonly string[] = []): "scenario" | "problems" {
  try {
    const scenario = parse(source, { env: {}, set });
    expect(JSON.parse(JSON.stringify(scenario))).toEqual(scenario);
    expect(Object.isFrozen(scenario.workloads)).toBe(true);
    return "scenario";
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    const texts = new Map([
      ["test.yaml", source.replace(/^\uFEFF/, "")],
      ["--set", set.map((text) => text.replaceAll(/[\r\n]/g, " ")).join("\n")],
    ]);
    for (const { file, line, column, message } of error.problems) {
      const lines = (texts.get(file) ?? "").split("\n");
      expect(lines.length, `${file}:${line}: ${message}`).toBeGreaterThanOrEqual(line);
      expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
      expect(column, message).toBeLessThanOrEqual((lines[line - 1] as string).length + 1);
      expect(message).toMatch(/^[^\n]{3,400}$/);
    }
    return "problems";
  }
}

it("starts from scenarios without a problem", () => {
  expect(check(chat)).toBe("scenario");
  expect(check(rich)).toBe("scenario");
});

describe("any text ends in a scenario or in problems that point into it", () => {
  it("mutated scenarios", () => {
    const seen = { scenario: 0, problems: 0 };
    const mutations = fc.array(mutation, { minLength: 1, maxLength: 6 });
    const input = fc
      .tuple(fc.constantFrom<string>(chat, rich), mutations)
      .map(([text, list]) => list.reduce((mutated: string, mutate) => mutate(mutated), text));
    fc.assert(
      fc.property(input, (source) => {
        seen[check(source)]++;
      }),
      { numRuns: rounds(200, 10_000) },
    );
    // Else the mutations would try one side only.
    expect(Math.min(seen.scenario, seen.problems)).toBeGreaterThan(15);
  });

  it("texts of YAML's words", () => {
    const text = fc.array(word, { maxLength: 40 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(text, anyText()), (source) => void check(source)),
      { numRuns: rounds(40, 5000) },
    );
  });

  it("maps of the right keys with wrong values", () => {
    const leaf = fc.oneof(
      word,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.array(word, { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom("size", "text", "hex", "fixed", "delimiter", "regex", "min", "every"),
        word,
        { maxKeys: 3 },
      ),
    );
    const some = (...keys: string[]) =>
      fc.dictionary(fc.constantFrom(...keys), leaf, { maxKeys: 6 });
    const workload = fc
      .tuple(
        fc.constantFrom("request", "hold", "churn", "stream", "broadcast"),
        some(
          "connections",
          "receivers",
          "receiverThreads",
          "membership",
          "contrast",
          "rate",
          "stages",
          "duration",
          "warmUp",
          "think",
          "exchanges",
          "message",
          "framing",
          "expect",
          "sources",
          "ports",
          "timeout",
          "keepAlive",
          "keepAliveConnections",
          "verify",
          "socket",
          "close",
          "target",
          "totalConnections",
        ),
      )
      .map(([pattern, fields]) => ({ target: "s", pattern, duration: "1s", ...fields }));
    const server = fc
      .tuple(
        fc.constantFrom<Record<string, string>>(
          { builtin: "tcp-echo" },
          { builtin: "udp-sink" },
          { command: "x" },
          {},
        ),
        some(
          "listen",
          "protocol",
          "delay",
          "loss",
          "pause",
          "closeAfter",
          "env",
          "ready",
          "cwd",
          "missing",
          "processes",
        ),
      )
      .map(([kind, fields]) => ({ ...kind, ...fields }));
    const scenario = fc.record({
      version: fc.constant(1),
      name: fc.constant("fuzz"),
      servers: fc.record({ s: server }),
      workloads: fc.record({ w: workload }),
    });
    fc.assert(
      fc.property(scenario, (value) => void check(JSON.stringify(value, null, 1))),
      { numRuns: rounds(40, 5000) },
    );
  });

  it("--set with any path and value", () => {
    const path = fc.array(
      fc.constantFrom(
        "workloads",
        "servers",
        "chatter",
        "echo",
        "stages",
        "0",
        "9",
        "message",
        "size",
        "connections",
        "gates",
        "__proto__",
        "",
        "é",
      ),
      { maxLength: 5 },
    );
    const assignment = fc
      .tuple(path, fc.constantFrom("=", "", "=="), fc.oneof(word, fc.string()))
      .map(([parts, equals, value]) => parts.join(".") + equals + value);
    fc.assert(
      fc.property(
        fc.array(assignment, { minLength: 1, maxLength: 3 }),
        (set) => void check(chat, set),
      ),
      { numRuns: rounds(25, 2500) },
    );
  });
});
