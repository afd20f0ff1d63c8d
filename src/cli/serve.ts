/** `slash8 serve`: a built-in server alone, to point other tools at or to try faults with. */
import type { Options } from "yargs";
import { isLoopback } from "../address/ip.ts";
import { exitStatus, UserError } from "../base/errors.ts";
import { parseDuration, parseShare, parseSize, UnitError } from "../base/units.ts";
import { chooseIo, fallbackNotice, type IoChoice } from "../coordinator/io-choice.ts";
import type { IoKind } from "../io/io.ts";
import type { BuiltinName, BuiltinOptions } from "../scenario/scenario.ts";
import type { ServeRequest } from "../servers/protocol.ts";
import { runServe } from "../servers/serve.ts";
import type { Command } from "./command.ts";
import { parseEndpoint } from "./endpoint-text.ts";
import { flag, ioOption, once, positiveInteger } from "./options.ts";
import { printNotice } from "./output.ts";

const builtinNames = ["tcp-echo", "tcp-sink", "tcp-http", "udp-echo", "udp-sink"] as const;

/** Length of a tcp-http reply's body where `--body` is not given. */
const defaultBodyBytes = 64;

const options = {
  listen: {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe: "ADDRESS:PORT, port 0 for a free one (repeatable) [required]",
  },
  delay: quantity("delay", parseDuration, "wait before each reply, such as 20ms"),
  loss: quantity("loss", parseShare, "share of requests without a reply, such as 1%"),
  "stall-every": quantity(
    "stall-every",
    parseDuration,
    "stand still once in that time, such as 3s",
  ),
  "stall-for": quantity("stall-for", parseDuration, "... for that long, such as 1s"),
  "close-after": {
    type: "string",
    requiresArg: true,
    describe: "TCP: end a connection after that many replies (tcp-sink: chunks)",
    coerce: once("close-after", positiveInteger("close-after", 999_999_999)),
  },
  body: quantity(
    "body",
    parseSize,
    `tcp-http: length of the reply's body (default: ${defaultBodyBytes})`,
  ),
  processes: {
    type: "string",
    requiresArg: true,
    describe: "TCP: processes that share the addresses (default: 1)",
    coerce: once("processes", positiveInteger("processes", 256)),
  },
  io: ioOption,
  "allow-remote": flag("listen on addresses that other machines can reach"),
} as const satisfies Record<string, Options>;

export const serveCommand: Command = {
  name: "serve",
  positional: {
    name: "builtin",
    describe: "the server",
    choices: builtinNames,
    missing: `which server? ${builtinNames.join(", ")}`,
  },
  describe: "a built-in server alone, until Ctrl-C",
  options,
  examples: [
    ["$0 serve tcp-echo --listen 127.0.0.1:7000", "a TCP server that sends back what it gets"],
    ["$0 serve udp-echo --listen 127.0.0.1:7000 --loss 1%", "one that loses datagrams"],
    [
      "$0 serve tcp-echo --listen 127.0.0.1:7000 --stall-every 3s --stall-for 1s",
      "one that stands still",
    ],
  ],
  async run(args) {
    const chosen = await chooseIo(serverIo(args));
    const request = serveRequest(args, chosen.io);
    const notice = fallbackNotice(chosen);
    if (notice !== null) await printNotice(`slash8: ${notice}`);
    await runServe(request);
    return exitStatus.pass;
  },
};

/**
 * What the arguments ask for.
 *
 * @param args values as the options' own readers left them
 * @param io   what `--io` has come to
 * @throws     UserError for what does not go together
 */
export function serveRequest(args: Readonly<Record<string, unknown>>, io: IoKind): ServeRequest {
  const builtin = args.builtin as BuiltinName;
  const listen = ((args.listen ?? []) as string[]).map(parseEndpoint);
  if (listen.length === 0) {
    throw new UserError(`where should ${builtin} listen? --listen 127.0.0.1:7000, for example`);
  }
  const remote = listen.find(({ address }) => !isLoopback(address));
  if (remote !== undefined && args["allow-remote"] !== true) {
    throw new UserError(
      `${remote.address} is no loopback address: others could reach the server; add --allow-remote if they may`,
    );
  }
  refuseOthersOptions(builtin, args);
  const processes = Number(args.processes ?? 1);
  return { builtin, listen, options: builtinOptions(args), processes, io };
}

/**
 * What `--io` asks for; several processes share their listeners over Node's sockets alone.
 *
 * @throws UserError where uring and several processes are asked for
 */
export function serverIo(args: Readonly<Record<string, unknown>>): IoChoice {
  const asked = (args.io ?? "auto") as IoChoice;
  if (Number(args.processes ?? 1) === 1) return asked;
  if (asked === "uring") {
    throw new UserError(
      "--io uring takes one process, which holds a million connections; leave --processes out",
    );
  }
  return "node";
}

function builtinOptions(args: Readonly<Record<string, unknown>>): BuiltinOptions {
  return {
    delayNs: Number(args.delay ?? 0),
    loss: Number(args.loss ?? 0),
    stall: stallOption(args["stall-every"], args["stall-for"]),
    closeAfter: args["close-after"] === undefined ? null : Number(args["close-after"]),
    bodyBytes: Number(args.body ?? defaultBodyBytes),
  };
}

function stallOption(every: unknown, length: unknown): BuiltinOptions["stall"] {
  if (every === undefined && length === undefined) return null;
  if (every === undefined || length === undefined) {
    throw new UserError("--stall-every and --stall-for belong together: give both");
  }
  const [everyNs, forNs] = [Number(every), Number(length)];
  if (!(forNs > 0 && forNs < everyNs)) {
    throw new UserError("--stall-for must be more than 0 and shorter than --stall-every");
  }
  return { everyNs, forNs };
}

function refuseOthersOptions(builtin: BuiltinName, args: Readonly<Record<string, unknown>>): void {
  const tcpOnly = ["close-after", "processes"].filter((name) => args[name] !== undefined);
  if (builtin.startsWith("udp-") && tcpOnly.length > 0) {
    throw new UserError(`--${tcpOnly[0]} is for TCP servers; ${builtin} has no connections`);
  }
  if (builtin !== "tcp-http" && args.body !== undefined) {
    throw new UserError(`--body is for tcp-http; ${builtin} has no body of its own to send`);
  }
}

/** An option with a unit. */
function quantity(name: string, parse: (text: string) => number, describe: string): Options {
  return {
    type: "string",
    requiresArg: true,
    describe,
    coerce: once(name, (text) => {
      try {
        return parse(text);
      } catch (error) {
        if (error instanceof UnitError) throw new UserError(`--${name} ${error.message}`);
        throw error;
      }
    }),
  };
}
