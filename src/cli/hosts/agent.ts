/** `slash8 agent`: waits for runs of `load --nats`, and has their clients on this machine. */
import { hostname } from "node:os";
import type { Options } from "yargs";
import { monotonicNs } from "../../base/clock.ts";
import { exitStatus, UserError } from "../../base/errors.ts";
import { namePattern } from "../../scenario/schema/values.ts";
import type { Command } from "../arguments/command.ts";
import { embeddedOptions, natsOptions, neededNats } from "../arguments/nats-arguments.ts";
import { once, repeatable, text } from "../arguments/options.ts";
import { listenForInterrupts } from "../terminal/interrupts.ts";
import { printNotice } from "../terminal/output.ts";
import { openNats } from "./open-nats.ts";

const options = {
  ...natsOptions,
  ...embeddedOptions,
  name: {
    ...text("name", "what scenarios and results call this machine"),
    defaultDescription: "its host name",
    coerce: once("name", readName),
  },
  "allow-target": repeatable(
    "where its clients may go: 10.0.0.0/24, 10.0.0.7:7000, [fd00::/64]:7000-7010 (repeatable)",
    "loopback addresses",
  ),
  "max-connections": text("max-connections", "connections that a run may have here"),
  "max-rate": text("max-rate", "rate that a run may have here in all, such as 20000/s"),
  "allow-commands": repeatable(
    "module of a protocol that runs may execute here, or a folder of them (repeatable)",
  ),
  "allow-files": repeatable(
    "file that runs may read here, rows of messages, keys; or a folder of them (repeatable)",
  ),
} as const satisfies Record<string, Options>;

export const agentCommand: Command = {
  name: "agent",
  positional: null,
  describe: "run the clients of other machines' load --nats here, until Ctrl-C",
  options,
  examples: [
    [
      "$0 agent --nats nats://10.0.0.1:4222 --name a",
      "wait for runs against servers on loopback addresses",
    ],
    [
      "$0 agent --nats nats://10.0.0.1:4222 --allow-target 10.0.0.0/24:7000 --max-rate 50000/s",
      "wait for runs against port 7000 of one network, of at most this rate",
    ],
  ],
  async run(args) {
    const nats = neededNats(args);
    const name = (args.name as string | undefined) ?? ownName();
    // Other commands need none of this.
    const [{ serveHost }, { allowanceLines, allowanceRefusal, readPaths }, { parseLimits }] =
      await Promise.all([
        import("../../hosts/host.ts"),
        import("../../hosts/allowance.ts"),
        import("../../hosts/limits.ts"),
      ]);
    const limits = parseLimits({
      allowTarget: (args["allow-target"] ?? []) as readonly string[],
      maxConnections: args["max-connections"] as string | undefined,
      maxRate: args["max-rate"] as string | undefined,
    });
    const allowance = {
      limits,
      commands: readPaths("--allow-commands", args["allow-commands"] as readonly string[]),
      files: readPaths("--allow-files", args["allow-files"] as readonly string[]),
    };
    const server = await openNats(nats, `slash8 agent ${name}`, args, true);
    const { connection } = server;
    const host = serveHost(connection, {
      name,
      limits: allowanceLines(allowance),
      refuses: (plan) => allowanceRefusal(allowance, plan, name),
      onMessage: (message) => void printNotice(`slash8: host ${name} ${message}`),
    });
    await connection.flush();
    await printNotice(
      `slash8: host ${name} is ready, and waits for runs over ${connection.getServer()}`,
    );
    const interrupts = listenForInterrupts(monotonicNs);
    await new Promise<void>((resolve) => {
      interrupts.onRequest = () => resolve();
      void connection.closed().then(() => resolve());
    });
    interrupts.stop();
    await host.stop();
    await server.close();
    return exitStatus.pass;
  },
};

/** The machine's name, without its domain and without what a host's name cannot have. */
function ownName(): string {
  const [first = ""] = hostname().split(".");
  return first.replaceAll(/[^a-zA-Z0-9_-]/g, "-").replace(/^[^a-zA-Z]+/, "") || "host";
}

function readName(given: string): string {
  if (namePattern.test(given)) return given;
  throw new UserError(
    `--name ${given}: give a letter, then letters, digits, "_" and "-", as scenarios write it`,
  );
}
