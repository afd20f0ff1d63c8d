import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Answers, Reply, Speech } from "../../../src/cli/init/answers.ts";
import { type Evidence, gatesOf, withoutTimes } from "../../../src/cli/init/first-run.ts";
import { protocolStarts } from "../../../src/cli/init/protocol-starts.ts";
import { scenarioText, yamlText } from "../../../src/cli/init/scenario-text.ts";
import { shippedProtocols } from "../../../src/protocols/shipped.ts";
import { loadChecked } from "../../../src/run/check-scenario.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

test("every protocol that ships has a start, and no other", () => {
  expect(Object.keys(protocolStarts)).toEqual(Object.keys(shippedProtocols));
});

const transports = ["tcp", "udp"] as const;
const required: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  kafka: { topic: "events" },
};

/** Each protocol as `init` starts it, and with its other ways: of options that mean that nothing answers. */
const shipped: [string, Speech][] = Object.entries(protocolStarts).flatMap(([protocol, start]) => {
  const ways: Readonly<Record<string, string | number | boolean>>[] = [
    {},
    ...({
      kafka: [{ acks: "0" }],
      mqtt: [{ qos: 0 }],
      nats: [{ verbose: false }],
      http: [{ path: "/a?b=c,d:#" }],
    }[protocol] ?? []),
  ];
  return ways.map((way): [string, Speech] => {
    const given = { ...required[protocol], ...way };
    const options = { ...start.options?.(given), ...given };
    const isOneWay = start.isOneWay?.(options) ?? false;
    const message = start.message ?? shippedProtocols[protocol]?.message?.default ?? "";
    const speech = { protocol, options, message: message === "" ? null : message, isOneWay };
    return [`${protocol} ${JSON.stringify(way)}`, speech];
  });
});

const replies: readonly Reply[] = ["line", "crlf", "echo", "none", 12, "datagram"];
const own: [string, Speech][] = replies.map((reply) => [
  `bytes, ${reply}`,
  { protocol: null, message: 'a "word"\0\x7f {{sequence}}\r\n', reply },
]);

const evidences: readonly Evidence[] = [
  { kind: "none" },
  { kind: "measured", p99Ns: 123_456, isWhole: true },
  { kind: "measured", p99Ns: 37e6, isWhole: false },
  { kind: "measured", p99Ns: null, isWhole: true },
  { kind: "invalid" },
  { kind: "failed", error: null },
];

describe("what init writes is valid", () => {
  const folder = makeTempDir();
  const ca = join(folder, "ca.pem");
  const encrypted = [null, {}, { ca }, { insecure: true, serverName: "localhost" }];
  beforeAll(() => copyFileSync("scenarios/real-nginx-tls.pem", ca));

  async function expectValid(answers: Answers, evidence: Evidence): Promise<void> {
    const { speech, out } = answers;
    const gates = gatesOf(speech, evidence);
    const text = scenarioText(answers, gates, withoutTimes(speech, evidence));
    const scenario = await loadChecked(out, { text, env: {} });
    expect(scenario.gates).toHaveLength(gates.length);
    expect(text).toMatch(/^# yaml-language-server: \$schema=\S+$/m);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(160);
  }

  test.each(evidences)("after a first run: %j", async (evidence) => {
    for (const reply of ["line", "none"] as const) {
      const answers: Answers = {
        name: "shop",
        out: join(folder, "shop.yaml"),
        command: null,
        listen: "127.0.0.1:27001",
        transport: "tcp",
        speech: { protocol: null, message: "a", reply },
        tls: null,
      };
      await expectValid(answers, evidence);
    }
  });

  test.each([...shipped, ...own])("%s", async (_, speech) => {
    for (const transport of transports) {
      const over =
        speech.protocol === null
          ? speech.reply === "datagram"
            ? ["udp"]
            : typeof speech.reply === "number"
              ? ["tcp"]
              : transports
          : (shippedProtocols[speech.protocol]?.over ?? []);
      if (!over.includes(transport)) continue;
      for (const tls of transport === "udp" ? [null] : encrypted) {
        for (const [listen, command] of [
          ["127.0.0.1:27001", null],
          ["[::1]:27001", './server --port 27001 "$HOME" # or so'],
          ["localhost:27001", "node server.js"],
        ] as const) {
          const answers: Answers = {
            name: "shop",
            out: join(folder, "load/shop.yaml"),
            command,
            listen,
            transport,
            speech,
            tls: tls === null ? null : { ...protocolStarts[speech.protocol ?? ""]?.tls, ...tls },
          };
          await expectValid(answers, { kind: "none" });
        }
      }
    }
  });
});

test("a server that is started runs where init ran", async () => {
  const folder = makeTempDir();
  const answers: Answers = {
    name: "shop",
    out: join(folder, "load/deep/shop.yaml"),
    command: "node server.js",
    listen: "127.0.0.1:27001",
    transport: "tcp",
    speech: { protocol: null, message: "a", reply: "echo" },
    tls: null,
  };
  const gates = gatesOf(answers.speech, { kind: "none" });
  const text = scenarioText(answers, gates, null);
  const { servers } = await loadChecked(answers.out, { text, env: {} });
  expect(servers[0]).toHaveProperty("command.cwd", process.cwd());
});

test.each([
  ["node server.js --port 7000", "node server.js --port 7000"],
  ["127.0.0.1:7000", "127.0.0.1:7000"],
  ["[::1]:7000", '"[::1]:7000"'],
  ["a: b", '"a: b"'],
  ["a #b", '"a #b"'],
  ["true", '"true"'],
  ["12", '"12"'],
  ["007", '"007"'],
  ["- a", '"- a"'],
  ["a, b", '"a, b"'],
  ["{{sequence}}", '"{{sequence}}"'],
  ["", '""'],
  ["two\nlines", '"two\\nlines"'],
  ["a:", '"a:"'],
])("%j is written %s", (text, written) => {
  expect(yamlText(text)).toBe(written);
});
