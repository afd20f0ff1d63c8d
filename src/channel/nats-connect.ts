import { isIP } from "node:net";
import {
  type ConnectionOptions,
  connect,
  type NatsConnection,
  PermissionViolationError,
} from "@nats-io/transport-node";
import type { UserError } from "../base/errors.ts";
import { natsReconnects } from "./nats-channel.ts";
import { natsFailure } from "./nats-failure.ts";
import { authenticatorOf, isTlsGiven, type NatsOptions, tlsOf } from "./nats-options.ts";
import { natsServerText, parseNatsServers } from "./nats-servers.ts";

/** For the whole of it: name, connection, TLS and login. */
const timeoutMs = 5_000;

/**
 * Connects to a NATS server, which is reached again by itself when it was gone.
 *
 * @throws (rejects with) UserError that says what to do; its code is "target" where nobody answered, so that it may be
 *         there later
 */
export async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  const parsed = parseNatsServers(options.servers);
  const texts = parsed.servers.map(natsServerText);
  const authenticator = authenticatorOf(options, parsed);
  const tls = tlsOf(options, parsed);
  const isTls = parsed.isTls || isTlsGiven(options);
  const base: ConnectionOptions = {
    ...natsReconnects,
    servers: texts,
    name: options.clientName ?? "slash8",
    timeout: timeoutMs,
    ...(authenticator === undefined ? {} : { authenticator }),
  };
  try {
    if (isTls) return await connect({ ...base, tls });
    return await connect(base).catch((error: NodeJS.ErrnoException) => {
      // TLS is the server's wish. Only with options of ours is a certificate checked against an address.
      const hasAddress = parsed.servers.some(({ host }) => isIP(host) !== 0);
      if (!hasAddress || error.code !== "ERR_TLS_CERT_ALTNAME_INVALID") throw error;
      return connect({ ...base, tls });
    });
  } catch (error) {
    const hasLogin = authenticator !== undefined;
    throw natsFailure(error, { servers: texts.join(", "), options, hasLogin, timeoutMs });
  }
}

/** How long to wait before the next attempt at a server that was not there. */
const againMs = 1_000;

/**
 * As connectNats, but waits for a server that is not there yet.
 *
 * @param onWaiting called with the reason, and again only when it has changed
 */
export async function connectNatsOnceThere(
  options: NatsOptions,
  onWaiting: (why: string) => void,
): Promise<NatsConnection> {
  let last = "";
  for (;;) {
    try {
      return await connectNats(options);
    } catch (error) {
      const { code, message } = error as UserError;
      if (code !== "target") throw error;
      if (message !== last) onWaiting(message);
      last = message;
      await new Promise((resolve) => setTimeout(resolve, againMs));
    }
  }
}

/** The first versions without the holes of June 2026 (advisories.nats.io, 2026-16 to 2026-18), by minor version. */
const mended: Readonly<Record<string, number>> = { "2.11": 16, "2.12": 7 };
const mendedMinor = 14;

/** What is to be said of the server, a sentence; null: nothing. */
export function natsNotice({ info }: Pick<NatsConnection, "info">): string | null {
  const version = info?.version ?? "";
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? [];
  if (major !== "2" || Number(minor) >= mendedMinor) return null;
  const least = mended[`2.${minor}`];
  if (least !== undefined && Number(patch) >= least) return null;
  return `the NATS server is of version ${version}, which has known holes (https://advisories.nats.io); where others reach it, use 2.11.16, 2.12.7, 2.14.0 or newer`;
}

/**
 * Follows what the server does not allow, which nothing else says: a message is not sent, a subscription stays empty.
 *
 * @param onRefusal called with a sentence, once for each subject
 */
export async function followRefusals(
  connection: NatsConnection,
  onRefusal: (message: string) => void,
): Promise<void> {
  const seen = new Set<string>();
  for await (const status of connection.status()) {
    if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) continue;
    const { operation, subject } = status.error;
    const what = operation === "publish" ? `send on ${subject}` : `listen on ${subject}`;
    if (seen.has(what)) continue;
    seen.add(what);
    onRefusal(
      `the NATS server does not let this user ${what}: give it the permission in the server's configuration, as slash8 nats-config writes it, or log in as another`,
    );
  }
}
