/** The first scenario as text, with why each line is there. Pure. */
import { dirname, relative } from "node:path";
import { defaultProtocol, protocols } from "../../address/protocol.ts";
import { shippedProtocols } from "../../protocols/shipped.ts";
import type { OptionSetting } from "../../protocols/spec.ts";
import { plainScalar } from "../../scenario/source/plain-scalar.ts";
import type { Answers, Reply, Speech } from "./answers.ts";
import { protocolStarts } from "./protocol-starts.ts";

/** A gate, and the comment above it. */
export interface GateLine {
  readonly why: string;
  readonly expression: string;
}

/** Names of the server and of the workload. */
const serverName = "backend";
export const workloadName = "clients";

export const firstConnections = 20;
export const firstRate = 100;
const seconds = 10;

/** Whether nothing answers. */
export function isOneWay(speech: Speech): boolean {
  return speech.protocol === null ? speech.reply === "none" : speech.isOneWay;
}

/**
 * @param gates with what is known of the server
 * @param last  a comment below them; null: none
 */
export function scenarioText(
  answers: Answers,
  gates: readonly GateLine[],
  last: string | null,
): string {
  const { name, out } = answers;
  const toRoot = (path: string) => relative(dirname(out), path) || ".";
  return [
    ...comment(
      0,
      `Does the server answer ${firstRate} ${isOneWay(answers.speech) ? "messages" : "requests"} a second from ${firstConnections} ` +
        "clients, without an error? Written by slash8 init as a start: raise rate and connections to what you expect of it.",
    ),
    "#",
    `#     npx slash8 load ${out}     run it`,
    `#     npx slash8 check ${out}    only see whether it is valid`,
    "#",
    "# More: node_modules/slash8/docs/writing-scenarios.md; every field: node_modules/slash8/docs/reference/scenario.md",
    `# yaml-language-server: $schema=${toRoot("node_modules/slash8/schema/scenario.schema.json")}`,
    "version: 1",
    `name: ${yamlText(name)}`,
    "servers:",
    `  ${serverName}:`,
    ...serverLines(answers, toRoot(".")),
    "workloads:",
    `  ${workloadName}:`,
    ...workloadLines(answers, toRoot),
    "gates:",
    ...gates.flatMap(({ why, expression }) => [...comment(2, why), `  - ${expression}`]),
    ...(last === null ? [] : comment(2, last)),
    "",
  ].join("\n");
}

function serverLines({ command, listen, transport }: Answers, cwd: string): string[] {
  const place = [
    ...(transport === defaultProtocol ? [] : [`    protocol: ${transport}`]),
    `    listen: ${yamlText(listen)}`,
  ];
  if (command === null) {
    return [
      ...comment(
        4,
        "It runs already. With a line such as command: ./my-server --port 7000, slash8 starts and ends it.",
      ),
      ...place,
    ];
  }
  return [
    ...comment(
      4,
      protocols[transport].isDatagram
        ? "Started for the run, and ended after it with all its children. When it is ready nobody can see over UDP: it has a second."
        : "Started for the run, load begins when it listens, and it is ended afterwards with all its children.",
    ),
    `    command: ${yamlText(command)}`,
    // Left out, it is the folder of the scenario.
    ...(cwd === "." ? [] : [`    cwd: ${yamlText(cwd)}`]),
    ...place,
  ];
}

function workloadLines(answers: Answers, toRoot: (path: string) => string): string[] {
  const { speech, tls } = answers;
  const { localOnly } = protocolStarts[speech.protocol ?? ""] ?? {};
  return [
    `    target: ${serverName}`,
    ...comment(
      4,
      isOneWay(speech)
        ? "stream: nothing answers these messages. Others: hold, churn, ..."
        : "request: messages and their replies, on connections that stay. Others: hold, churn, stream, ...",
    ),
    `    pattern: ${isOneWay(speech) ? "stream" : "request"}`,
    ...(localOnly === undefined || !/^(127\.0\.0\.1|localhost):/.test(answers.listen)
      ? []
      : [
          ...comment(4, `${localOnly}. Without this line each workload has addresses of its own.`),
          "    sources: 127.0.0.1",
        ]),
    `    connections: ${firstConnections}`,
    ...(tls === null ? [] : tlsLines(tls, toRoot)),
    ...speechLines(answers),
    ...comment(
      4,
      "Messages leave by the clock, however slow the server is, so that the time a request waits for its turn is part of its " +
        "response time. Without rate each client waits for its reply first: that finds the most the server can do.",
    ),
    `    rate: ${firstRate}/s`,
    ...comment(4, "Gates do not see the warm-up."),
    "    warmUp: 1s",
    `    duration: ${seconds}s`,
  ];
}

function tlsLines(
  tls: Readonly<Record<string, string | boolean>>,
  toRoot: (path: string) => string,
): string[] {
  const fields = Object.entries(tls).map(([key, value]) => {
    const shown = key === "ca" ? toRoot(String(value)) : value;
    return `${key}: ${typeof shown === "boolean" ? shown : yamlText(shown)}`;
  });
  if (fields.length > 0) return [`    tls: { ${fields.join(", ")} }`];
  return [
    ...comment(
      4,
      "The certificate has to be signed by somebody whom Node trusts, for the server's address; else: { ca: FILE, serverName: NAME }",
    ),
    "    tls: true",
  ];
}

function speechLines({ speech, transport }: Answers): string[] {
  if (speech.protocol === null) {
    return [
      `    message: ${JSON.stringify(speech.message)}`,
      ...replyLines(speech.reply, transport),
    ];
  }
  const options = Object.entries(speech.options).map(([key, value]) => `${key}: ${setting(value)}`);
  const about = shippedProtocols[speech.protocol]?.message?.about;
  return [
    `    protocol: ${options.length === 0 ? speech.protocol : `{ ${speech.protocol}: { ${options.join(", ")} } }`}`,
    ...(about === undefined ? [] : comment(4, about)),
    ...(speech.message === null
      ? about === undefined
        ? []
        : ['    # message: ""']
      : [`    message: ${yamlText(speech.message)}`]),
  ];
}

function replyLines(reply: Reply, transport: Answers["transport"]): string[] {
  if (reply === "none") return [];
  if (reply === "echo") {
    return [
      ...comment(4, "The reply is the message; whatever else comes is an error."),
      "    expect: echo",
    ];
  }
  const check =
    'Any reply will do. What it must be can be said: expect: { prefix: "OK" }, { regex: "..." } or { size: 12 }';
  if (protocols[transport].isDatagram) return comment(4, check);
  const framing =
    typeof reply === "number"
      ? `{ fixed: ${reply} }`
      : `{ delimiter: ${reply === "crlf" ? '"\\r\\n"' : '"\\n"'} }`;
  return [...comment(4, "Where a reply ends."), `    framing: ${framing}`, ...comment(4, check)];
}

function setting(value: OptionSetting): string {
  if (Array.isArray(value)) return `[${value.map((one) => yamlText(String(one))).join(", ")}]`;
  return typeof value === "string" ? yamlText(value) : String(value);
}

/** A text as a YAML scalar: plain where it cannot be taken for anything else, in flow collections as well. */
export function yamlText(text: string): string {
  const isPlain = /^[\w./~][\w./~:@%+=-]*( [\w./~@%+=-]+)*$/.test(text) && !/:( |$)/.test(text);
  return isPlain && plainScalar(text) === text && !/^0\d/.test(text) ? text : JSON.stringify(text);
}

const width = 118;

/** Lines of comment, wrapped. */
function comment(indent: number, text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + 2 + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `${" ".repeat(indent)}# ${one}`);
}
