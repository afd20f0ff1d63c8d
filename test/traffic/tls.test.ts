/** Workloads over TLS, against servers of node:tls. */
import net from "node:net";
import tls from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { Endpoint } from "../../src/address/flow.ts";
import { createCertificate } from "../../src/io/tls/certificate.ts";
import type { TlsClientEnd } from "../../src/io/tls/ends.ts";
import { timing } from "../../src/metrics/snapshot.ts";
import { constantRate, type Measured, makeWorkload, runTraffic } from "../support/traffic.ts";

const { certificate, key } = createCertificate({ commonName: "x", names: ["localhost"] });

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: net.Server): Promise<Endpoint> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { address, port } = server.address() as net.AddressInfo;
  return { address, port };
}

function tlsServer(serve: (socket: tls.TLSSocket) => void, options: tls.TlsOptions = {}) {
  const server = tls.createServer({ cert: certificate, key, ...options }, (socket) => {
    socket.on("error", () => {});
    serve(socket);
  });
  return server.on("tlsClientError", () => {});
}

function clientEnd(changes: Partial<TlsClientEnd> = {}): TlsClientEnd {
  return {
    context: tls.createSecureContext({ ca: certificate }),
    serverName: "localhost",
    alpn: [],
    resume: false,
    insecure: false,
    ...changes,
  };
}

function samples({ snapshot }: Measured, which: "connectTime" | "tlsTime"): number {
  return snapshot.steady[timing[which]]?.count ?? 0;
}

describe("workloads over TLS", () => {
  it("request: the handshake is timed apart, and bytes are those of the messages", async () => {
    const endpoint = await listening(tlsServer((socket) => socket.pipe(socket)));
    const workload = makeWorkload({ connections: 4, inFlight: 3, ...constantRate(500, 0.5e9) });
    const measured = await runTraffic(workload, endpoint, { tls: clientEnd(), workers: 2 });
    expect(measured.errors()).toEqual({});
    expect(measured.count("opened")).toBe(4);
    expect(samples(measured, "connectTime")).toBe(4);
    expect(samples(measured, "tlsTime")).toBe(4);
    expect(measured.count("tlsResumed")).toBe(0);
    const sent = measured.count("sent");
    expect(sent).toBeGreaterThan(0);
    expect(measured.count("received")).toBe(sent);
    expect(measured.count("bytesSent")).toBe(16 * sent);
    expect(measured.count("bytesReceived")).toBe(16 * sent);
  });

  it.each(["fin", "reset"] as const)("churn closes by %s, and resumes sessions", async (close) => {
    const seen = { resumed: 0, ended: 0 };
    const server = tlsServer((socket) => {
      if (socket.isSessionReused()) seen.resumed++;
      socket.on("end", () => seen.ended++);
      socket.pipe(socket);
    });
    const endpoint = await listening(server);
    const workload = makeWorkload({
      pattern: "churn",
      close,
      totalConnections: 20,
      durationNs: null,
    });
    const tls = clientEnd({ resume: true });
    const measured = await runTraffic(workload, endpoint, { tls });
    expect(measured.errors()).toEqual({});
    expect(measured.count("opened")).toBe(20);
    expect(measured.count("received")).toBe(20);
    expect(samples(measured, "tlsTime")).toBe(20);
    // The first ones may begin before the first session has come.
    expect(measured.count("tlsResumed")).toBeGreaterThan(0);
    await expect.poll(() => seen.resumed, { timeout: 60_000 }).toBe(measured.count("tlsResumed"));
    if (close === "fin") await expect.poll(() => seen.ended, { timeout: 60_000 }).toBe(20);
    else expect(seen.ended).toBe(0);
  });

  it("stream: everything arrives, whatever the back-pressure", async () => {
    let bytes = 0;
    const endpoint = await listening(
      tlsServer((socket) => socket.on("data", (chunk) => (bytes += chunk.length))),
    );
    const workload = makeWorkload({
      pattern: "stream",
      framing: null,
      expect: { kind: "any" },
      message: { kind: "size", bytes: 100_000 },
    });
    const measured = await runTraffic(workload, endpoint, { tls: clientEnd() });
    expect(measured.errors()).toEqual({});
    expect(measured.count("sent")).toBeGreaterThan(0);
    await expect.poll(() => bytes, { timeout: 60_000 }).toBe(measured.count("bytesSent"));
  });

  it("opens again what the target closes between two exchanges", async () => {
    const endpoint = await listening(
      tlsServer((socket) => socket.once("data", (bytes) => socket.end(bytes))),
    );
    const load = { model: "closed", thinkNs: 20e6, exchanges: 5 } as const;
    const workload = makeWorkload({ reconnect: true, load, durationNs: 20e9 });
    const measured = await runTraffic(workload, endpoint, { tls: clientEnd() });
    expect(measured.errors()).toEqual({});
    expect(measured.count("received")).toBe(5);
    // The last end may come before the workload's own.
    expect(measured.count("reopenedClosedByTarget")).toBeGreaterThanOrEqual(4);
    expect(samples(measured, "tlsTime")).toBe(measured.count("opened"));
  });

  it("a handshake that does not come in time, or fails, is an attempt that failed, by its name", async () => {
    const silent = net.createServer((socket) => socket.on("error", () => {}));
    const plain = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end("not TLS"));
    });
    const other = createCertificate({ commonName: "another", names: ["localhost"] });
    const untrusted = clientEnd({ context: tls.createSecureContext({ ca: other.certificate }) });
    const wrong = [
      [silent, clientEnd(), "TLS_HANDSHAKE_TIMEOUT"],
      [plain, clientEnd(), "TLS_WRONG_VERSION_NUMBER"],
      [tlsServer(() => {}), untrusted, "DEPTH_ZERO_SELF_SIGNED_CERT"],
    ] as const;
    for (const [server, end, code] of wrong) {
      const endpoint = await listening(server);
      const workload = makeWorkload({ connections: 2, connectTimeoutNs: 0.2e9 });
      const measured = await runTraffic(workload, endpoint, { tls: end });
      expect(measured.errors()).toEqual({ [code]: 2 });
      expect(measured.snapshot.errors.map(({ side }) => side)).toEqual(["target"]);
      expect(measured.count("failed")).toBe(2);
      expect(measured.count("opened")).toBe(0);
      expect(samples(measured, "tlsTime")).toBe(0);
    }
  });
});
