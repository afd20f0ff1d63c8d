/** `slash8 relay`: gives the clients of any program source addresses of their own. */
import type { Options } from "yargs";
import { formatEndpoint } from "../address/flow.ts";
import { monotonicNs } from "../base/clock.ts";
import { exitStatus, UserError } from "../base/errors.ts";
import { parseDuration } from "../base/units.ts";
import { chooseIo, fallbackNotice, type IoChoice } from "../coordinator/io-choice.ts";
import { tryAddresses } from "../coordinator/loopback-trial.ts";
import { createIo } from "../io/create-io.ts";
import type { IoKind } from "../io/io.ts";
import { connectionBudget, openFilesLimit, openFilesUsed } from "../servers/open-files.ts";
import { runRelay } from "../servers/relay/run-relay.ts";
import { TcpRelay } from "../servers/relay/tcp-relay.ts";
import { UdpRelay } from "../servers/relay/udp-relay.ts";
import type { Command } from "./command.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { flag, ioOption, once, quantity } from "./options.ts";
import { printNotice } from "./output.ts";
import { RelayJournal } from "./relay-journal.ts";
import { type RelayRequest, relayRequest, sampleAddresses } from "./relay-request.ts";

const protocols = ["tcp", "udp"] as const;

/** Clients at once; a relay that must hold more is not for looking at single ones. */
const mostLinks = 16_384;

/** Addresses that are tried before the first client comes. */
const mostTrials = 64;

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
    choices: protocols,
    requiresArg: true,
    default: "tcp",
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
    const request = relayRequest(args);
    const chosen = await chooseIo((args.io ?? "auto") as IoChoice);
    const fallback = fallbackNotice(chosen);
    if (fallback !== null) await printNotice(`slash8: ${fallback}`);
    await checkSources(request);
    await run(request, chosen.io, args.json === true, args.quiet === true);
    return exitStatus.pass;
  },
};

async function run(
  request: RelayRequest,
  kind: IoKind,
  isJson: boolean,
  isQuiet: boolean,
): Promise<void> {
  const journal = new RelayJournal(request, {
    print: (line) => process.stdout.write(`${line}\n`),
    notice: (line) => process.stderr.write(`${line}\n`),
    clock: monotonicNs,
    isJson,
    isQuiet,
  });
  const control = { requests: 0 };
  const interrupts = listenForInterrupts(monotonicNs);
  interrupts.onRequest = (count) => {
    control.requests = count;
  };
  const timer = setInterval(() => journal.flush(), 1000);
  try {
    const io = await createIo(kind);
    const { protocol, routes, idleNs, drainNs } = request;
    const relay =
      protocol === "tcp"
        ? new TcpRelay(io, routes, journal, linksOf(kind, 2))
        : new UdpRelay(io, routes, journal, linksOf(kind, 1), idleNs);
    await runRelay(io, relay, control, journal, drainNs).catch((error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined && error.code === undefined) throw error;
      const where = routes.map(({ listen }) => formatEndpoint(listen)).join(", ");
      throw new UserError(`cannot listen on ${where}: ${error.message}`);
    });
    journal.summary(relay.stats);
  } finally {
    clearInterval(timer);
    interrupts.stop();
  }
}

/** Links at once, where each takes so many files; the fast path's sockets are no open files. */
function linksOf(kind: IoKind, filesPerLink: number): number {
  if (kind === "uring") return mostLinks;
  const budget = connectionBudget(openFilesLimit(), openFilesUsed());
  return Math.max(1, Math.min(mostLinks, Math.floor(budget / filesPerLink)));
}

/** @throws (rejects with) UserError (exit 3) for a source that this machine does not have */
async function checkSources({ sources }: RelayRequest): Promise<void> {
  for (const { ranges } of sources) {
    const trials = await tryAddresses(sampleAddresses(ranges, mostTrials));
    const refused = trials.find(({ code }) => code !== null);
    if (refused === undefined) continue;
    throw new UserError(
      `--from ${refused.address} is not an address of this machine (${refused.code}); ${remedy(refused.address)}`,
      exitStatus.cannotHold,
    );
  }
}

function remedy(address: string): string {
  if (process.platform === "darwin" && !address.includes(":")) {
    return `add it: scripts/macos/lo0-alias-up.sh ${address}`;
  }
  return address.includes(":")
    ? "::1 alone is one everywhere; on Linux scripts/linux/anyip-up.sh gives lo the prefix fd00:127::/64"
    : "take one that it has, such as 127.0.0.2";
}

function readProtocol(text: string): (typeof protocols)[number] {
  const protocol = protocols.find((known) => known === text);
  if (protocol !== undefined) return protocol;
  throw new UserError(`--protocol ${text}: give one of ${protocols.join(", ")}`);
}
