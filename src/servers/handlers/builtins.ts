import type { BuiltinName } from "../../scenario/scenario.ts";
import { createEcho } from "./echo.ts";
import type { Builtin } from "./handler.ts";
import { createTcpSink, createUdpSink } from "./sink.ts";
import { createTcpHttp } from "./tcp-http.ts";

/** The built-in servers by name. */
export const builtins: Readonly<Record<BuiltinName, Builtin>> = {
  "tcp-echo": { protocol: "tcp", create: createEcho },
  "tcp-sink": { protocol: "tcp", create: createTcpSink },
  "tcp-http": { protocol: "tcp", create: createTcpHttp },
  "udp-echo": { protocol: "udp", create: createEcho },
  "udp-sink": { protocol: "udp", create: createUdpSink },
};
