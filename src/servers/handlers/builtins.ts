import type { BuiltinName } from "../../scenario/scenario.ts";
import { createEcho } from "./echo.ts";
import type { CreateHandler } from "./handler.ts";
import { createTcpSink, createUdpSink } from "./sink.ts";
import { createTcpHttp } from "./tcp-http.ts";

/** What makes the handler of each built-in server; its protocol stands in scenario/builtins.ts. */
export const createHandler: Readonly<Record<BuiltinName, CreateHandler>> = {
  "tcp-echo": createEcho,
  "tcp-sink": createTcpSink,
  "tcp-http": createTcpHttp,
  "udp-echo": createEcho,
  "udp-sink": createUdpSink,
};
