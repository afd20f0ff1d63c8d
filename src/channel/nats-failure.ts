/** What a connection to a NATS server failed by, in words that say what to do. */
import { errors } from "@nats-io/transport-node";
import { exitStatus, UserError } from "../base/errors.ts";
import type { NatsOptions } from "./nats-options.ts";

/** What an explanation may depend on. */
export interface Attempt {
  /** "10.0.0.1:4222, 10.0.0.2:4222", without passwords. */
  readonly servers: string;
  readonly options: NatsOptions;
  readonly hasLogin: boolean;
  readonly timeoutMs: number;
}

const subject = "the NATS server";

/** @param error what `connect` rejected with */
export function natsFailure(error: unknown, attempt: Attempt): UserError {
  const chain = causes(error);
  const message = chain.map((one) => one.message).join(": ");
  const code = chain.map(({ code: own }) => own).find((own) => typeof own === "string") ?? "";
  const reach = unreachable(code, chain, attempt);
  if (reach !== null) {
    return new UserError(reach, exitStatus.usage, { code: "target", cause: error });
  }
  const why = refused(code, message, chain, attempt);
  return new UserError(why, exitStatus.usage, { cause: error });
}

type Coded = Error & { readonly code?: unknown };

/** An error and what caused it, outermost first. */
function causes(error: unknown): readonly Coded[] {
  const found: Coded[] = [];
  for (let one = error; one instanceof Error && found.length < 8; one = one.cause) found.push(one);
  return found.length > 0 ? found : [new Error(String(error))];
}

/** Says that nobody answered: it may be there later. Null: somebody did. */
function unreachable(code: string, chain: readonly Coded[], attempt: Attempt): string | null {
  const { servers, timeoutMs } = attempt;
  const other = "or give another with --nats";
  if (code === "ECONNREFUSED" || /^connection refused$/.test(chain[0]?.message ?? "")) {
    const [first = ""] = servers.split(", ");
    const [, host, port] = /^(.*):(\d+)$/.exec(first) ?? [];
    return `${subject} ${servers} cannot be reached: nothing listens there; start it, nats-server -a ${host} -p ${port}, ${other}`;
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `${subject} ${servers} cannot be reached: its name is not known here (${code}); correct it, give the address, ${other}`;
  }
  if (/^E(HOST|NET)(UNREACH|DOWN)$/.test(code)) {
    return `${subject} ${servers} cannot be reached: there is no way to it from this machine (${code}); look at its address and at the routes, ${other}`;
  }
  if (code === "ETIMEDOUT" || chain.some((one) => one instanceof errors.TimeoutError)) {
    return `${subject} ${servers} did not answer within ${timeoutMs / 1000} s; look whether a firewall is between, and whether it is a NATS server that speaks first (with handshake_first give --nats-tls-first), ${other}`;
  }
  return null;
}

function refused(code: string, message: string, chain: readonly Coded[], attempt: Attempt): string {
  const { servers, options, hasLogin } = attempt;
  const who = `${subject} ${servers}`;
  if (chain.some((one) => one instanceof errors.UserAuthenticationExpiredError)) {
    return `${who} refuses the login: it has expired; write a new creds file with nsc generate creds`;
  }
  if (/authentication timeout/i.test(message)) {
    return `${who} refuses the login: it waited too long for it; the server or this machine is too busy, try again`;
  }
  if (chain.some((one) => one instanceof errors.AuthorizationError)) {
    return hasLogin
      ? `${who} refuses the login: it does not know this user, or not with this ${secretOf(options)}; give what its configuration names, and restart it or send it SIGHUP where that has changed`
      : `${who} wants a login: give --nats-nkey or --nats-creds with a file, or NATS_USER and NATS_PASSWORD, or NATS_TOKEN`;
  }
  const tls = tlsProblem(code, message, chain, attempt);
  if (tls !== null) return `${who}: ${tls}`;
  if (/unexpected response|Unexpected token|JSON/.test(message)) {
    return `${who} is not a NATS server: what it said first is not NATS; look at the port, which is 4222 in most cases`;
  }
  if (/maximum connections exceeded/i.test(message)) {
    return `${who} has as many connections as it may have: raise max_connections in its configuration, or end agents that are not needed`;
  }
  return `${who} cannot be used: ${message}`;
}

function secretOf({ credsFile, nkeyFile, token }: NatsOptions): string {
  if (credsFile !== undefined) return "creds file";
  if (nkeyFile !== undefined) return "nkey";
  return token === undefined ? "password" : "token";
}

const unknownAuthority = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_UNTRUSTED",
  "INVALID_CA",
]);

/** Null: it was not TLS. */
function tlsProblem(
  code: string,
  message: string,
  chain: readonly Coded[],
  { options }: Attempt,
): string | null {
  if (unknownAuthority.has(code)) {
    const which = options.caFile === undefined ? "this machine knows" : options.caFile;
    return `its certificate is signed by nobody that ${which === options.caFile ? `${which} names` : which} (${code}); give the CA's certificate with --nats-ca`;
  }
  if (code === "CERT_HAS_EXPIRED") return "its certificate has expired; give the server a new one";
  if (code === "CERT_NOT_YET_VALID") {
    return "its certificate is not valid yet; set the clocks of both machines, or wait";
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const { reason } = chain.find((one) => "reason" in one) as Coded & { reason?: string };
    return `its certificate is for another name: ${reason ?? message}; use one of its names with --nats, or give the server a certificate with this one as subjectAltName (DNS: for names, IP: for addresses)`;
  }
  if (/does not support 'tls'/.test(message)) {
    return "it does not speak TLS, and --nats tls://, --nats-ca, --nats-cert and --nats-key refuse a connection that is not encrypted; configure tls on the server, or use nats:// where nobody else can read along";
  }
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(code)) {
    return options.certFile === undefined
      ? "it wants a certificate of ours, too (mTLS); give --nats-cert and --nats-key"
      : `it does not accept ${options.certFile}: ${message}; use one that is signed by a CA of its ca_file`;
  }
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG") {
    return "it does not speak TLS from the first byte on; leave --nats-tls-first out, or configure handshake_first on the server (2.11 and newer)";
  }
  if (/^(ECONNRESET|EPIPE)$/.test(code) || /undefined error/.test(message)) {
    const mutual =
      options.certFile === undefined ? ", or it wants a certificate of ours (--nats-cert)" : "";
    return `it closed the connection before it was open; it may not be a NATS server${mutual}; its own log says why`;
  }
  return /^ERR_(SSL|TLS)_/.test(code) ? `TLS failed: ${message} (${code})` : null;
}
