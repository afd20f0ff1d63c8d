/** Runs `slash8 relay`: loaded only when requested, as it needs much that no other command does. */
import { formatEndpoint } from "../../address/flow.ts";
import { protocols } from "../../address/protocol.ts";
import { monotonicNs } from "../../base/clock.ts";
import { CapacityError, UserError } from "../../base/errors.ts";
import type { IoChoice, IoKind } from "../../base/io-kind.ts";
import { backends } from "../../io/backends.ts";
import { tryAddresses } from "../../machine/loopback-trial.ts";
import { chooseIo, fallbackNotice } from "../../preflight/io-choice.ts";
import { runRelay } from "../../relay/run-relay.ts";
import { TcpRelay } from "../../relay/tcp-relay.ts";
import { UdpRelay } from "../../relay/udp-relay.ts";
import {
  connectionBudget,
  openFilesLimit,
  openFilesUsed,
} from "../../servers/process/open-files.ts";
import { leadsBack, Reflectors } from "../../servers/udp/reflectors.ts";
import { HostArguments } from "../arguments/host-arguments.ts";
import { listenForInterrupts } from "../terminal/interrupts.ts";
import { printNotice } from "../terminal/output.ts";
import { RelayJournal } from "./relay-journal.ts";
import { type RelayRequest, relayRequest, sampleAddresses } from "./relay-request.ts";

/** Clients at once; a relay that must hold more is not for examining single ones. */
const mostLinks = 16_384;

/** Addresses that are tried before the first client connects. */
const mostTrials = 64;

/**
 * Relays until the user ends it.
 *
 * @param args values as the options' own readers left them
 * @throws     (rejects with) UserError
 */
export async function relay(args: Readonly<Record<string, unknown>>): Promise<void> {
  const texts = [args.listen, args.to].flatMap((given) => (given ?? []) as string[]);
  const hosts = await HostArguments.lookUp(texts, args["allow-remote"] === true);
  const request = relayRequest(args, hosts);
  await hosts.printNotices();
  const chosen = await chooseIo((args.io ?? "auto") as IoChoice);
  const fallback = fallbackNotice(chosen);
  if (fallback !== null) await printNotice(`slash8: ${fallback}`);
  await checkSources(request);
  await run(request, chosen.io, args.json === true, args.quiet === true);
}

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
  const reflectors = new Reflectors();
  try {
    register(reflectors, request);
    const io = await backends[kind].create();
    const { protocol, routes, idleNs, drainNs } = request;
    const relay = protocols[protocol].hasConnections
      ? new TcpRelay(io, routes, journal, linksOf(kind, 2))
      : new UdpRelay(io, routes, journal, linksOf(kind, 1), idleNs, reflectors);
    await runRelay(io, relay, control, journal, drainNs).catch((error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined && error.code === undefined) throw error;
      const where = routes.map(({ listen }) => formatEndpoint(listen)).join(", ");
      throw new UserError(`cannot listen on ${where}: ${error.message}`);
    });
    journal.summary(relay.stats);
  } finally {
    reflectors.end();
    clearInterval(timer);
    interrupts.stop();
  }
}

/**
 * Says where the relay listens and leads, so that others know. First this, then the look at them: of two that are
 * started at once one at least sees the other.
 *
 * @throws UserError where it leads back to itself through others
 */
function register(reflectors: Reflectors, { protocol, routes }: RelayRequest): void {
  const own = routes.map(({ listen, target }) => ({ protocol, listen, target }));
  const isDatagram = protocols[protocol].isDatagram;
  reflectors.register({ udp: isDatagram ? routes.map(({ listen }) => listen) : [], routes: own });
  for (const route of own) {
    const back = leadsBack(route, reflectors.routes);
    if (back === null) continue;
    throw new UserError(
      `--to ${formatEndpoint(back)} leads back to ${formatEndpoint(route.listen)} through other relays that run here: whatever ` +
        "comes would go round for ever; end one of them, or give another --to",
    );
  }
}

/** Returns the number of links at once, if each takes that many files; the fast path's sockets are not open files. */
function linksOf(kind: IoKind, filesPerLink: number): number {
  if (!backends[kind].takesFilePerConnection) return mostLinks;
  const budget = connectionBudget(openFilesLimit(), openFilesUsed());
  return Math.max(1, Math.min(mostLinks, Math.floor(budget / filesPerLink)));
}

/** @throws (rejects with) UserError (exit 3) for a source that this machine does not have */
async function checkSources({ sources }: RelayRequest): Promise<void> {
  for (const { ranges } of sources) {
    const trials = await tryAddresses(sampleAddresses(ranges, mostTrials));
    const refused = trials.find(({ code }) => code !== null);
    if (refused === undefined) continue;
    throw new CapacityError(
      `--from ${refused.address} is not an address of this machine (${refused.code}); ${remedy(refused.address)}`,
    );
  }
}

function remedy(address: string): string {
  if (process.platform === "darwin" && !address.includes(":")) {
    return `add it with scripts/macos/lo0-alias-up.sh ${address}`;
  }
  return address.includes(":")
    ? "only ::1 always is; on Linux scripts/linux/anyip-up.sh gives lo the prefix fd00:127::/64"
    : "give one that it has, such as 127.0.0.2";
}
