/** `slash8 hosts`: who is there to run clients of `load --nats`. */
import { exitStatus, UserError } from "../../base/errors.ts";
import { formatAmount, formatSize } from "../../base/units.ts";
import type { Announcement } from "../../hosts/protocol.ts";
import type { Command } from "../arguments/command.ts";
import { natsOptions, neededNats } from "../arguments/nats-arguments.ts";
import { flag } from "../arguments/options.ts";
import { printNotice, printResult } from "../terminal/output.ts";
import { openNats } from "./open-nats.ts";

export const hostsCommand: Command = {
  name: "hosts",
  positional: null,
  describe: "show which machines wait for load --nats, and what they are",
  options: { ...natsOptions, json: flag("print them as JSON") },
  examples: [
    ["$0 hosts --nats nats://10.0.0.1:4222", "who is there"],
    ["$0 hosts --nats nats://10.0.0.1:4222 --json | jq '.[].name'", "their names, for programs"],
  ],
  async run(args) {
    const nats = neededNats(args);
    const { discoverHosts } = await import("../../hosts/pool.ts");
    if (nats.servers.includes("embedded")) {
      throw new UserError(
        "--nats embedded is for agent and load: give the address that they print, to see who waits there",
      );
    }
    const server = await openNats(nats, "slash8 hosts");
    const found = await discoverHosts(server.connection);
    await server.close();
    if (args.json === true) await printResult(JSON.stringify(found.map(plain), null, 2));
    else if (found.length > 0) await printResult(found.map(described).join("\n"));
    if (found.length === 0) {
      await printNotice(
        "slash8: no host is there; start slash8 agent with the same --nats on each machine that is to have clients",
      );
    }
    return exitStatus.pass;
  },
};

function plain({ hello, ...rest }: Announcement): unknown {
  return { ...rest, version: hello.version };
}

function described({ name, hello, facts, addresses, io, busyWith, limits }: Announcement): string {
  const lines = [
    `slash8 ${hello.version}, io ${io}, ${formatAmount(facts.cpus, "CPU")}, ${formatSize(facts.memoryBytes)}, Node ${facts.node}, ${facts.os} ${facts.kernel}`,
    `addresses: ${addresses.length === 0 ? "loopback only" : addresses.join(", ")}`,
    ...limits,
    busyWith === null ? "idle" : `runs ${busyWith}`,
  ];
  return [name, ...lines.map((line) => `  ${line}`)].join("\n");
}
