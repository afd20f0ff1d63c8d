/** `slash8 relay`: gives the clients of any program source addresses of their own. */
import type { Options } from "yargs";
import { defaultProtocol, type Protocol, protocolNames } from "../../address/protocol.ts";
import { exitStatus, UserError } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";
import type { Command } from "../arguments/command.ts";
import { flag, ioOption, once, quantity } from "../arguments/options.ts";

const options = {
  listen: {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: "ADDRESS:PORT for clients, port 0 for a free one (repeatable) [required]",
  },
  to: {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: "ADDRESS:PORT of the server, one for each --listen, in their order [required]",
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
    coerce: once("protocol", readProtocol),
  },
  idle: quantity(
    "idle",
    parseDuration,
    "UDP: a flow ends after that long without a datagram (default: 60s)",
  ),
  drain: quantity(
    "drain",
    parseDuration,
    "after Ctrl-C, how long clients may take to come to their end (default: 5s)",
  ),
  json: flag("a line of JSON for every event, and for the summary, on standard output"),
  quiet: flag("no lines for single connections"),
  io: ioOption,
  "allow-remote": flag("let addresses be outside the loopback ones"),
} as const satisfies Record<string, Options>;

export const relayCommand: Command = {
  name: "relay",
  positional: null,
  describe: "gives any program's clients source addresses of their own, until Ctrl-C",
  options,
  examples: [
    [
      "$0 relay --listen 127.0.0.1:19092 --to 127.0.0.1:9092 --from 127.0.0.2",
      "whoever connects to 19092 reaches 9092 as 127.0.0.2: ip.addr == 127.0.0.2 shows just them",
    ],
    [
      "$0 relay --listen 127.0.0.1:16379 --to 127.0.0.1:6379 --from 127.40.0.0/24",
      "an address for each connection, round and round",
    ],
    [
      "$0 relay --protocol udp --listen 127.0.0.1:1053 --to 127.0.0.1:53 --from 127.0.0.3",
      "datagrams: an address and port for each client that asks",
    ],
  ],
  epilogue:
    "The bytes are passed on as they are. A server that tells its clients where to connect next (Kafka's\n" +
    "advertised.listeners, a Redis cluster, a MongoDB replica set) must name the relay there, or they\n" +
    "go past it: see docs/relay.md.",
  async run(args) {
    const { relay } = await import("./run-relay.ts");
    await relay(args);
    return exitStatus.pass;
  },
};

function readProtocol(text: string): Protocol {
  const protocol = protocolNames.find((known) => known === text);
  if (protocol !== undefined) return protocol;
  throw new UserError(`--protocol ${text}: give one of ${protocolNames.join(", ")}`);
}
