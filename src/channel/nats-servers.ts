/** Addresses of NATS servers as users write them, with what they may hold besides: who logs in. */
import { isIP } from "node:net";
import { UserError } from "../base/errors.ts";

/** NATS' own. */
const usualPort = 4222;

export interface NatsServer {
  /** Name or address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface NatsServers {
  /** At least one. */
  readonly servers: readonly NatsServer[];
  /** Whether a connection that is not encrypted is refused. */
  readonly isTls: boolean;
  /** Of `nats://user:password@`, or `nats://token@`; null: none is in it. */
  readonly login: NatsLogin | null;
}

export type NatsLogin =
  | { readonly user: string; readonly password: string }
  | { readonly token: string };

/** An address as others read it: without the password, as it gets into logs. */
export function natsServerText({ host, port }: NatsServer): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/**
 * Reads "nats://10.0.0.1:4222", "tls://token@nats.example", "10.0.0.1".
 *
 * @param texts of one cluster, at least one
 * @throws      UserError that does not repeat a password
 */
export function parseNatsServers(texts: readonly string[]): NatsServers {
  const parsed = texts.map(parseServer);
  const logins = new Set(
    parsed.flatMap(({ login }) => (login === null ? [] : [JSON.stringify(login)])),
  );
  if (logins.size > 1) {
    throw new UserError(
      "the addresses of NATS servers have different users: all are servers of one cluster, with one login; give it once",
    );
  }
  return {
    servers: parsed.map(({ server }) => server),
    isTls: parsed.some(({ isTls }) => isTls),
    login: parsed.find(({ login }) => login !== null)?.login ?? null,
  };
}

interface Parsed {
  readonly server: NatsServer;
  readonly isTls: boolean;
  readonly login: NatsLogin | null;
}

function parseServer(text: string): Parsed {
  const given = text.trim();
  const [, scheme = "nats", rest = ""] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/i.exec(given) ?? [];
  const shown = given.replace(/^(.*\/\/)?.*@/, "$1");
  const refuse = (why: string): never => {
    throw new UserError(
      `"${shown}" is not an address of a NATS server: ${why}; write nats://10.0.0.1:4222, or tls:// where it has to be encrypted`,
    );
  };
  const kind = scheme.toLowerCase();
  if (kind === "ws" || kind === "wss") {
    refuse("NATS over WebSocket is not supported, use the port for other clients");
  }
  if (kind !== "nats" && kind !== "tls") refuse(`${scheme}:// is not known`);
  const at = rest.lastIndexOf("@");
  const place = rest.slice(at + 1).replace(/\/$/, "");
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^[\]:/?#\s]+))(?::(\d{1,5}))?$/.exec(place);
  if (match === null) {
    const isBare = isIP(place) === 6;
    return refuse(
      isBare ? `an IPv6 address is written in brackets, [${place}]` : "it has no name or address",
    );
  }
  const port = Number(match[3] ?? usualPort);
  if (port < 1 || port > 65_535) refuse("a port is 1 to 65535");
  const host = (match[1] ?? match[2]) as string;
  if (match[1] !== undefined && isIP(host) !== 6) refuse("brackets are for IPv6 addresses");
  return {
    server: { host, port },
    isTls: kind === "tls",
    login: at < 0 ? null : parseLogin(rest.slice(0, at), refuse),
  };
}

function parseLogin(text: string, refuse: (why: string) => never): NatsLogin {
  const colon = text.indexOf(":");
  const decode = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return refuse('in user and password "%" is written %25');
    }
  };
  if (text === "" || colon === 0) return refuse("the user before @ is missing");
  if (colon < 0) return { token: decode(text) };
  return { user: decode(text.slice(0, colon)), password: decode(text.slice(colon + 1)) };
}
