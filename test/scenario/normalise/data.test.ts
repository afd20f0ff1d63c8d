import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseScenario } from "../../../src/scenario/parse.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { noVariables } from "../samples.ts";

const folder = makeTempDir();
writeFileSync(join(folder, "users.csv"), "name,id,mail\r\nJo,1,a\r\nÄnn,22,b\r\n");
writeFileSync(join(folder, "words.txt"), "one\ntwo\nthree\n");
writeFileSync(join(folder, "events.ndjson"), '{"a":1}\n');
writeFileSync(join(folder, "ragged.csv"), "a,b\n1,2\n3\n");
writeFileSync(join(folder, "rows.dat"), "Jo;1\n");

/** A scenario in the folder with this data and these fields of its only workload. */
function source(data: string, workload: string): string {
  return `version: 1
name: test
data:
${data.replaceAll(/^/gm, "  ")}
workloads:
  chat:
    target: tcp://127.0.0.1:9
    pattern: request
    framing: { delimiter: "\\n" }
    duration: 1s
${workload.replaceAll(/^/gm, "    ")}
`;
}

function parse(data: string, workload: string) {
  return parseScenario(source(data, workload), join(folder, "test.yaml"), noVariables);
}

function problemsOf(data: string, workload: string): string {
  try {
    parse(data, workload);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, "");
  }
  throw new Error("the scenario is right");
}

const users = "users: { file: users.csv }";

describe("data", () => {
  it("is named with what its messages use of it", () => {
    const { data, workloads } = parse(
      `${users}
words: { file: words.txt, order: random }
events: { file: events.ndjson, order: oncePerConnection }
rows: { file: rows.dat, format: csv, delimiter: ";", columns: [name, id] }`,
      'message: { text: "{{length p}} {{p}} {{words}} {{rows.id}}\\n", parts: { p: "{{users.id}}{{users.name}}" } }',
    );
    const sha256 = expect.stringMatching(/^[\da-f]{64}$/);
    const file = (name: string) => join(folder, name);
    const csv = { delimiter: ",", header: null, sha256 };
    expect(data).toEqual([
      {
        ...csv,
        name: "users",
        file: file("users.csv"),
        format: "csv",
        order: "sequential",
        columns: ["name", "id"],
        bytes: 25,
        rows: 2,
      },
      {
        ...csv,
        name: "words",
        file: file("words.txt"),
        format: "lines",
        order: "random",
        columns: ["line"],
        bytes: 23,
        rows: 3,
      },
      {
        ...csv,
        name: "events",
        file: file("events.ndjson"),
        format: "jsonl",
        order: "oncePerConnection",
        columns: [],
        bytes: 0,
        rows: 1,
      },
      {
        ...csv,
        name: "rows",
        file: file("rows.dat"),
        format: "csv",
        order: "sequential",
        delimiter: ";",
        header: ["name", "id"],
        columns: ["id"],
        bytes: 5,
        rows: 1,
      },
    ]);
    expect(workloads[0]?.message).toEqual({
      kind: "template",
      text: "{{length p}} {{p}} {{words}} {{rows.id}}\n",
      parts: { p: "{{users.id}}{{users.name}}" },
    });
  });

  it("counts its longest row among the bytes of a datagram", () => {
    writeFileSync(join(folder, "long.txt"), `${"x".repeat(40_000)}\n`);
    const of = (message: string) => () => {
      const udp = source(
        "long: { file: long.txt }",
        `rate: 1/s\nmessage: ${JSON.stringify(message)}`,
      )
        .replace("tcp://", "udp://")
        .replace("request", "stream")
        .replace(/ {4}framing:.*\n/, "");
      return parseScenario(udp, join(folder, "t.yaml"), noVariables);
    };
    expect(of("{{long}}")().workloads[0]?.message.kind).toBe("bytes");
    expect(of("{{long}}{{long}}")).toThrow(
      "the message has up to 80000 bytes; a UDP datagram holds at most",
    );
  });

  it("makes a message of one length for all rows one of a fixed length", () => {
    const echo = source(users, 'message: "{{users.mail}}{{random 0 99 | width 2}}"')
      .replace("tcp://127.0.0.1:9", "echo")
      .replace(/ {4}framing:.*\n/, "");
    const servers = "servers: { echo: { builtin: tcp-echo, listen: 127.0.0.1:7000 } }\n";
    const scenario = parseScenario(echo + servers, join(folder, "test.yaml"), noVariables);
    expect(scenario.workloads[0]?.framing).toEqual({ kind: "fixed", bytes: 3 });
  });

  it.each([
    [
      "missing: { file: missing.csv }",
      'message: "{{missing.a}}"',
      "test.yaml:4:20: missing.csv: there is no such file",
    ],
    [
      "r: { file: ragged.csv }",
      'message: "a"',
      "test.yaml:4:14: ragged.csv: line 3: 1 cell, where the first line names 2 columns",
    ],
    [
      "r: { file: rows.dat }",
      'message: "a"',
      "test.yaml:4:14: what this file holds does not follow from its name: give format",
    ],
    [
      "sequence: { file: users.csv }",
      'message: "a"',
      'test.yaml:4:3: the name "sequence" has a meaning of its own in messages',
    ],
    [
      "r: { file: users.csv, order: any }",
      'message: "{{r.a}}"',
      'order cannot be the text "any"; known: sequential, random, oncePerConnection',
    ],
    [
      "r: { file: users.csv, delimiter: ab }",
      'message: "a"',
      'delimiter is one character, such as ";"',
    ],
    [
      "r: { file: words.txt, delimiter: ; }",
      'message: "a"',
      "delimiter is for csv, and the format is lines",
    ],
    [
      "r: { file: words.txt, columns: [a] }",
      'message: "a"',
      "columns is for csv and tsv, and the format is lines",
    ],
    ["r: { file: rows.dat, format: csv, columns: [a, a] }", 'message: "a"', '"a" is there twice'],
    [
      "r: { file: users.csv, odrer: random }",
      'message: "a"',
      'unknown key "odrer" in data; did you mean "order"?',
    ],
    [
      users,
      'message: "{{users.nam}}"',
      'test.yaml:11:15: {{users.nam}}: data "users" has no column "nam"; did you mean "name"?',
    ],
    [
      users,
      "message: { size: 64, parts: { a: b } }",
      "parts stand in a text: give text in place of size",
    ],
    [
      users,
      'message: { text: "{{users}}", parts: { users: b } }',
      'the name "users" is data of the scenario',
    ],
    [
      users,
      'message: { text: "{{uuid}}", parts: { uuid: b } }',
      'the name "uuid" has a meaning of its own',
    ],
    [
      users,
      "message: { parts: { a: b } }",
      "message takes exactly one of size, text, hex, base64, file; got none",
    ],
  ])("%s with %s is refused", (data, workload, message) => {
    const problems = problemsOf(data, workload);
    expect(problems).toContain(message);
    expect(problems.match(/^test\.yaml/gm)).toHaveLength(1);
  });
});
