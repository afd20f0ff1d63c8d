/** Clients over every io against servers of node:tls, and what they do when these do not work as they should. */
import net from "node:net";
import tls from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import type { Io, TransportOptions } from "../../../src/io/io.ts";
import { createNodeIo } from "../../../src/io/node/io.ts";
import { createCertificate, type Identity } from "../../../src/io/tls/certificate.ts";
import type { TlsClientEnd } from "../../../src/io/tls/ends.ts";
import { createServerEnd } from "../../../src/io/tls/server-end.ts";
import { TlsTransport } from "../../../src/io/tls/tls-transport.ts";
import { uringObstacle } from "../../../src/io/uring/availability.ts";
import { createUringIo } from "../../../src/io/uring/io.ts";
import { RecordingEvents } from "../../support/recording-events.ts";

const authority = createCertificate({ commonName: "authority", isAuthority: true });
const another = createCertificate({ commonName: "another authority", isAuthority: true });
const server = issued({ names: ["localhost", "chat.example"], addresses: ["127.0.0.1"] });
const dayMs = 86_400e3;
const expired = issued({
  names: ["localhost"],
  fromMs: Date.now() - 2 * dayMs,
  toMs: Date.now() - dayMs,
});
const client = issued({});

function issued(options: Partial<Parameters<typeof createCertificate>[0]>): Identity {
  return createCertificate({ commonName: "leaf", issuer: authority, ...options });
}

const ios = [
  ["node", createNodeIo],
  ...(uringObstacle() === null ? [["io_uring", createUringIo] as const] : []),
] as const;

