// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is what scenarios replace
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { gatherAnswers } from "../../../src/cli/init/gather.ts";
import { type Project, readProject } from "../../../src/cli/init/project.ts";
import { Questions } from "../../../src/cli/init/questions.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

const nothing = { option: [] };

function project(): Project {
  const folder = join(makeTempDir(), "my shop");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), "{}");
  return readProject(folder);
}

/** Asks on streams; the lines are there before the first question. */
async function asked(
  lines: readonly string[],
  args: Readonly<Record<string, unknown>> = {},
  where = project(),
) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const questions = new Questions(input, output, false);
  input.end(lines.map((line) => `${line}\n`).join(""));
  try {
    const gathered = await gatherAnswers({ ...nothing, ...args }, questions, where);
    return { ...gathered, shown };
  } finally {
    questions.close();
  }
}

describe("questions", () => {
  test("Enter takes what is offered", async () => {
    const { answers, choices, shown } = await asked(["", "6379", "", "", "", "", "", "", ""]);
    expect(answers).toEqual({
      name: "my-shop",
      out: "load/my-shop.yaml",
      command: null,
      listen: "127.0.0.1:6379",
      transport: "tcp",
      speech: { protocol: "resp", options: {}, message: "PING", isOneWay: false },
      tls: null,
    });
    expect(choices).toEqual({ workflow: "github", script: true, firstRun: true, force: false });
    expect(shown).toContain("What does it speak? [resp]: ");
  });

  test("what is wrong is said, and asked again", async () => {
    const { answers, shown } = await asked([
      "node server.js",
      "",
      "192.0.2.1:7000",
      "7000",
      "rsp",
      "message",
      "sctp",
      "udp",
      String.raw`ping\q`,
      String.raw`ping\n`,
      "line",
      "echo",
      "a b",
      "chat",
      "perhaps",
      "no",
      "jenkins",
      "none",
      "n",
    ]);
    expect(answers).toEqual({
      name: "chat",
      out: "load/chat.yaml",
      command: "node server.js",
      listen: "127.0.0.1:7000",
      transport: "udp",
      speech: { protocol: null, message: "ping\n", reply: "echo" },
      tls: null,
    });
    const said = shown.split("\n").filter((line) => line.startsWith("  "));
    expect(said).toEqual([
      "  an answer is needed here",
      expect.stringContaining("name a loopback address"),
      expect.stringContaining('did you mean "resp"?'),
      "  tcp or udp?",
      expect.stringContaining("\\q"),
      expect.stringContaining("datagram, echo or none"),
      expect.stringContaining('"a b" is not a name'),
      "  yes or no?",
      "  github, gitlab or none?",
    ]);
  });

  test("TLS, options that a protocol needs, and paths", async () => {
    const kafka = await asked(["", "9092", "kafka", "events", "", "y", "any", "", "n", "", "n"]);
    expect(kafka.answers.speech).toMatchObject({ protocol: "kafka", options: { topic: "events" } });
    expect(kafka.answers.tls).toEqual({ insecure: true });
    const http = await asked(["", "8080", "", "/health", "", "n", "", "n", "", "n"]);
    expect(http.answers.speech).toMatchObject({ protocol: "http", options: { path: "/health" } });
    const web = await asked(["", "https://127.0.0.1/a", "", "", "localhost", "", "n", "", "n"]);
    expect(web.answers).toMatchObject({
      speech: { protocol: "http", options: { path: "/a" } },
      tls: { serverName: "localhost" },
    });
  });

  test("only what is not given is asked", async () => {
    const args = { target: "redis://127.0.0.1", message: "GET a", name: "x", "no-run": true };
    const { answers, choices, shown } = await asked(["gitlab", "n"], args);
    expect(answers).toMatchObject({ name: "x", speech: { protocol: "resp", message: "GET a" } });
    expect(choices).toEqual({ workflow: "gitlab", script: false, firstRun: false, force: false });
    expect(shown.match(/: /g)).toHaveLength(2);
  });

  test("a name whose file is there is asked again", async () => {
    const where = project();
    mkdirSync(join(where.folder, "load"));
    writeFileSync(join(where.folder, "load/my-shop.yaml"), "");
    const lines = ["", "6379", "", "", "", "", "other", "", "", ""];
    const { answers, shown } = await asked(lines, {}, where);
    expect(answers.out).toBe("load/other.yaml");
    expect(shown).toContain("load/my-shop.yaml exists");
  });

  test("an end of the answers ends it, and nothing is written", async () => {
    await expect(asked(["", "6379"])).rejects.toMatchObject({
      message: "interrupted; nothing was written",
      status: 130,
    });
  });
});

