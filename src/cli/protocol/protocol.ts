/** `slash8 protocol`: tests a protocol, and shows those that ship. */
import type { Options } from "yargs";
import { exitStatus } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";
import type { Command } from "../arguments/command.ts";
import { flag, once, positiveInteger, quantity, repeatable, text } from "../arguments/options.ts";

const options = {
  against: text(
    "against",
    "test: a server to speak with, tcp://ADDRESS:PORT or udp://localhost:PORT",
  ),
  option: repeatable(
    "test: an option of the protocol, name=value (repeatable; a list with commas)",
  ),
  message: text("message", "test: what requests carry (default: the protocol's own)"),
  exchanges: {
    type: "string",
    requiresArg: true,
    default: "5",
    describe: "test: requests that are sent to the server",
    coerce: once("exchanges", positiveInteger("exchanges", 10_000)),
  },
  timeout: quantity(
    "timeout",
    parseDuration,
    "test: how long each answer is waited for (default: 2s)",
  ),
  "one-way": flag("test: the server does not reply to requests"),
  "allow-remote": flag("test: allow a server outside the loopback addresses"),
} as const satisfies Record<string, Options>;

export const protocolCommand: Command = {
  name: "protocol",
  positional: {
    name: "what",
    describe: "test PROTOCOL, show PROTOCOL, or list; a protocol is a name or a module's path",
    missing:
      "what to do? slash8 protocol list, slash8 protocol show NAME or slash8 protocol test ./chat.ts",
    several: true,
  },
  describe: "test a protocol of your own, or show those that ship",
  options,
  examples: [
    ["$0 protocol list", "the protocols that ship"],
    ["$0 protocol test ./chat.ts", "what a module is made of, and what it writes"],
    [
      "$0 protocol test ./chat.ts --against tcp://127.0.0.1:7000 --option room=3",
      "a conversation with a server, and its bytes once more in every chunking",
    ],
  ],
  epilogue:
    "A test with a server opens one connection, makes some exchanges and prints them. Then the bytes that came are " +
    "handed to fresh connections in other chunks, of 1 byte and at random: the same messages must be found. " +
    `Exit status: ${exitStatus.pass} nothing wrong, ${exitStatus.internal} something is, ${exitStatus.usage} usage. See docs/protocols.md.`,
  async run(args) {
    const { runProtocol } = await import("./run-protocol.ts");
    return runProtocol(args);
  },
};
