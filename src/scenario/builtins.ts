/** The built-in servers that a scenario may name, and their protocols; they are implemented in servers/handlers/. */
import type { Protocol } from "../address/protocol.ts";
import type { BuiltinName } from "./scenario.ts";

export const builtinProtocols: Readonly<Record<BuiltinName, Protocol>> = {
  "tcp-echo": "tcp",
  "tcp-sink": "tcp",
  "tcp-http": "tcp",
  "udp-echo": "udp",
  "udp-sink": "udp",
};

export const builtinNames = Object.keys(builtinProtocols) as BuiltinName[];
