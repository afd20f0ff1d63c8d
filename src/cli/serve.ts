/** `slash8 serve`: a built-in server alone, as a target for other tools or to try faults with. */
import type { Options } from "yargs";
import type { Endpoint } from "../address/flow.ts";
import { isLoopback } from "../address/ip.ts";
import { protocols } from "../address/protocol.ts";
import { CapacityError, exitStatus, UserError } from "../base/errors.ts";
import type { IoChoice, IoKind } from "../base/io-kind.ts";
import { parseDuration, parseRate, parseRatio, parseSize } from "../base/units.ts";
import { backends, portableIo } from "../io/backends.ts";
import { ownName, type TlsServerEnd } from "../io/tls/ends.ts";
import { createServerEnd } from "../io/tls/server-end.ts";
import { chooseIo, fallbackNotice } from "../preflight/io-choice.ts";
import { builtinNames, builtinProtocols } from "../scenario/builtins.ts";
import { parseEndpoints } from "../scenario/endpoint.ts";
import type { BuiltinName, BuiltinOptions, UdpMode, UdpOptions } from "../scenario/scenario.ts";
import {
  reuseportProcesses,
  type UdpChoices,
  udpConflict,
  udpModes,
  udpOptions,
} from "../scenario/schema/udp-options.ts";
import { checkPair } from "../scenario/tls-files.ts";
import { runServe } from "../servers/process/serve.ts";
import type { ServeRequest } from "../servers/protocol.ts";
import { modeNotice } from "../servers/udp/udp-setup.ts";
import { checkCanListen } from "../targets/listen-trial.ts";
import type { Command } from "./arguments/command.ts";
import { HostArguments } from "./arguments/host-arguments.ts";
import { flag, ioOption, once, positiveInteger, quantity, text } from "./arguments/options.ts";
import { printNotice } from "./terminal/output.ts";

/** Length of a tcp-http reply's body where `--body` is not given. */
const defaultBodyBytes = 64;

