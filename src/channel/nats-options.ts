/** How to log in to a NATS server, and whom to trust: by files, as NATS' own tools have them. */
import { X509Certificate } from "node:crypto";
import { closeSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity, createSecureContext, type PeerCertificate } from "node:tls";
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  nkeys,
  type TlsOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import { UserError } from "../base/errors.ts";
import { describingErrors, openUserFile } from "../base/files/user-file.ts";
import type { NatsServers } from "./nats-servers.ts";

export interface NatsOptions {
  /** Of one cluster, "nats://10.0.0.1:4222"; at least one. "tls://..." refuses a connection that is not encrypted. */
  readonly servers: readonly string[];
  /** What the server's monitoring calls this connection. */
  readonly clientName?: string;
  /** At most one of `credsFile`, `nkeyFile`, `user` and `token`, or a login in `servers`. */
  readonly credsFile?: string | undefined;
  /** File with the seed of a user's nkey. */
  readonly nkeyFile?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** Files in PEM: who signs servers' certificates (default: Node's own list), our certificate, and its key. */
  readonly caFile?: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** The server speaks TLS from the first byte on (`handshake_first`), and not after it has introduced itself. */
  readonly tlsFirst?: boolean | undefined;
}

const largestFileBytes = 1024 * 1024;

/**
 * @returns undefined where nothing is given
 * @throws  UserError for two logins, or a file that is not what it is to be
 */
export function authenticatorOf(
  options: NatsOptions,
  { login }: Pick<NatsServers, "login">,
): Authenticator | undefined {
  const { credsFile, nkeyFile, user, password, token } = options;
  const ways: (readonly [string, () => Authenticator])[] = [];
  if (credsFile !== undefined) {
    ways.push(["the creds file", () => credsAuthenticator(readCreds(credsFile))]);
  }
  if (nkeyFile !== undefined) ways.push(["the nkey", () => nkeyAuthenticator(readSeed(nkeyFile))]);
  if (user !== undefined) {
    ways.push(["the user", () => usernamePasswordAuthenticator(user, password)]);
  }
  if (token !== undefined) ways.push(["the token", () => tokenAuthenticator(token)]);
  if (login !== null) {
    const own = () =>
      "token" in login
        ? tokenAuthenticator(login.token)
        : usernamePasswordAuthenticator(login.user, login.password);
    ways.push(["what is in the server's address", own]);
  }
  if (ways.length > 1) {
    const given = ways.map(([name]) => name).join(" and ");
    throw new UserError(
      `there are two logins for the NATS server, ${given}: leave out all but one (NATS_USER, NATS_TOKEN, NATS_CREDS and NATS_NKEY count, too)`,
    );
  }
  return ways[0]?.[1]();
}

/** What transport-node passes on to Node's own TLS, too. */
export interface NatsTls extends TlsOptions {
  checkServerIdentity(hostname: string, certificate: PeerCertificate): Error | undefined;
}

/**
 * @returns of a connection that is encrypted or refused
 * @throws  UserError for a file that is not what it is to be, or a certificate without its key
 */
export function tlsOf(options: NatsOptions, { servers }: Pick<NatsServers, "servers">): NatsTls {
  const { caFile, certFile, keyFile, tlsFirst } = options;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UserError(
      "the certificate for the NATS server and its key belong together: give --nats-cert and --nats-key, or neither",
    );
  }
  const cert = certFile === undefined ? null : readCertificates(certFile);
  const key = keyFile === undefined ? null : readText(keyFile);
  if (cert !== null && key !== null) checkKey(cert, key, keyFile as string);
  return {
    checkServerIdentity: identityCheck(servers.map(({ host }) => host)),
    ...(caFile === undefined ? {} : { ca: readCertificates(caFile) }),
    ...(cert === null ? {} : { cert }),
    ...(key === null ? {} : { key }),
    ...(tlsFirst === true ? { handshakeFirst: true } : {}),
  };
}

