import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createCertificate } from "../../../src/io/tls/certificate.ts";
import { parseScenario } from "../../../src/scenario/parse.ts";
import { tlsByDefault } from "../../support/scenario-parts.ts";
import { makeTempDir } from "../../support/temp-dir.ts";
import { marked, parse, problemsOf, withServer, withWorkload, workloadOf } from "../samples.ts";

const outside =
  "target: tcp://127.0.0.1:9\npattern: request\nduration: 5s\nmessage: PING\nframing: { fixed: 4 }\n";
const toSecure = (lines: string) => `version: 1
name: sample
servers:
  secure: { builtin: tcp-echo, tls: true }
workloads:
  w: { target: secure, pattern: request, duration: 5s${lines} }
`;

const one = createCertificate({ commonName: "one" });
const other = createCertificate({ commonName: "other" });
const folder = makeTempDir();
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const files = {
  one: file("one.pem", one.certificate),
  key: file("one.key", one.key),
  otherKey: file("other.key", other.key),
  noKey: file("text", "nothing of the kind"),
  encrypted: file(
    "encrypted.key",
    generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "x",
    }) as string,
  ),
};

describe("tls of a workload", () => {
  it("is off, unless it is asked for or its built-in server encrypts", () => {
    expect(workloadOf(outside).tls).toBeNull();
    expect(workloadOf(`${outside}tls: false`).tls).toBeNull();
    expect(workloadOf(`${outside}tls: true`).tls).toEqual(tlsByDefault);
    expect(parse(toSecure("")).workloads[0]?.tls).toEqual(tlsByDefault);
    expect(parse(toSecure(", tls: false")).workloads[0]?.tls).toBeNull();
    expect(parse(toSecure("")).servers[0]?.tls).toEqual({ cert: null, key: null });
  });

  it("says how: files are found beside the scenario, and stand in it by their paths alone", () => {
    mkdirSync(join(folder, "certs"));
    file("certs/ca.pem", one.certificate);
    const tls = `{ ca: certs/ca.pem, cert: one.pem, key: one.key, serverName: chat.example, alpn: [h2, mqtt], minVersion: TLSv1.3, resume: true }`;
    const scenario = parseScenario(withWorkload(`${outside}tls: ${tls}`), join(folder, "s.yaml"));
    expect(scenario.workloads[0]?.tls).toEqual({
      ca: join(folder, "certs/ca.pem"),
      cert: files.one,
      key: files.key,
      serverName: "chat.example",
      alpn: ["h2", "mqtt"],
      minVersion: "TLSv1.3",
      resume: true,
      insecure: false,
    });
    expect(workloadOf(`${outside}tls: { alpn: h2, insecure: true }`).tls).toMatchObject({
      alpn: ["h2"],
      insecure: true,
    });
  });
});

describe("tls that is wrong", () => {
  it.each([
    [`${outside}tls: §maybe`, "expected true, false or a map of ca, cert"],
    [`${outside}tls: { §caFile: x }`, `unknown key "caFile" in a workload's tls; known: ca, cert`],
    [`${outside}tls: { minVersion: §TLSv1.1 }`, "TLSv1.2"],
    [`${outside}tls: { ca: §nowhere.pem }`, "nowhere.pem: there is no such file"],
    [`${outside}tls: { ca: §${files.noKey} }`, "has no certificate in PEM"],
    [`${outside}tls: { cert: ${files.one}, key: §${files.noKey} }`, "has no private key in PEM"],
    [`${outside}tls: { cert: ${files.one}, key: §${files.otherKey} }`, "is not the key of"],
    [`${outside}tls: { cert: ${files.one}, key: §${files.encrypted} }`, "is encrypted; write it"],
    [`${outside}tls: { §cert: ${files.one} }`, "cert needs key as well"],
    [`${outside}tls: { §key: ${files.key} }`, "key needs cert as well"],
    [`${outside}tls: { §ca: ${files.one}, insecure: true }`, "ca has no meaning with insecure"],
    [`${outside}tls: { serverName: §127.0.0.1 }`, "SNI takes no addresses"],
    [`${outside}tls: { serverName: §a b }`, '"a b" is not a host name'],
    [`${outside}tls: { alpn: [h2, §${"x".repeat(256)}] }`, "at most 255 bytes"],
    ["target: uecho\npattern: request\nduration: 5s\n§tls: true", "Node has no DTLS"],
    ["target: echo\npattern: request\nduration: 5s\n§tls: true", 'add "tls: true" to it as well'],
    [
      "target: §https://127.0.0.1/x\npattern: hold\nconnections: 1",
      "tcp://127.0.0.1:443 with framing: http and tls: true",
    ],
  ])("of a workload: %j", (lines, message) => {
    const { source, line, column } = marked(withWorkload(lines));
    expect(problemsOf(source)).toMatchObject([
      { line, column, message: expect.stringContaining(message) },
    ]);
  });

  it.each([
    ["builtin: udp-echo\n§tls: true", "Node has no DTLS"],
    ["command: ./server\nlisten: 127.0.0.1:7000\n§tls: true", "write tls in the workloads"],
    ["builtin: tcp-echo\n§tls: { cert: x.pem }", "key is missing"],
    [
      `builtin: tcp-echo\ntls: { cert: ${files.one}, key: §${files.otherKey} }`,
      "is not the key of",
    ],
  ])("of a server: %j", (lines, message) => {
    const { source, line, column } = marked(withServer(lines));
    expect(problemsOf(source)).toMatchObject([
      { line, column, message: expect.stringContaining(message) },
    ]);
  });
});
