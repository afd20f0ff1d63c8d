/** `slash8 relay`: gives the clients of any program their own source addresses. */
import type { Options } from "yargs";
import { defaultProtocol, protocolNames } from "../../address/protocol.ts";
import { exitStatus } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";
import type { Command } from "../arguments/command.ts";
import { flag, ioOption, once, oneOf, quantity } from "../arguments/options.ts";

const options = {
  listen: {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe:
      "ADDRESS:PORT or NAME:PORT for clients to connect to, port 0 for a free one (repeatable) [required]",
  },
  to: {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe:
      "ADDRESS:PORT or NAME:PORT of the server, one for each --listen, in their order [required]",
  },
  from: {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe:
      "source addresses: one, a-b, a CIDR, or several with commas; each client gets the next of them " +
      "(once for all, or once for each --listen) [required]",
  },
  protocol: {
    type: "string",
    choices: protocolNames,
    requiresArg: true,
    default: defaultProtocol,
    describe: "what to relay",
    coerce: once("protocol", oneOf("protocol", protocolNames)),
  },
  idle: quantity(
    "idle",
    parseDuration,
    "UDP: a flow ends after this long without a datagram (default: 60s)",
  ),
  drain: quantity(
    "drain",
    parseDuration,
    "after Ctrl-C, how long connections may take to end (default: 5s)",
  ),
  json: flag("print a line of JSON to standard output for every event and for the summary"),
  quiet: flag("print no lines for single connections"),
  io: ioOption,
  "allow-remote": flag("allow addresses outside loopback"),
} as const satisfies Record<string, Options>;

export const relayCommand: Command = {
  name: "relay",
  positional: null,
  describe: "give any program's clients their own source addresses, until Ctrl-C",
  options,
  examples: [
    [
      "$0 relay --listen 127.0.0.1:19092 --to 127.0.0.1:9092 --from 127.0.0.2",
      "clients of 19092 reach 9092 as 127.0.0.2: filter with ip.addr == 127.0.0.2",
    ],
    [
      "$0 relay --listen 127.0.0.1:16379 --to 127.0.0.1:6379 --from 127.40.0.0/24",
      "each connection gets the next address",
    ],
    [
      "$0 relay --protocol udp --listen 127.0.0.1:1053 --to 127.0.0.1:53 --from 127.0.0.3",
      "datagrams: an address and port for each client",
    ],
  ],
  epilogue:
    "The bytes are passed on as they are. A server that tells its clients where to connect next (Kafka's\n" +
    "advertised.listeners, a Redis cluster, a MongoDB replica set) must name the relay there, or they\n" +
    "bypass it: see docs/relay.md.",
  async run(args) {
    const { relay } = await import("./run-relay.ts");
    await relay(args);
    return exitStatus.pass;
  },
};