describe("without anybody to ask", () => {
  const gather = (args: Readonly<Record<string, unknown>>) =>
    gatherAnswers({ ...nothing, ...args }, null, project());

  test("defaults are taken for what need not be known", async () => {
    const { answers, choices } = await gather({ target: "mqtt://127.0.0.1", option: ["qos=0"] });
    expect(answers).toEqual({
      name: "my-shop",
      out: "load/my-shop.yaml",
      command: null,
      listen: "127.0.0.1:1883",
      transport: "tcp",
      speech: {
        protocol: "mqtt",
        options: { qos: 0 },
        message: "message {{sequence}}",
        isOneWay: true,
      },
      tls: null,
    });
    expect(choices).toEqual({ workflow: "github", script: true, firstRun: true, force: false });
  });

  test.each<[Readonly<Record<string, unknown>>, RegExp]>([
    [{}, /^where does the server listen\? give --target, such as .*--protocol/],
    [{ command: "x" }, /^where does the server listen\? give --target/],
    [
      { target: "7000" },
      /^what does the server at 127\.0\.0\.1:7000 speak\? give --protocol: one of resp, .* or message/,
    ],
    [{ target: "x" }, /^--target "x" is not an address and a port/],
    [
      { target: "udp://127.0.0.1:1", protocol: "resp" },
      /^--protocol: resp runs over TCP, not over UDP/,
    ],
    [
      { target: "redis://127.0.0.1", protocol: "nats" },
      /^--target means protocol resp, and --protocol is nats/,
    ],
    [
      { target: "tcp://127.0.0.1:1", protocol: "dns", udp: true },
      /^--target is tcp:\/\/, and --udp is given/,
    ],
    [
      { target: "7000", protocol: "kafka" },
      /^kafka needs topic: .*Give --option topic=VALUE, a text$/,
    ],
    [
      { target: "7000", protocol: "resp", option: ["databse=1"] },
      /^--option databse=1: resp has no option "databse"; did you mean "database"/,
    ],
    [
      { target: "7000", protocol: "resp", option: ["database"] },
      /^--option database: write name=value/,
    ],
    [
      { target: "7000", protocol: "resp", option: ["database=x"] },
      /^--option database=x: expected an integer/,
    ],
    [
      { target: "7000", protocol: "message", option: ["a=b"] },
      /^--option a=b: options are those of a protocol/,
    ],
    [
      { target: "7000", protocol: "resp", reply: "line" },
      /^--reply goes with --protocol message: resp knows/,
    ],
    [{ target: "7000", reply: "lines" }, /^--reply: "lines" is not an end of a reply over TCP/],
    [{ target: "7000", reply: "line", message: "\\q" }, /^--message: \\q: /],
    [{ target: "stun://127.0.0.1", message: "x" }, /^--message: requests of stun carry none/],
    [{ target: "dns://127.0.0.1", tls: true }, /^TLS runs over TCP/],
    [{ target: "redis://127.0.0.1", ca: "none.pem" }, /^--ca: none\.pem: there is no such file/],
    [
      { target: "redis://127.0.0.1", ca: "a", insecure: true },
      /^--insecure accepts any certificate/,
    ],
    [{ target: "redis://127.0.0.1", name: "a b" }, /^--name: "a b" is not a name/],
    [{ target: "redis://127.0.0.1", out: "x.json" }, /^--out: x\.json: a scenario's file ends in/],
    [
      { target: "redis://127.0.0.1", gitlab: true, "no-workflow": true },
      /^--gitlab and --no-workflow exclude/,
    ],
  ])("%j is refused", async (args, message) => {
    await expect(gather(args)).rejects.toThrow(message);
  });

  test("an option may be a variable of the environment, whatever its type", async () => {
    const [database, password] = ["${DB:-1}", "${PASSWORD:-}"];
    const { answers } = await gather({
      target: "redis://127.0.0.1",
      option: [`database=${database}`, `password=${password}`],
    });
    expect(answers.speech).toMatchObject({ options: { database, password } });
  });
});

test("a package.json that is not JSON is named", () => {
  const folder = makeTempDir();
  writeFileSync(join(folder, "package.json"), "{ x");
  expect(() => readProject(folder)).toThrow(/^package\.json is not JSON: .*; correct it first$/);
});
