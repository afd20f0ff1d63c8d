/** What the arguments of `slash8 relay` request. */
import { formatEndpoint } from "../../address/flow.ts";
import { isLoopback, isWildcard, parseIp } from "../../address/ip.ts";
import { defaultProtocol, type Protocol, protocols } from "../../address/protocol.ts";
import {
  type AddressRanges,
  addressAt,
  parseRanges,
  rangesSize,
  rangeTexts,
} from "../../address/ranges.ts";
import { UserError } from "../../base/errors.ts";
import type { Route } from "../../relay/relay.ts";
import { Sources } from "../../relay/sources.ts";
import { parseEndpoint } from "../arguments/endpoint-text.ts";
import { HostArguments } from "../arguments/host-arguments.ts";

export interface RelayRequest {
  readonly protocol: Protocol;
  readonly routes: readonly Route[];
  /** Every distinct set of sources once. */
  readonly sources: readonly Sources[];
  readonly idleNs: number;
  readonly drainNs: number;
}

const defaultIdleNs = 60e9;
const defaultDrainNs = 5e9;

/**
 * Builds the routes: the n-th `--listen` leads to the n-th `--to`, from the n-th `--from` or the
 * only one.
 *
 * @param args  values as the options' own readers left them
 * @param hosts what the names in them stand for
 * @throws      UserError for arguments that contradict each other
 */
export function relayRequest(
  args: Readonly<Record<string, unknown>>,
  hosts = HostArguments.none,
): RelayRequest {
  const protocol = (args.protocol ?? defaultProtocol) as Protocol;
  const [listens, targets, froms] = [texts(args.listen), texts(args.to), texts(args.from)];
  if (listens.length === 0) {
    throw new UserError("where should clients connect? --listen 127.0.0.1:19092, for example");
  }
  if (targets.length === 0) {
    throw new UserError("where is the server? --to 127.0.0.1:9092, for example");
  }
  if (froms.length === 0) {
    throw new UserError("which address should clients come from? --from 127.0.0.2, for example");
  }
  if (targets.length !== listens.length) {
    throw new UserError(
      `--listen is given ${listens.length} times and --to ${targets.length} times: give one --to for each --listen, in the same order`,
    );
  }
  if (froms.length !== 1 && froms.length !== listens.length) {
    throw new UserError(
      `--from is given ${froms.length} times and --listen ${listens.length} times: give one --from for all, or one for each --listen`,
    );
  }
  if (protocols[protocol].hasConnections && args.idle !== undefined) {
    throw new UserError(
      "--idle is for --protocol udp: the end of a TCP connection is visible; leave it out",
    );
  }
  const sources = froms.map((text) => new Sources(parseRanges([text])));
  const routes = listens.map((listen, index) => {
    const from = (sources[index] ?? sources[0]) as Sources;
    const target = targets[index] as string;
    return {
      listen: parseEndpoint(listen, hosts.addressOf("--listen")),
      target: parseEndpoint(target, hosts.addressOf("--to", from.ranges.family)),
      sources: from,
    };
  });
  for (const route of routes) checkRoute(route, routes, protocol, args["allow-remote"] === true);
  return {
    protocol,
    routes,
    sources,
    idleNs: Number(args.idle ?? defaultIdleNs),
    drainNs: Number(args.drain ?? defaultDrainNs),
  };
}

function texts(given: unknown): readonly string[] {
  return (given ?? []) as string[];
}

function checkRoute(
  { listen, target, sources }: Route,
  routes: readonly Route[],
  protocol: Protocol,
  allowRemote: boolean,
): void {
  if (target.port === 0)
    throw new UserError(
      `--to ${formatEndpoint(target)}: no server can have port 0; give the server's port`,
    );
  if (isWildcard(parseIp(target.address))) {
    throw new UserError(`--to ${formatEndpoint(target)}: name the one address to connect to`);
  }
  const { family } = parseIp(target.address);
  if (family !== sources.ranges.family) {
    throw new UserError(
      `--to ${formatEndpoint(target)} is IPv${family}, and --from ${rangesText(sources.ranges)} IPv${sources.ranges.family}: ` +
        "they must be of the same family",
    );
  }
  const loop = routes.find(
    (other) =>
      other.listen.port === target.port &&
      (other.listen.address === target.address || isWildcard(parseIp(other.listen.address))),
  );
  if (loop !== undefined) {
    throw new UserError(
      `--to ${formatEndpoint(target)} is where the relay itself listens, so it would connect to itself; give --listen another port`,
    );
  }
  if (protocols[protocol].isDatagram && isWildcard(parseIp(listen.address))) {
    throw new UserError(
      `--listen ${formatEndpoint(listen)}: replies could leave from another address than the one the client sent to; name the addresses`,
    );
  }
  const remote = [listen.address, target.address, ...ends(sources.ranges)].find(
    (address) => !isLoopback(address),
  );
  if (remote !== undefined && !allowRemote) {
    throw new UserError(
      `${remote} is not a loopback address, so traffic would leave or enter this machine; add --allow-remote if it may`,
    );
  }
}

/** Returns the first and last address of each range: the others lie between them. */
function ends({ family, ranges }: AddressRanges): string[] {
  return rangeTexts({ family, ranges }).flat();
}

/** Formats the ranges as a user writes them. */
export function rangesText(set: AddressRanges): string {
  return rangeTexts(set)
    .map(([from, to]) => (from === to ? from : `${from}-${to}`))
    .join(", ");
}

/** Returns some addresses of a set, at most `most`, spread over all of it. */
export function sampleAddresses(set: AddressRanges, most: number): string[] {
  const size = rangesSize(set);
  const count = Math.min(size, most);
  return Array.from({ length: count }, (_, index) =>
    addressAt(set, Math.floor((index * size) / count)),
  );
}
