/** What a scenario may say of a protocol: modules run, from files, so this needs dist/. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadScenario, parseScenario } from "../../../src/scenario/parse.ts";
import { lookUpProtocols } from "../../../src/scenario/protocol/lookup.ts";
import type { Tree } from "../../../src/scenario/source/tree.ts";
import { readYamlTree } from "../../../src/scenario/source/yaml-tree.ts";
import { chatModule } from "../../support/chat-module.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const directory = makeTempDir();
const chat = chatModule();
const write = (name: string, text: string) => writeFileSync(join(directory, name), text);
write("chat.mts", chat);
const noOptions = "options: {}";
const plain = (session: string, more = "") => `export default {
  about: "test", over: ["tcp", "udp"], ${more.includes("options:") ? "" : `${noOptions},`} ${more}
  create: ${session},
};\n`;
const echoes = "() => ({ scan: (_slot, _bytes, _start, end) => end, reset() {} })";
write("plain.mjs", plain(echoes, 'message: { about: "what is sent", default: null },'));
write(
  "silent.mjs",
  plain("() => ({ maxBytes: () => 1, write: () => 1, scan: () => -1, reset() {} })"),
);
write(
  "typed.mjs",
  plain(
    echoes,
    `message: { about: "x", default: "PING {{sequence}}" }, options: {
      text: { type: "text", about: "a", default: null },
      on: { type: "boolean", about: "b", default: false },
      tone: { type: "choice", choices: ["loud", "quiet"], about: "c", default: "loud" },
      names: { type: "list", about: "d", default: ["x"] },
    },`,
  ),
);
write("throws.mjs", "\nthrow new TypeError('on purpose');\n");
write(
  "fails.mjs",
  plain(
    '() => {\n    throw new Error("no such room");\n  }',
    'message: { about: "x", default: "x" },',
  ),
);
write("old.mjs", "export default () => ({ scan() {}, reset() {} });\n");
write("types.mts", "enum A { B }\nexport default {};\n");
mkdirSync(join(directory, "sub"));

const workload = (fields: string, target = "tcp://127.0.0.1:7000") =>
  `version: 1
name: test
workloads:
  chat:
    target: ${target}
    pattern: request
    duration: 1s
${fields
  .split("\n")
  .map((line) => `    ${line}`)
  .join("\n")}
`;

async function load(fields: string, target?: string) {
  const path = join(directory, "run.yaml");
  write("run.yaml", workload(fields, target).replaceAll("§", ""));
  return (await loadScenario(path, { env: {} })).workloads[0];
}

describe("a workload's protocol", () => {
  test("is a module with options and a message, beside the scenario", async () => {
    expect(
      await load('protocol: { ./chat.mts: { room: 3 } }\nmessage: "hi {{sequence}}"'),
    ).toMatchObject({
      applicationProtocol: {
        name: "./chat.mts",
        path: join(directory, "chat.mts"),
        options: { room: 3 },
      },
      message: { kind: "template", text: "hi {{sequence}}" },
      framing: null,
      open: [],
    });
  });

  test("has defaults, of its options and of its message; texts may look like numbers", async () => {
    expect(await load("protocol: ./typed.mjs")).toMatchObject({
      applicationProtocol: { options: { text: null, on: false, tone: "loud", names: ["x"] } },
      message: { kind: "template", text: "PING {{sequence}}" },
    });
    const given = "{ text: 1.10, on: true, tone: quiet, names: [a, 1] }";
    expect(await load(`protocol: { ./typed.mjs: ${given} }`)).toMatchObject({
      applicationProtocol: {
        options: { text: "1.10", on: true, tone: "quiet", names: ["a", "1"] },
      },
    });
  });

  test("knows which of its options are secret", async () => {
    expect(await load("protocol: { resp: { password: sesame } }")).toMatchObject({
      applicationProtocol: { options: { password: "sesame" }, secrets: ["password"] },
    });
    const text = "{ type: 'text', about: 'x', default: 'x' }";
    const never = text.replace("}", ", secret: false }");
    const always = text.replace("}", ", secret: true }");
    const options = `{ userToken: ${text}, name: ${text}, tokens: ${never}, pin: ${always} }`;
    const message = '{ about: "x", default: "x" }';
    write("secrets.mjs", plain(echoes, `message: ${message}, options: ${options},`));
    expect((await load("protocol: ./secrets.mjs"))?.applicationProtocol?.secrets).toEqual([
      "userToken",
      "pin",
    ]);
  });

  test("may be one whose messages have no payload", async () => {
    expect(await load("protocol: ./silent.mjs")).toMatchObject({
      message: { kind: "bytes", base64: "" },
    });
  });

  test.each([
    ["protocol: §./chta.mts", "chta.mts: there is no such file"],
    ["protocol: §no-such", 'no protocol "no-such"'],
    ["protocol: §./chat.mts", "option room of ./chat.mts is missing: which room is joined"],
    ["protocol: { ./chat.mts: { §rom: 3 } }", 'has no option "rom"; did you mean "room"?'],
    ["protocol: { ./chat.mts: { room: §none } }", 'expected an integer from 1 to 999, got "none"'],
    ["protocol: { ./typed.mjs: { tone: §laud } }", 'one of loud, quiet, got "laud"; did you mean'],
    ["protocol: { ./typed.mjs: { on: §maybe } }", 'expected true or false, got "maybe"'],
    ["protocol: { ./typed.mjs: { text: §[a] } }", "expected a text, got"],
    ["protocol: { ./plain.mjs: { §x: 1 } }\nmessage: x", "./plain.mjs has no options; leave x out"],
    ["protocol: §{ a: {}, b: {} }", "protocol takes exactly one name"],
    ["protocol: §5", "expected a protocol's name, the path of its module, or"],
    ["protocol: §./throws.mjs", /throws\.mjs: TypeError: on purpose \(.*throws\.mjs:2:7\)/],
    [
      "protocol: §./fails.mjs",
      /no session .* can be made: Error: no such room \(.*fails\.mjs:4:11\)/,
    ],
    ["protocol: §./old.mjs", "it exports a function by default, and not a protocol"],
    ["protocol: §./types.mts", /types\.mts: .*enum.* \(.*types\.mts:1:1\)/],
    [
      "protocol: §mqtt",
      "nothing answers what protocol mqtt sends here, so that every exchange would time out: take pattern: stream, or give it qos: 1",
    ],
    ["protocol: §nats", "or give it request: true or verbose: true"],
    ["protocol: §{ kafka: { topic: a, acks: '0' } }", "or give it acks: 1 or all"],
    ["protocol: §syslog", /take pattern: stream$/m],
    ["protocol: §statsd", /take pattern: stream$/m],
    ["§protocol: ./plain.mjs", "message is missing: what protocol ./plain.mjs sends: what is sent"],
    ["protocol: ./silent.mjs\n§message: x", "messages of protocol ./silent.mjs have no payload"],
    ["protocol: ./plain.mjs\nmessage: x\n§framing: echo", "says where its messages end"],
    ["protocol: ./plain.mjs\nmessage: x\nexpect: { §status: 200 }", "which replies are errors"],
    [
      "protocol: { ./chat.mts: { room: 3 } }\n§id: { offset: 0, bytes: 2 }",
      "which request; leave id out",
    ],
    ["protocol: { ./chat.mts: { room: 3 } }\n§open: [{ send: x }]", "opens its connections itself"],
    [
      "protocol: { ./chat.mts: { room: 3 } }\n§unsolicited: { ignore: { prefix: x } }",
      "which messages are no replies; leave unsolicited out",
    ],
  ])("%s is refused, at its place", async (fields, message) => {
    const lines = workload(fields).split("\n");
    // A workload's own problems are at its name.
    const isMissing = fields.startsWith("§protocol");
    const line = isMissing ? 3 : lines.findIndex((text) => text.includes("§"));
    const column = isMissing ? 2 : (lines[line] as string).indexOf("§");
    const failure: unknown = await load(fields).catch((error: unknown) => error);
    const text = (failure as Error).message;
    expect(text).toMatch(message instanceof RegExp ? message : new RegExp(escaped(message)));
    expect(text).toContain(`run.yaml:${line + 1}:${column + 1}:`);
  });

  test("is for the transport of the target, and needs ids for several in flight over UDP", async () => {
    const udp = "udp://127.0.0.1:7000";
    await expect(load("protocol: { ./chat.mts: { room: 3 } }", udp)).rejects.toThrow(
      "./chat.mts runs over TCP, and the target is UDP",
    );
    await expect(load("protocol: ./silent.mjs\ninFlight: 4", udp)).rejects.toThrow(
      "those of protocol ./silent.mjs cannot; leave inFlight out",
    );
    expect(
      await load("protocol: ./plain.mjs\nmessage: { size: 64 }\ninFlight: 4", udp),
    ).toBeDefined();
  });

  test("is not run where a scenario is not read from a file", () => {
    expect(() => parseScenario(workload("protocol: ./chat.mts"), "x.yaml")).toThrow(
      "modules are not run here",
    );
  });

  test("is told where it loops, and is ended", async () => {
    // It sleeps between its turns: that it takes a CPU meanwhile is nothing to this test.
    const sleeps = "const cell = new Int32Array(new SharedArrayBuffer(4));";
    const loops = "for (;;) Atomics.wait(cell, 0, 0, 5);";
    write("loops.mjs", `${sleeps} export default {};\n${loops}\n`);
    const tree = readYamlTree(
      workload("protocol: ./loops.mjs"),
      join(directory, "run.yaml"),
      null,
      [],
    );
    const found = await lookUpProtocols(tree as Tree, 4000);
    expect(found.get("chat")?.problems[0]?.message).toMatch(
      /loops\.mjs: the module has not exported a protocol within 4 s: .* \(\S*loops\.mjs:2:\d+\)/,
    );
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
