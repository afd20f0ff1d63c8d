/** `slash8 init`: the command and its options; run-init.ts runs it. */
import type { Options } from "yargs";
import { exitStatus } from "../../base/errors.ts";
import type { Command } from "../arguments/command.ts";
import { flag, repeatable, text } from "../arguments/options.ts";

const options = {
  target: text(
    "target",
    "where the server listens: 127.0.0.1:7000, udp://127.0.0.1:53, redis://localhost",
  ),
  command: text("command", "what starts the server, for the shell (default: it runs already)"),
  protocol: text(
    "protocol",
    "what it speaks: a protocol that ships (slash8 protocol list), or message for bytes of your own",
  ),
  option: repeatable("an option of the protocol, name=value (repeatable; a list with commas)"),
  message: text("message", "what requests carry (default: the protocol's own)"),
  reply: text(
    "reply",
    "with protocol message, where a reply ends: line, crlf, echo, none, or its length in bytes",
  ),
  udp: flag("the server is a UDP server"),
  tls: flag("clients use TLS"),
  ca: text("ca", "TLS: the file (PEM) with the certificate that signed the server's"),
  "server-name": text("server-name", "TLS: the name in the server's certificate"),
  insecure: flag("TLS: accept any certificate"),
  name: text("name", "the scenario's name (default: the folder's)"),
  out: text("out", "the scenario's file (default: load/NAME.yaml)"),
  gitlab: flag("write a job for GitLab, not a workflow for GitHub"),
  "no-workflow": flag("write no workflow"),
  "no-script": flag("add no script to package.json"),
  "no-run": flag("make no first run; gates are then on counts alone"),
  yes: flag("ask nothing: take the defaults for what is not given"),
  force: flag("replace files that exist"),
  "dry-run": flag("print what would be written; run and write nothing"),
} as const satisfies Record<string, Options>;

export const initCommand: Command = {
  name: "init",
  positional: null,
  describe: "write a first scenario for your server, its gates from a first run, and a CI workflow",
  options,
  examples: [
    ["$0 init", "asks what it has to know"],
    ['$0 init --command "node server.js" --target 127.0.0.1:7000', "slash8 starts the server"],
    ["$0 init --target redis://127.0.0.1:6379 --yes", "asks nothing"],
    [
      "$0 init --target udp://127.0.0.1:7000 --protocol message --message ping",
      "a server with a protocol of its own",
    ],
  ],
  epilogue:
    "In a terminal it asks for what is not given. It runs the scenario for three seconds, and sets the gates by what came out: " +
    "counts exactly, times with room for busy machines. Files are written at the end, all or none, and replace " +
    `others only with --force. Exit status: ${exitStatus.pass} written; ${exitStatus.usage} usage, or the first run could not be ` +
    `made; ${exitStatus.cannotHold} this machine cannot hold it; ${exitStatus.gateFailed} it failed (the files are written in either ` +
    `case, and why is printed); ${exitStatus.internal} a file cannot be written; ${exitStatus.interrupted} interrupted, and nothing is written.`,
  async run(args) {
    const { runInit } = await import("./run-init.ts");
    return runInit(args);
  },
};
