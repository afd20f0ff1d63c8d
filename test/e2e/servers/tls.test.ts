/** TLS from the scenario to the result, with servers and certificates of slash8's own. */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import tls from "node:tls";
import { describe, expect, it } from "vitest";
import { createCertificate } from "../../../src/io/tls/certificate.ts";
import { startCli } from "../../support/run-cli.ts";
import { runScenario } from "../../support/run-scenario.ts";
import { makeTempDir } from "../../support/temp-dir.ts";

describe("workloads over TLS, whole", () => {
  it("are encrypted to built-in servers, trusted or not, and counted as these count", async () => {
    const folder = makeTempDir();
    const own = createCertificate({ commonName: "own", names: ["chat.example"] });
    const [cert, key] = [join(folder, "own.pem"), join(folder, "own.key")];
    writeFileSync(cert, own.certificate);
    writeFileSync(key, own.key);
    const { status, result } = await runScenario(`version: 1
name: tls
servers:
  echo: { builtin: tcp-echo, tls: true }
  shared: { builtin: tcp-echo, tls: true, processes: 2 }
  sink: { builtin: tcp-sink, tls: { cert: ${cert}, key: ${key} } }
  web: { builtin: tcp-http, tls: true }
workloads:
  chat: { target: echo, connections: 5, exchanges: 100, expect: echo, pattern: request, sources: 127.123.11.1, timeout: 60s }
  users: { target: shared, connections: 20, duration: 1s, verify: true, pattern: hold, sources: 127.123.11.2, timeout: 60s, tls: { serverName: users.example } }
  feed: { target: sink, connections: 2, rate: 100/s, duration: 1s, pattern: stream, sources: 127.123.11.3, tls: { ca: ${cert}, serverName: chat.example } }
  visitors: { target: web, connections: 2, totalConnections: 20, pattern: churn, sources: 127.123.11.4, timeout: 60s, tls: { resume: true, minVersion: TLSv1.3 } }
  strangers: { target: sink, connections: 3, duration: 1s, pattern: hold, sources: 127.123.11.5, connectTimeout: 60s }
gates:
  - chat.errors == 0
  - chat.tlsTime.count == 5
  - visitors.tlsTime.p99 < 60s
  - visitors.connections.tlsResumed > 0
  - strangers.connections.failed == 3
`);
    expect(result.gates.map(({ expression, verdict }) => [expression, verdict])).toEqual(
      result.gates.map(({ expression }) => [expression, "pass"]),
    );
    // On a busy machine the stream does not keep its rate (4): what was sent is counted all the same.
    expect([0, 4]).toContain(status);
    const { chat, users, feed, visitors, strangers } = result.workloads;
    expect(chat?.exchanges).toMatchObject({ sent: 100, received: 100 });
    expect(chat?.bytes).toEqual({ sent: 6400, received: 6400 });
    expect(chat?.connectTime.count).toBe(5);
    expect(users?.connections).toMatchObject({ opened: 20, openAtEnd: 20 });
    expect(users?.errors).toEqual([]);
    expect(feed?.exchanges).toMatchObject({ received: feed?.exchanges.sent, lost: 0 });
    expect(visitors?.exchanges).toMatchObject({ sent: 20, received: 20 });
    expect(visitors?.tlsTime.count).toBe(visitors?.connections.opened);
    // The certificate is from a file: whoever has not been given it does not trust it.
    expect(strangers?.errors).toMatchObject([
      { code: "DEPTH_ZERO_SELF_SIGNED_CERT", side: "target", count: 3 },
    ]);
    expect(strangers?.notes[0]).toMatch(/workloads\.strangers\.tls\.ca/);
    expect(result.servers.echo?.counts).toMatchObject({ accepted: 5, received: 100, replied: 100 });
    expect(result.servers.shared?.counts).toMatchObject({ accepted: 20 });
    expect(result.servers.web?.counts).toMatchObject({ accepted: 20 });
    expect(JSON.stringify(result)).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE/);
  });

  it("slash8 serve --tls prints the certificate that clients may trust", async () => {
    const server = startCli(["serve", "tcp-echo", "--listen", "127.0.0.1:0", "--tls"]);
    await server.printed(/listening on/);
    const port = Number(/listening on .*:(\d+)/.exec(server.stdout())?.[1]);
    const [ca] =
      /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/.exec(server.stderr()) ?? [];
    const client = tls.connect({ host: "127.0.0.1", port, servername: "localhost", ca });
    await once(client, "secureConnect");
    client.write("hello");
    const [bytes] = await once(client, "data");
    expect(String(bytes)).toBe("hello");
    client.destroy();
    server.kill("SIGTERM");
    expect((await server.finished).status).toBe(0);
  });
});
