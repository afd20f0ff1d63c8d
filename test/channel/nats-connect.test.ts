/** Connections to real servers, and what is said where there are none; certificates are made here. */
import { writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { type NatsConnection, nkeys } from "@nats-io/transport-node";
import { beforeAll, describe, expect, it } from "vitest";
import {
  connectNats,
  connectNatsOnceThere,
  followRefusals,
  natsNotice,
} from "../../src/channel/nats-connect.ts";
import { natsFailure } from "../../src/channel/nats-failure.ts";
import { identityCheck, type NatsOptions } from "../../src/channel/nats-options.ts";
import { createCertificate } from "../../src/io/tls/certificate.ts";
import { atEndOfFile } from "../at-end.ts";
import { freePort } from "../support/ports/free-port.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { hasNatsServer, startNatsServer } from "./nats-server.ts";

const address = "127.34.0.1";
const authority = createCertificate({ commonName: "test CA", isAuthority: true });
const stranger = createCertificate({ commonName: "another CA", isAuthority: true });
const own = createCertificate({ commonName: "nats", addresses: [address], issuer: authority });
const other = createCertificate({ commonName: "x", names: ["nats.example"], issuer: authority });
const old = createCertificate({
  commonName: "old",
  addresses: [address],
  issuer: authority,
  fromMs: Date.parse("2020-01-01"),
  toMs: Date.parse("2021-01-01"),
});
const client = createCertificate({ commonName: "agent", issuer: authority });
const badClient = createCertificate({ commonName: "agent", issuer: stranger });

/** Writes a file and returns its path. */
function file(name: string, text: string): string {
  const path = join(makeTempDir(), name);
  writeFileSync(path, text);
  return path;
}

/** What a connection is refused with; the servers' own address is written HERE. */
async function failure(options: NatsOptions): Promise<string> {
  try {
    const connection = await connectNats(options);
    await connection.close();
    return "connected";
  } catch (error) {
    return (error as Error).message.replaceAll(/127\.34\.0\.1:\d+/g, "HERE");
  }
}

async function connected(options: NatsOptions): Promise<NatsConnection> {
  const connection = await connectNats(options);
  atEndOfFile(() => connection.close());
  return connection;
}

/** A token of NATS: who `about` is, signed. @see https://docs.nats.io, "JWTs" */
function jwt(signer: nkeys.KeyPair, about: nkeys.KeyPair, nats: object, exp?: number): string {
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const [iss, sub] = [signer.getPublicKey(), about.getPublicKey()];
  const claims = { jti: sub, iat: 1_600_000_000, iss, name: "test", sub, nats, exp };
  const signed = `${part({ typ: "JWT", alg: "ed25519-nkey" })}.${part(claims)}`;
  return `${signed}.${Buffer.from(signer.sign(Buffer.from(signed))).toString("base64url")}`;
}

function credsOf(user: nkeys.KeyPair, token: string): string {
  return file(
    "user.creds",
    `-----BEGIN NATS USER JWT-----
${token}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${Buffer.from(user.getSeed()).toString()}
------END USER NKEY SEED------
`,
  );
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  atEndOfFile(() => server.close());
  return (server.address() as { port: number }).port;
}

describe("no NATS server", () => {
  it("nothing listens: says how to start one, and that it may be there later", async () => {
    const port = await freePort("tcp", address);
    const error = await connectNats({ servers: [`nats://anna:secret@${address}:${port}`] }).catch(
      (failed: unknown) => failed,
    );
    expect(error).toMatchObject({
      name: "UserError",
      code: "target",
      message: `the NATS server ${address}:${port} cannot be reached: nothing listens there; start it, nats-server -a ${address} -p ${port}, or give another with --nats`,
    });
  });

  it("another server, and one that hangs up", async () => {
    const http = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const silent = createServer((socket) => socket.destroy());
    const [a, b] = [await listening(http), await listening(silent)];
    expect(await failure({ servers: [`${address}:${a}`] })).toBe(
      "the NATS server HERE is not a NATS server: what it said first is not NATS; look at the port, which is 4222 in most cases",
    );
    expect(await failure({ servers: [`${address}:${b}`] })).toMatch(
      /^the NATS server HERE: it closed the connection before it was open; it may not be a NATS server, or it wants/,
    );
  });

  it.each([
    ["ENOTFOUND", "its name is not known here (ENOTFOUND); correct it"],
    ["EHOSTUNREACH", "there is no way to it from this machine (EHOSTUNREACH)"],
    ["ETIMEDOUT", "did not answer within 5 s; look whether a firewall is between"],
  ])("%s", (code, words) => {
    const error = Object.assign(new Error("x"), { code });
    const options = { servers: ["h"] };
    const attempt = { servers: "h:4222", options, hasLogin: false, timeoutMs: 5000 };
    const failed = natsFailure(new Error("outer", { cause: error }), attempt);
    expect(failed.message).toContain(words);
    expect(failed.code).toBe("target");
  });

  it.each([
    [{ nkeyFile: "/no/such/file" }, "/no/such/file: there is no such file"],
    [{ credsFile: "/" }, "/: this is a directory, not a file"],
    [{ credsFile: file("a.creds", "x") }, "is not a creds file of NATS"],
    [{ nkeyFile: file("a.nk", "x") }, "has no seed of an nkey, 58 letters that begin with SU"],
    [
      { nkeyFile: file("b.nk", `SU${"A".repeat(56)}`) },
      "has a seed of an nkey with a wrong letter",
    ],
    [
      { nkeyFile: file("c.nk", Buffer.from(nkeys.createAccount().getSeed()).toString()) },
      "has an nkey that is not a user's",
    ],
    [
      { user: "a", token: "b" },
      "two logins for the NATS server, the user and the token: leave out",
    ],
    [{ caFile: file("ca.pem", "x") }, 'has no certificate in PEM ("-----BEGIN CERTIFICATE-----")'],
    [
      { certFile: file("c.pem", client.certificate) },
      "give --nats-cert and --nats-key, or neither",
    ],
    [
      { certFile: file("c.pem", client.certificate), keyFile: file("k.pem", other.key) },
      "is not the key of the certificate for the NATS server",
    ],
    [
      { certFile: file("c.pem", client.certificate), keyFile: file("k.pem", "x") },
      "has no private key in PEM that can be used",
    ],
  ])("what is wrong with files is said first: %#", async (options, words) => {
    expect(await failure({ servers: ["127.34.0.9:1"], ...options })).toContain(words);
  });
});

describe("a server given by its address", () => {
  const certificate = {
    subject: { CN: "x" },
    subjectaltname: "IP Address:10.0.0.1, DNS:localhost",
  };

  it("has the address in its certificate, not localhost", () => {
    const check = (hosts: string[], name: string) =>
      identityCheck(hosts)(name, certificate as never)?.message;
    expect(check(["10.0.0.1"], "localhost")).toBeUndefined();
    expect(check(["10.0.0.2", "10.0.0.1"], "localhost")).toBeUndefined();
    expect(check(["10.0.0.2"], "localhost")).toContain("IP: 10.0.0.2 is not in the cert's list");
    expect(check(["localhost"], "localhost")).toBeUndefined();
    expect(check(["10.0.0.2", "localhost"], "localhost")).toBeUndefined();
    expect(check(["10.0.0.1"], "nats.example")).toContain("nats.example");
  });
});

describe("the server's version", () => {
  it.each([
    ["2.9.10", true],
    ["2.11.15", true],
    ["2.11.16", false],
    ["2.12.6", true],
    ["2.12.7", false],
    ["2.13.0", true],
    ["2.14.0", false],
    ["2.14.0-RC.1", false],
    ["3.0.0", false],
  ])("%s: %s", (version, isNoticed) => {
    expect(natsNotice({ info: { version } } as never) !== null).toBe(isNoticed);
  });
});

describe.runIf(hasNatsServer)("nats-server (where it is installed)", { timeout: 60_000 }, () => {
  const user = nkeys.createUser();
  const nkeyFile = file("agent.nk", `${Buffer.from(user.getSeed()).toString()}\n`);
  const caFile = file("ca.pem", authority.certificate);
  let plain: string;
  let secure: string;
  let mutual: string;

  beforeAll(async () => {
    const tls = (identity: { certificate: string; key: string }, more = "") =>
      `tls { cert_file: "${file("cert.pem", identity.certificate)}"
        key_file: "${file("key.pem", identity.key)}"
        ${more} }`;
    const ports = await Promise.all([
      startNatsServer(
        `authorization { users: [
          { user: anna, password: "p@ss" }
          { nkey: ${user.getPublicKey()}, permissions: { publish: [a.>], subscribe: [b.>] } } ] }`,
        address,
      ),
      startNatsServer(`${tls(own)}\nauthorization { token: t0ken }`, address),
      startNatsServer(tls(other, `ca_file: "${caFile}"\n verify: true`), address),
    ]);
    [plain, secure, mutual] = ports.map((port) => `${address}:${port}`) as [string, string, string];
  });

  it("takes a user by password and nkey, and says who is refused", async () => {
    const servers = [`nats://anna:p%40ss@${plain}`];
    const { info } = await connected({ servers, clientName: "slash8 test" });
    expect(natsNotice({ info } as never)).toMatch(/^the NATS server is of version 2|^$/);
    await connected({ servers: [plain], nkeyFile });
    await connected({ servers: [plain], user: "anna", password: "p@ss" });
    expect(await failure({ servers: [plain] })).toBe(
      "the NATS server HERE wants a login: give --nats-nkey or --nats-creds with a file, or NATS_USER and NATS_PASSWORD, or NATS_TOKEN",
    );
    expect(await failure({ servers: [`anna:wrong@${plain}`] })).toBe(
      "the NATS server HERE refuses the login: it does not know this user, or not with this password; give what its configuration names, and restart it or send it SIGHUP where that has changed",
    );
    const unknown = file("b.nk", Buffer.from(nkeys.createUser().getSeed()).toString());
    expect(await failure({ servers: [plain], nkeyFile: unknown })).toContain("not with this nkey");
  });

  it("says once what a user may not do", async () => {
    const connection = await connected({ servers: [plain], nkeyFile });
    const refusals: string[] = [];
    const both = new Promise<void>((resolve) => {
      void followRefusals(connection, (message) => {
        refusals.push(message);
        if (refusals.length === 2) resolve();
      });
    });
    connection.publish("c");
    connection.publish("c");
    connection.subscribe("d", { callback: () => {} });
    await both;
    await connection.flush();
    expect(refusals.map((text) => text.slice(0, text.indexOf(":")))).toEqual([
      "the NATS server does not let this user send on c",
      "the NATS server does not let this user listen on d",
    ]);
  });

  it("is checked against its address over TLS, whether we ask for it or the server does", async () => {
    for (const scheme of ["tls://", "nats://"]) {
      const servers = [`${scheme}t0ken@${secure}`];
      const connection = await connected({ servers, caFile });
      expect(connection.info?.tls_required).toBe(true);
    }
    const servers = [secure];
    expect(await failure({ servers, token: "t0ken" })).toBe(
      "the NATS server HERE: its certificate is signed by nobody that this machine knows (UNABLE_TO_VERIFY_LEAF_SIGNATURE); give the CA's certificate with --nats-ca",
    );
    const wrongCa = file("ca.pem", stranger.certificate);
    expect(await failure({ servers, token: "t0ken", caFile: wrongCa })).toContain(
      `signed by nobody that ${wrongCa} names`,
    );
    expect(await failure({ servers, token: "wrong", caFile })).toContain("not with this token");
  });

  it("wants a certificate of ours, and is not who we want", async () => {
    const certFile = file("client.pem", client.certificate);
    const keyFile = file("client-key.pem", client.key);
    expect(await failure({ servers: [`tls://${mutual}`], caFile, certFile, keyFile })).toBe(
      "the NATS server HERE: its certificate is for another name: IP: 127.34.0.1 is not in the cert's list: ; use one of its names with --nats, or give the server a certificate with this one as subjectAltName (DNS: for names, IP: for addresses)",
    );
  });

  it("takes a creds file, until it has expired", async () => {
    const [operator, account] = [nkeys.createOperator(), nkeys.createAccount()];
    const all = { subs: -1, data: -1, payload: -1 };
    const limits = { ...all, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
    const accountToken = jwt(operator, account, { type: "account", version: 2, limits });
    const port = await startNatsServer(
      `operator: ${jwt(operator, operator, { type: "operator", version: 2 })}
        resolver: MEMORY
        resolver_preload: { ${account.getPublicKey()}: ${accountToken} }`,
      address,
    );
    const servers = [`${address}:${port}`];
    const claims = { type: "user", version: 2, ...all };
    const credsFile = credsOf(user, jwt(account, user, claims));
    await connected({ servers, credsFile });
    const old = credsOf(user, jwt(account, user, claims, Date.parse("2021-01-01") / 1000));
    expect(await failure({ servers, credsFile: old })).toBe(
      `${old} has expired, on 2021-01-01T00:00:00.000Z: write a new one with nsc generate creds`,
    );
    const forged = credsOf(user, jwt(nkeys.createAccount(), user, claims));
    expect(await failure({ servers, credsFile: forged })).toContain("not with this creds file");
  });

  it("does not speak TLS", async () => {
    expect(await failure({ servers: [`tls://anna:p%40ss@${plain}`] })).toContain(
      "it does not speak TLS, and --nats tls://, --nats-ca, --nats-cert and --nats-key refuse",
    );
  });
});

describe("a server that speaks TLS from the first byte on", { timeout: 60_000 }, () => {
  const hello = `INFO ${JSON.stringify({ server_id: "x", version: "2.14.0", proto: 1, max_payload: 1048576, tls_required: true, headers: true })}\r\n`;
  const options = { servers: [] as string[], caFile: file("ca.pem", authority.certificate) };

  /** As much of NATS as a connection needs. */
  function speak(socket: Socket): void {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      if (String(data).includes("PING")) socket.write("PONG\r\n");
    });
    socket.write(hello);
  }

  it("is reached with --nats-tls-first, with a certificate that is valid", async () => {
    const first = createTlsServer({ cert: own.certificate, key: own.key }, speak);
    const expired = createTlsServer({ cert: old.certificate, key: old.key }, speak);
    for (const server of [first, expired]) server.on("tlsClientError", () => {});
    const servers = [`tls://${address}:${await listening(first)}`];
    await connected({ ...options, servers, tlsFirst: true });
    const late = [`tls://${address}:${await listening(expired)}`];
    expect(await failure({ ...options, servers: late, tlsFirst: true })).toBe(
      "the NATS server HERE: its certificate has expired; give the server a new one",
    );
  });

  it("a client certificate is wanted, or another", async () => {
    const server = createTlsServer(
      {
        cert: own.certificate,
        key: own.key,
        ca: authority.certificate,
        requestCert: true,
        rejectUnauthorized: true,
      },
      speak,
    );
    server.on("tlsClientError", () => {});
    const servers = [`tls://${address}:${await listening(server)}`];
    const certFile = file("client.pem", client.certificate);
    const keyFile = file("client-key.pem", client.key);
    await connected({ ...options, servers, tlsFirst: true, certFile, keyFile });
    expect(await failure({ ...options, servers, tlsFirst: true })).toMatch(
      /it wants a certificate of ours/,
    );
    const bad = {
      certFile: file("bad.pem", badClient.certificate),
      keyFile: file("bad-key.pem", badClient.key),
    };
    expect(await failure({ ...options, servers, tlsFirst: true, ...bad })).toMatch(
      /it does not accept|it closed the connection/,
    );
  });

  it("one that is not there yet is waited for", async () => {
    const port = await freePort("tcp", address);
    const server = createServer(speak);
    const waits: string[] = [];
    const plainHello = hello.replace('"tls_required":true', '"tls_required":false');
    server.removeAllListeners("connection");
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.on("data", () => socket.write("PONG\r\n"));
      socket.write(plainHello);
    });
    const connection = await connectNatsOnceThere({ servers: [`${address}:${port}`] }, (why) => {
      waits.push(why);
      server.listen(port, address);
    });
    atEndOfFile(async () => {
      await connection.close();
      server.close();
    });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toContain("nothing listens there");
    await expect(connectNatsOnceThere({ servers: ["http://x"] }, () => {})).rejects.toThrow(
      "http:// is not known",
    );
  });
});
