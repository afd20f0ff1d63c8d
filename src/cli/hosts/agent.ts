/** `slash8 agent`: waits for runs of `load --nats`, and has their clients on this machine. */
import { hostname } from "node:os";
import type { Options } from "yargs";
import { monotonicNs } from "../../base/clock.ts";
import { exitStatus, UserError } from "../../base/errors.ts";
import { namePattern } from "../../scenario/schema/values.ts";
import type { Command } from "../arguments/command.ts";
import { natsOptions, neededNats } from "../arguments/nats-arguments.ts";
import { once, text } from "../arguments/options.ts";
import { listenForInterrupts } from "../terminal/interrupts.ts";
import { printNotice } from "../terminal/output.ts";

const options = {
  ...natsOptions,
  name: {
    ...text("name", "what scenarios and results call this machine"),
    defaultDescription: "its host name",
    coerce: once("name", readName),
  },
} as const satisfies Record<string, Options>;

export const agentCommand: Command = {
  name: "agent",
  positional: null,
  describe: "run the clients of other machines' load --nats here, until Ctrl-C",
  options,
  examples: [["$0 agent --nats nats://10.0.0.1:4222 --name a", "wait for runs"]],
  async run(args) {
    const nats = neededNats(args);
    const name = (args.name as string | undefined) ?? ownName();
    // Other commands need none of this.
    const [{ connectNats }, { serveHost }] = await Promise.all([
      import("../../channel/nats-connect.ts"),
      import("../../hosts/host.ts"),
    ]);
    const connection = await connectNats(nats);
    const host = serveHost(connection, {
      name,
      limits: [],
      refuses: () => null,
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
    await connection.close();
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