describe.each(ios)("TLS over %s", (_name, createIo: () => Io) => {
  const running: { readonly io: Io; readonly server: net.Server | null }[] = [];
  afterEach(async () => {
    for (const { io, server } of running.splice(0)) {
      await io.end();
      server?.close();
    }
  });

  interface Clients {
    readonly io: Io;
    readonly events: RecordingEvents;
    readonly transport: TlsTransport;
    readonly open: (slot?: number) => void;
    readonly until: (done: () => boolean) => Promise<void>;
  }

  async function clientsOf(
    peer: net.Server,
    settings: tls.SecureContextOptions & Partial<Omit<TlsClientEnd, "context">> = {},
    slots = 4,
  ): Promise<Clients> {
    const io = createIo();
    running.push({ io, server: peer });
    await new Promise<void>((resolve) => peer.listen(0, "127.0.0.1", resolve));
    const { port } = peer.address() as net.AddressInfo;
    const { serverName = null, alpn = [], resume = false, insecure = false, ...context } = settings;
    const events = new RecordingEvents();
    const options: TransportOptions = { protocol: "tcp", slots, events };
    const transport = new TlsTransport(io, options, {
      context: tls.createSecureContext({ ca: authority.certificate, ...context }),
      serverName,
      alpn,
      resume,
      insecure,
    });
    return {
      io,
      events,
      transport,
      open: (slot = 0) =>
        transport.open(slot, {
          sourceAddress: `127.123.9.${slot + 1}`,
          sourcePort: 0,
          destinationAddress: "127.0.0.1",
          destinationPort: port,
        }),
      async until(done) {
        const endNs = monotonicNs() + 100e9;
        while (!done()) {
          if (monotonicNs() > endNs) throw new Error(`waited in vain: ${events.log.join(", ")}`);
          await io.turn(monotonicNs() + 1e6, 5e6);
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    };
  }

  /** One connection's whole life, as its user sees it: it is closed as soon as it is open. */
  async function lifeOf(peer: net.Server, settings?: Parameters<typeof clientsOf>[1]) {
    const { events, open, until } = await clientsOf(peer, settings);
    open();
    await until(() => events.closedCount === 1);
    return events.log;
  }

  function echoServer(options: tls.TlsOptions = {}): tls.Server {
    const { certificate: cert, key } = server;
    const made = tls.createServer({ cert, key, ...options }, (socket) => {
      socket.on("error", () => {});
      socket.pipe(socket);
    });
    return made.on("tlsClientError", () => {});
  }

  it("opens when the handshake is complete, carries plain bytes, and ends with close_notify", async () => {
    const ends: string[] = [];
    const peer = echoServer().on("secureConnection", (socket) => {
      socket.on("end", () => ends.push("close_notify"));
      socket.on("error", (error) => ends.push(error.message));
    });
    const { events, transport, open, until } = await clientsOf(peer);
    open();
    expect(transport.connectedNs(0)).toBe(0);
    await until(() => events.openedCount === 1);
    expect(transport.connectedNs(0)).toBeGreaterThan(0);
    expect(transport.isResumed(0)).toBe(false);
    // Several in a row: the second waits behind the first, and both may be overwritten at once.
    const message = Buffer.from("one");
    expect(transport.send(0, message, 0, 3)).toBe(true);
    message.write("two");
    expect(transport.send(0, message, 0, 3)).toBe(true);
    message.fill(0);
    await until(() => events.receivedBytes === 6);
    expect(events.text(0)).toBe("onetwo");
    transport.close(0, "fin");
    await until(() => events.closedCount === 1 && ends.length > 0);
    expect(events.log).toEqual(["opened 0", "closed 0 null"]);
    expect(ends).toEqual(["close_notify"]);
  });

  it("reports the peer's end behind its last bytes, and its reset by its code", async () => {
    const peer = echoServer();
    const sockets = new Map<string | undefined, net.Socket>();
    peer.on("connection", (socket: net.Socket) => sockets.set(socket.remoteAddress, socket));
    peer.on("secureConnection", (socket) => {
      socket.once("data", (bytes) => {
        if (String(bytes) === "bye") socket.end("bye bye");
      });
    });
    const { events, transport, open, until } = await clientsOf(peer);
    for (const slot of [0, 1]) open(slot);
    await until(() => events.openedCount === 2);
    transport.send(0, Buffer.from("bye"), 0, 3);
    await until(() => events.closedCount === 1);
    expect(events.log.at(-1)).toBe("closed 0 null");
    expect(events.text(0)).toMatch(/bye bye$/);
    transport.send(1, Buffer.from("x"), 0, 1);
    await until(() => events.text(1) === "x");
    sockets.get("127.123.9.2")?.resetAndDestroy();
    await until(() => events.closedCount === 2);
    expect(events.log.at(-1)).toBe("closed 1 ECONNRESET");
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "resumes sessions of %s if it is to",
    async (maxVersion) => {
      const resumed: boolean[] = [];
      const peer = echoServer({ maxVersion });
      peer.on("secureConnection", (socket) => resumed.push(socket.isSessionReused()));
      for (const resume of [true, false]) {
        const clients = await clientsOf(peer.listening ? peer.close() : peer, { resume });
        const { events, transport, open, until } = clients;
        const seen: boolean[] = [];
        for (let time = 1; time <= 3; time++) {
          open();
          await until(() => events.openedCount === time);
          seen.push(transport.isResumed(0));
          // Tickets of TLS 1.3 come behind the handshake, at the latest with the first reply.
          transport.send(0, Buffer.from("x"), 0, 1);
          await until(() => events.receivedBytes === time);
          transport.close(0, "fin");
          await until(() => events.closedCount === time);
        }
        expect(seen).toEqual([false, resume, resume]);
        await until(() => resumed.length === 3);
        expect(resumed.splice(0)).toEqual(seen);
      }
    },
  );

  it("checks who signed the target's certificate, until when it holds and for whom it is", async () => {
    const { certificate: cert, key } = expired;
    const lives = {
      another: await lifeOf(echoServer(), { ca: another.certificate }),
      unknown: await lifeOf(echoServer({ cert: authority.certificate, key: authority.key }), {
        ca: another.certificate,
      }),
      expired: await lifeOf(echoServer({ cert, key })),
      name: await lifeOf(echoServer(), { serverName: "other.example" }),
      address: await lifeOf(echoServer(issuedFor("127.0.0.2"))),
    };
    expect(lives).toEqual({
      another: ["closed 0 UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
      unknown: ["closed 0 DEPTH_ZERO_SELF_SIGNED_CERT"],
      expired: ["closed 0 CERT_HAS_EXPIRED"],
      name: ["closed 0 CERT_NAME_MISMATCH"],
      address: ["closed 0 CERT_NAME_MISMATCH"],
    });
  });

  function issuedFor(address: string): tls.TlsOptions {
    const { certificate: cert, key } = issued({ addresses: [address] });
    return { cert, key };
  }

  it("insecure accepts any of them; a server name is asked for and checked", async () => {
    const { certificate: cert, key } = expired;
    const names: (string | false | null)[] = [];
    const peers = [echoServer({ cert, key }), echoServer()];
    for (const peer of peers)
      peer.on("secureConnection", (socket) => names.push(socket.servername));
    const insecure = await clientsOf(peers[0] as tls.Server, { insecure: true });
    const named = await clientsOf(peers[1] as tls.Server, { serverName: "chat.example" });
    for (const [index, { open, until }] of [insecure, named].entries()) {
      open();
      await until(() => names.length === index + 1);
    }
    expect(insecure.events.openedCount + named.events.openedCount).toBe(2);
    expect(names).toEqual([false, "chat.example"]);
  });

  it("shows its own certificate where it has one; else the target's refusal is named", async () => {
    const asks = { requestCert: true, ca: authority.certificate };
    const { certificate: cert, key } = client;
    const shown: string[] = [];
    const peer = echoServer(asks).on("secureConnection", (socket) =>
      shown.push(String(socket.getPeerCertificate().subject.CN)),
    );
    const { events, open, until } = await clientsOf(peer, { cert, key });
    open();
    await until(() => events.openedCount === 1 && shown.length === 1);
    expect(shown).toEqual(["leaf"]);
    // A client of TLS 1.3 has completed its handshake when the server looks for the certificate.
    const required = "closed 0 TLS_ALERT_CERTIFICATE_REQUIRED";
    expect(await lifeOf(echoServer(asks))).toEqual(["opened 0", required]);
    expect(await lifeOf(echoServer({ ...asks, maxVersion: "TLSv1.2" }))).toEqual([
      "closed 0 TLS_ALERT_HANDSHAKE_FAILURE",
    ]);
  });

  it("names what cannot be agreed on", async () => {
    const tooOld = echoServer({ maxVersion: "TLSv1.2" });
    const tooNew = echoServer({ minVersion: "TLSv1.3" });
    expect(await lifeOf(tooOld, { minVersion: "TLSv1.3" })).toEqual([
      "closed 0 TLS_ALERT_PROTOCOL_VERSION",
    ]);
    expect(await lifeOf(tooNew, { maxVersion: "TLSv1.2" })).toEqual([
      "closed 0 TLS_ALERT_PROTOCOL_VERSION",
    ]);
    expect(await lifeOf(echoServer({ ALPNProtocols: ["mqtt"] }), { alpn: ["h2"] })).toEqual([
      "closed 0 TLS_ALERT_NO_APPLICATION_PROTOCOL",
    ]);
    expect(await lifeOf(echoServer(), { alpn: ["h2"] })).toEqual(["closed 0 TLS_NO_ALPN"]);
    const agreed = await clientsOf(echoServer({ ALPNProtocols: ["h2"] }), { alpn: ["mqtt", "h2"] });
    agreed.open();
    await agreed.until(() => agreed.events.openedCount === 1);
  });

  it("names what is no TLS at all", async () => {
    const plain = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", () => socket.write("220 hello, this is plain text\r\n"));
    });
    expect(await lifeOf(plain)).toEqual(["closed 0 TLS_WRONG_VERSION_NUMBER"]);
    const closing = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.end());
    });
    expect(await lifeOf(closing)).toEqual(["closed 0 TLS_HANDSHAKE_CLOSED"]);
    const resetting = net.createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => socket.resetAndDestroy());
    });
    expect(await lifeOf(resetting)).toEqual(["closed 0 ECONNRESET"]);
    const nobody = echoServer();
    const { events, open, until } = await clientsOf(nobody);
    nobody.close();
    open();
    await until(() => events.closedCount === 1);
    expect(events.log).toEqual(["closed 0 ECONNREFUSED"]);
  });

  it("a handshake that is never answered can be given up, and the slot opened again", async () => {
    let silent = true;
    const secure = echoServer();
    const peer = net.createServer((socket) => {
      socket.on("error", () => {});
      if (!silent) secure.emit("connection", socket);
    });
    const { events, transport, open, until } = await clientsOf(peer);
    for (const how of ["reset", "fin"] as const) {
      const { closedCount } = events;
      open();
      await until(() => transport.connectedNs(0) > 0);
      transport.close(0, how);
      await until(() => events.closedCount > closedCount);
      expect(events.log.at(-1)).toBe("closed 0 null");
      expect(transport.connectedNs(0)).toBeGreaterThan(0);
    }
    silent = false;
    open();
    expect(transport.connectedNs(0)).toBe(0);
    await until(() => events.openedCount === 1);
  });

  it("as a server, says nothing of clients whose handshake fails, and goes on", async () => {
    const io = createIo();
    running.push({ io, server: null });
    const events = new RecordingEvents();
    const end = createServerEnd(null, ["chat.example"], ["127.0.0.1"]);
    const transport = new TlsTransport(io, { protocol: "tcp", slots: 4, events }, end);
    const listener = await transport.listen({ address: "127.0.0.1", port: 0 });
    const { port } = listener.endpoint;
    const turns = async (done: () => boolean) => {
      const endNs = monotonicNs() + 100e9;
      while (!done()) {
        if (monotonicNs() > endNs) throw new Error("waited in vain");
        await io.turn(monotonicNs() + 1e6, 5e6);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    let failed = 0;
    const plain = net.connect(port, "127.0.0.1", () => plain.write("GET / HTTP/1.1\r\n\r\n"));
    plain.on("error", () => {}).on("close", () => failed++);
    const gone = net.connect(port, "127.0.0.1", () => gone.destroy()).on("close", () => failed++);
    const distrusting = tls.connect({ port, host: "127.0.0.1", ca: another.certificate });
    distrusting.on("error", () => {}).on("close", () => failed++);
    plain.resume();
    await turns(() => failed === 3);
    for (const servername of ["localhost", "chat.example", undefined]) {
      const { closedCount } = events;
      const good = tls.connect({
        port,
        host: "127.0.0.1",
        ca: end.certificate,
        ...(servername === undefined ? {} : { servername }),
      });
      let isSecure = false;
      good.on("secureConnect", () => {
        isSecure = true;
        good.end();
      });
      good.resume();
      await turns(() => isSecure && events.closedCount > closedCount);
    }
    // A client of TLS 1.3 that does not trust it says so after the server's handshake.
    const others = events.log.filter((line) => /^closed .* (?!null$)/.test(line));
    expect(others.length).toBeLessThanOrEqual(1);
    expect(events.log.length % 2).toBe(0);
  });
});
