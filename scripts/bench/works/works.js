import { churn, connect, million, scale } from "./connections.js";
import { http, tcpEcho, tcpServer, udpEcho } from "./exchanges.js";
import { pingPong, rate } from "./pace.js";
import { dns, https, mqtt, postgres, redis } from "./servers.js";
import { udpStream } from "./stream.js";

/**
 * Everything that is measured, in the order of the report.
 *
 * @type {readonly import("../rounds.js").Work[]}
 */
export const works = [
  tcpEcho,
  tcpServer,
  http,
  udpEcho,
  redis,
  dns,
  https,
  postgres,
  mqtt,
  pingPong,
  rate,
  connect,
  churn,
  udpStream,
  scale,
  million,
];

/** What is measured of servers that others have made; the documentation has it in a table of its own. */
export const realServers = [redis, dns, https, postgres, mqtt].map(({ name }) => name);

/** Takes minutes and about 10 GB of memory: runs only when requested. */
export const onlyOnRequest = [million.name];
