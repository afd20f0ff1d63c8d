/** `slash8 nats-config`: a configuration of nats-server for runs on more than one machine, and the keys of who uses it. */
import { join } from "node:path";
import type { Options } from "yargs";
import { exitStatus } from "../../base/errors.ts";
import type { Command } from "../arguments/command.ts";
import { repeatable, text } from "../arguments/options.ts";
import { pathForUser, printNotice, printResult } from "../terminal/output.ts";

const options = {
  team: repeatable(
    "who shares a set of machines; teams do not see each other (repeatable)",
    "one, slash8",
  ),
  host: repeatable("a key for this machine alone, as agent --name calls it (repeatable)"),
  listen: text(
    "listen",
    "ADDRESS:PORT of the server (default: 0.0.0.0:4222 with TLS, else 127.0.0.1:4222)",
  ),
  "tls-for": repeatable("make a certificate for this name or address of the server (repeatable)"),
  cert: text("cert", "file (PEM) with a certificate that the server has already"),
  key: text("key", "file (PEM) with the private key of --cert"),
  "client-ca": text("client-ca", "file (PEM) with the CA of clients, which then need certificates"),
  "server-dir": text(
    "server-dir",
    "folder that the server's files will be in, where that is another one (default: --out)",
  ),
  out: {
    ...text("out", "folder to write into"),
    defaultDescription: "nats",
  },
} as const satisfies Record<string, Options>;

export const natsConfigCommand: Command = {
  name: "nats-config",
  positional: null,
  describe: "write a configuration for nats-server, with keys for agents and for load --nats",
  options,
  examples: [
    ["$0 nats-config --tls-for 10.0.0.1", "one team, encrypted"],
    ["$0 nats-config --team a --team b --tls-for nats.example", "two teams on one server"],
    ["$0 nats-config --host a --host b --tls-for 10.0.0.1", "a key for each machine"],
  ],
  epilogue:
    "Each team has an account of its own, with a key for who starts runs and one for its agents, which may do what slash8 needs and " +
    "nothing else. Keys are in files that only you can read, and are to be copied to where they are used; the server has their public " +
    "halves alone. Nothing is written over.",
  async run(args) {
    const [{ configRequest, makeConfig }, { writeConfig }] = await Promise.all([
      import("./make-config.ts"),
      import("./write-config.ts"),
    ]);
    const request = configRequest(args);
    const made = makeConfig(request);
    writeConfig(request.folder, made.files);
    const written = made.files.map(({ name }) => pathForUser(join(request.folder, name)));
    await printResult([...written, "", ...made.next].join("\n"));
    for (const notice of made.notices) await printNotice(`slash8: ${notice}`);
    return exitStatus.pass;
  },
};
