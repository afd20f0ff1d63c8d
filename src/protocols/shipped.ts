import { dns } from "./dns.ts";
import { http } from "./http.ts";
import { kafka } from "./kafka/kafka.ts";
import { memcached } from "./memcached/memcached.ts";
import { mqtt } from "./mqtt/mqtt.ts";
import { nats } from "./nats/nats.ts";
import { postgres } from "./postgres/postgres.ts";
import type { Protocol } from "./protocol.ts";
import { resp } from "./resp/resp.ts";
import { statsd } from "./statsd.ts";
import { stun } from "./stun.ts";
import { syslog } from "./syslog.ts";
import { websocket } from "./websocket/websocket.ts";

/** The protocols that ship, by the name that `protocol:` takes; messages list them in this order. */
// biome-ignore lint/suspicious/noExplicitAny: what a protocol's options are is known to it alone
export const shippedProtocols: Readonly<Record<string, Protocol<any>>> = {
  resp,
  memcached,
  postgres,
  kafka,
  http,
  mqtt,
  websocket,
  nats,
  dns,
  stun,
  syslog,
  statsd,
};