/** Whether something is given that only an encrypted connection has. */
export function isTlsGiven({ caFile, certFile, keyFile, tlsFirst }: NatsOptions): boolean {
  return [caFile, certFile, keyFile].some((file) => file !== undefined) || tlsFirst === true;
}

/**
 * Makes the check of a server's certificate. Node is not told the address of a server without a name, and would look for
 * "localhost" in the certificate of 10.0.0.1 (nats.js 303): one of the addresses has to be in it instead.
 *
 * @param hosts of all servers
 */
export function identityCheck(hosts: readonly string[]): NatsTls["checkServerIdentity"] {
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  const isNamed = hosts.includes("localhost");
  return (hostname, certificate) => {
    const names = hostname === "localhost" && !isNamed && addresses.length > 0;
    const problems = (names ? addresses : [hostname]).map((name) =>
      checkServerIdentity(name, certificate),
    );
    return problems.includes(undefined) ? undefined : problems[0];
  };
}

function readText(path: string): string {
  try {
    const { descriptor, bytes } = openUserFile(path);
    try {
      if (bytes > largestFileBytes) throw new UserError("it is larger than 1 MiB");
      return describingErrors(() => readFileSync(descriptor, "latin1"));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${path}: ${error.message}`);
  }
}

function readCertificates(path: string): string {
  const text = readText(path);
  try {
    new X509Certificate(text);
    return text;
  } catch {
    throw new UserError(
      `${path} has no certificate in PEM ("-----BEGIN CERTIFICATE-----"), which the connection to the NATS server needs`,
    );
  }
}

function checkKey(cert: string, key: string, path: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (/MISMATCH/.test(code ?? "")) {
      throw new UserError(`${path} is not the key of the certificate for the NATS server`);
    }
    if (/ENCRYPTED/.test(key)) {
      throw new UserError(
        `${path} is encrypted; write it without a passphrase: openssl pkey -in ${path} -out plain.pem`,
      );
    }
    throw new UserError(`${path} has no private key in PEM that can be used: ${message}`);
  }
}

const creds = /-----BEGIN NATS USER JWT-----\s+(\S+)\s+-+END NATS USER JWT-+/;

/** The file that `nsc generate creds` writes: a token that says who the user is, and the seed of its key. */
function readCreds(path: string): Uint8Array {
  const text = readText(path);
  const token = creds.exec(text)?.[1];
  if (token === undefined || !/\bS[A-Z2-7]{57}\b/.test(text)) {
    throw new UserError(
      `${path} is not a creds file of NATS ("-----BEGIN NATS USER JWT-----" and the seed of the user's nkey): write one with nsc generate creds`,
    );
  }
  const expires = expiryOf(token);
  if (expires !== null && expires <= Date.now()) {
    throw new UserError(
      `${path} has expired, on ${new Date(expires).toISOString()}: write a new one with nsc generate creds`,
    );
  }
  return Buffer.from(text, "latin1");
}

/** In ms since 1970; null: it does not expire, or nobody but the server can read it. */
function expiryOf(token: string): number | null {
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
    );
    const { exp } = claims as { exp?: unknown };
    return typeof exp === "number" && exp > 0 ? exp * 1000 : null;
  } catch {
    return null;
  }
}

/** The seed of a user's nkey, alone in its file or with lines around it. */
function readSeed(path: string): Uint8Array {
  const seed = /\bS[A-Z2-7]{57}\b/.exec(readText(path))?.[0];
  const refuse = (why: string): never => {
    throw new UserError(
      `${path} ${why}: slash8 nats-config writes such files, and nk -gen user does`,
    );
  };
  if (seed === undefined) return refuse("has no seed of an nkey, 58 letters that begin with SU");
  const bytes = Buffer.from(seed, "latin1");
  try {
    const name = nkeys.fromSeed(bytes).getPublicKey();
    if (!name.startsWith("U")) return refuse("has an nkey that is not a user's");
  } catch (error) {
    if (error instanceof UserError) throw error;
    return refuse("has a seed of an nkey with a wrong letter in it");
  }
  return bytes;
}