const options = {
  listen: {
    type: "string",
    array: true,
    nargs: 1,
    requiresArg: true,
    describe:
      "ADDRESS:PORT, NAME:PORT or FIRST-LAST:PORT, port 0 for a free one (repeatable) [required]",
  },
  delay: quantity("delay", parseDuration, "time to wait before each reply, such as 20ms"),
  loss: quantity("loss", parseRatio, "ratio of requests without a reply, such as 1%"),
  "pause-every": quantity(
    "pause-every",
    parseDuration,
    "pause once in each interval of this length, such as 3s",
  ),
  "pause-for": quantity("pause-for", parseDuration, "length of each pause, such as 1s"),
  "close-after": {
    type: "string",
    requiresArg: true,
    describe: "TCP: close a connection after this many replies (tcp-sink: chunks)",
    coerce: once("close-after", positiveInteger("close-after", 999_999_999)),
  },
  mode: {
    type: "string",
    requiresArg: true,
    choices: udpModes,
    describe: "UDP: how its sockets are set up; see docs/udp.md (default: specific or per-address)",
  },
  "idle-timeout": quantity(
    "idle-timeout",
    parseDuration,
    "UDP, mode established: close an idle peer's socket after this time (default: 30s)",
  ),
  "new-peers": quantity(
    "new-peers",
    parseRate,
    "UDP: new peers admitted per second, others are dropped (default: established 20000/s)",
  ),
  body: quantity(
    "body",
    parseSize,
    `tcp-http: length of the reply's body (default: ${defaultBodyBytes})`,
  ),
  tls: flag(
    "clients must use TLS; without --cert with a certificate made at the start, which is printed",
  ),
  cert: text("cert", "with --tls: file (PEM) with the server's certificate"),
  key: text("key", "with --tls: file (PEM) with the private key of --cert"),
  processes: {
    type: "string",
    requiresArg: true,
    describe:
      "processes that share the addresses; TCP (default: 1) or --mode reuseport (default: 2)",
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
  describe: "run a built-in server alone, until Ctrl-C",
  options,
  examples: [
    ["$0 serve tcp-echo --listen 127.0.0.1:7000", "a TCP echo server"],
    [
      "$0 serve udp-echo --listen 127.0.0.1:7000 --loss 1%",
      "a UDP echo server that drops datagrams",
    ],
    [
      "$0 serve udp-echo --listen 127.0.0.1:7000 --mode established",
      "a UDP echo server with a connected socket for each peer",
    ],
    ["$0 serve tcp-http --listen 127.0.0.1:7443 --tls", "an HTTPS server"],
    [
      "$0 serve tcp-echo --listen 127.0.0.1:7000 --pause-every 3s --pause-for 1s",
      "a TCP echo server that pauses",
    ],
  ],
  async run(args) {
    const chosen = await chooseIo(serverIo(args));
    const listen = (args.listen ?? []) as string[];
    const hosts = await HostArguments.lookUp(listen, args["allow-remote"] === true);
    const request = serveRequest(args, chosen.io, hosts);
    await hosts.printNotices();
    const mode = request.options.udp?.mode;
    const notices = [
      fallbackNotice(chosen),
      mode === undefined ? null : modeNotice(mode, request.io),
    ];
    for (const notice of notices) if (notice !== null) await printNotice(`slash8: ${notice}`);
    // Sockets that are set up to share an address would silently take another server's datagrams.
    await checkCanListen({
      name: request.builtin,
      kind: "serve",
      protocol: builtinProtocols[request.builtin],
      listen: request.listen,
    });
    if (request.tls?.isOwn === true) {
      await printNotice(
        `slash8: clients may trust this certificate, by the name ${ownName}:\n${request.tls.certificate.trimEnd()}`,
      );
    }
    await runServe(request);
    return exitStatus.pass;
  },
};

/**
 * Builds the request from the arguments.
 *
 * @param args values as the options' own readers left them
 * @param io   the io chosen from `--io`
 * @param hosts what the names in them stand for
 * @throws     UserError for arguments that contradict each other
 */
export function serveRequest(
  args: Readonly<Record<string, unknown>>,
  io: IoKind,
  hosts = HostArguments.none,
): ServeRequest {
  const builtin = args.builtin as BuiltinName;
  // Remote addresses are reported below, in this command's words.
  const listen = ((args.listen ?? []) as string[]).flatMap((text) =>
    parseEndpoints(text, true, hosts.addressOf("--listen")),
  );
  if (listen.length === 0) {
    throw new UserError(`where should ${builtin} listen? --listen 127.0.0.1:7000, for example`);
  }
  const remote = listen.find(({ address }) => !isLoopback(address));
  if (remote !== undefined && args["allow-remote"] !== true) {
    throw new UserError(
      `${remote.address} is not a loopback address, so other machines could reach the server; add --allow-remote if they may`,
    );
  }
  refuseOthersOptions(builtin, args);
  const shared = args.mode === "reuseport";
  const obstacle = shared ? backends[io].capabilities.reusePortObstacle() : null;
  if (obstacle !== null) throw new CapacityError(`--mode reuseport: ${obstacle}`);
  const processes = Number(args.processes ?? (shared ? reuseportProcesses : 1));
  const tls = tlsOf(args, listen);
  return {
    builtin,
    listen,
    options: builtinOptions(builtin, listen.length, args),
    processes,
    io,
    ...(tls === null ? {} : { tls }),
  };
}

/** @throws UserError for files that do not belong together, or cannot be used */
function tlsOf(
  args: Readonly<Record<string, unknown>>,
  listen: readonly Endpoint[],
): TlsServerEnd | null {
  const { tls, cert, key } = args as { tls?: boolean; cert?: string; key?: string };
  if (tls !== true) {
    const lone = cert === undefined ? (key === undefined ? null : "--key") : "--cert";
    if (lone !== null) throw new UserError(`${lone} has no meaning without --tls`);
    return null;
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new UserError("--cert and --key belong together: give both, or neither");
  }
  const files = cert === undefined || key === undefined ? null : { cert, key };
  if (files !== null) checkPair(files);
  const addresses = listen.map(({ address }) => address);
  return createServerEnd(files, [], addresses);
}

/**
 * Returns the io that `--io` requests; several processes can share their listeners only over Node's sockets.
 *
 * @throws UserError where uring and several processes are requested
 */
export function serverIo(args: Readonly<Record<string, unknown>>): IoChoice {
  const requested = (args.io ?? "auto") as IoChoice;
  if (Number(args.processes ?? 1) === 1 || args.mode === "reuseport") return requested;
  if (requested !== "auto" && !backends[requested].capabilities.sharesListeners) {
    throw new UserError(
      `--io ${requested} takes one process, which holds a million connections; leave --processes out`,
    );
  }
  return portableIo;
}

function builtinOptions(
  builtin: BuiltinName,
  listens: number,
  args: Readonly<Record<string, unknown>>,
): BuiltinOptions {
  return {
    delayNs: Number(args.delay ?? 0),
    loss: Number(args.loss ?? 0),
    pause: pauseOption(args["pause-every"], args["pause-for"]),
    closeAfter: args["close-after"] === undefined ? null : Number(args["close-after"]),
    bodyBytes: Number(args.body ?? defaultBodyBytes),
    udp: protocols[builtinProtocols[builtin]].isDatagram
      ? udpServing(builtin, listens, args)
      : null,
  };
}

function udpServing(
  builtin: BuiltinName,
  listens: number,
  args: Readonly<Record<string, unknown>>,
): UdpOptions {
  const choices: UdpChoices = {
    mode: args.mode as UdpMode | undefined,
    idleTimeoutNs: atLeast("idle-timeout", args["idle-timeout"], 1e6, "1ms"),
    newPeersPerSecond: atLeast("new-peers", args["new-peers"], 1, "1/s"),
  };
  const conflict = udpConflict(builtin, choices, listens);
  if (conflict !== null) {
    const of = conflict.key === "idleTimeoutNs" ? "--idle-timeout " : "--";
    throw new UserError(`${of}${conflict.message}`);
  }
  return udpOptions(choices, listens, args["allow-remote"] === true);
}

/** @throws UserError for a smaller value */
function atLeast(name: string, value: unknown, least: number, text: string): number | undefined {
  if (value === undefined) return undefined;
  if (Number(value) < least) throw new UserError(`--${name} must be ${text} or more`);
  return Number(value);
}

function pauseOption(every: unknown, length: unknown): BuiltinOptions["pause"] {
  if (every === undefined && length === undefined) return null;
  if (every === undefined || length === undefined) {
    throw new UserError("--pause-every and --pause-for belong together: give both");
  }
  const [everyNs, forNs] = [Number(every), Number(length)];
  if (!(forNs > 0 && forNs < everyNs)) {
    throw new UserError("--pause-for must be more than 0 and shorter than --pause-every");
  }
  return { everyNs, forNs };
}

function refuseOthersOptions(builtin: BuiltinName, args: Readonly<Record<string, unknown>>): void {
  const tcpOnly = [
    "close-after",
    "tls",
    ...(args.mode === "reuseport" ? [] : ["processes"]),
  ].filter((name) => args[name] !== undefined);
  const udpOnly = ["mode", "idle-timeout", "new-peers"].filter((name) => args[name] !== undefined);
  const { isDatagram } = protocols[builtinProtocols[builtin]];
  if (!isDatagram && udpOnly.length > 0) {
    throw new UserError(`--${udpOnly[0]} is for UDP servers; ${builtin} speaks TCP`);
  }
  if (isDatagram && tcpOnly.length > 0) {
    throw new UserError(`--${tcpOnly[0]} is for TCP servers; ${builtin} has no connections`);
  }
  if (builtin !== "tcp-http" && args.body !== undefined) {
    throw new UserError(`--body is for tcp-http; ${builtin} does not send a body`);
  }
}
