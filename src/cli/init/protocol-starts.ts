/** What a first scenario needs to know of each protocol that ships, beside what the protocol says of itself. */
import type { OptionSetting } from "../../protocols/spec.ts";

type Settings = Readonly<Record<string, OptionSetting>>;

export interface ProtocolStart {
  /** Schemes of URLs, and whether they mean TLS. */
  readonly schemes: Readonly<Record<string, boolean>>;
  /** Where its servers listen by custom. */
  readonly port: number;
  /** In place of the protocol's own default: a message that reads, or where it changes something, changes little. */
  readonly message?: string;
  /** Set unless they are given; by what is given. */
  readonly options?: (given: Settings) => Settings;
  /** Whether nothing answers, with these options; left out: each message is answered. */
  readonly isOneWay?: (options: Settings) => boolean;
  /** Of the path of a URL: the option that takes it. */
  readonly pathOption?: string;
  /** Fields of `tls` that its servers ask for. */
  readonly tls?: Readonly<Record<string, string>>;
  /** Why its servers, as they are installed, let no other address in than 127.0.0.1. */
  readonly localOnly?: string;
}

const always = () => true;

export const protocolStarts: Readonly<Record<string, ProtocolStart>> = {
  resp: {
    schemes: { redis: false, rediss: true, valkey: false },
    port: 6379,
    localOnly: "Redis without a password refuses clients from other addresses (protected-mode)",
  },
  memcached: {
    schemes: { memcached: false },
    port: 11_211,
    message: "get slash8-{{random 0 99}}",
  },
  postgres: {
    schemes: { postgres: false, postgresql: false },
    port: 5432,
    tls: { alpn: "postgresql" },
    localOnly: "PostgreSQL as it is installed lets no other address log in (pg_hba.conf)",
  },
  kafka: {
    schemes: { kafka: false },
    port: 9092,
    message: "message {{number}}",
    isOneWay: ({ acks }) => acks === "0",
  },
  http: {
    schemes: { http: false, https: true },
    port: 80,
    options: ({ path }) => (path === undefined ? { path: "/" } : {}),
    pathOption: "path",
  },
  mqtt: {
    schemes: { mqtt: false, mqtts: true },
    port: 1883,
    message: "message {{sequence}}",
    options: ({ qos }) => (qos === undefined ? { qos: 1 } : {}),
    isOneWay: ({ qos }) => qos === 0,
  },
  websocket: {
    schemes: { ws: false, wss: true },
    port: 80,
    pathOption: "path",
  },
  nats: {
    schemes: { nats: false },
    port: 4222,
    message: "message {{sequence}}",
    options: ({ request, verbose }) =>
      request === undefined && verbose === undefined ? { verbose: true } : {},
    isOneWay: ({ request, verbose }) => request !== true && verbose !== true,
  },
  dns: { schemes: { dns: false }, port: 53, message: "localhost" },
  stun: { schemes: { stun: false }, port: 3478 },
  syslog: { schemes: { syslog: false }, port: 514, isOneWay: always },
  statsd: { schemes: { statsd: false }, port: 8125, isOneWay: always },
};

/** Other ports that mean a protocol by custom. */
const otherPorts: Readonly<Record<number, string>> = {
  3000: "http",
  8000: "http",
  8080: "http",
  443: "http",
  8443: "http",
};

/** The protocol that servers on a port speak by custom; null: any may. */
export function protocolOfPort(port: number): string | null {
  const [name] = Object.entries(protocolStarts).find(([, start]) => start.port === port) ?? [];
  return name ?? otherPorts[port] ?? null;
}
