/** What the arguments of `slash8 relay` ask for. */
import { type Endpoint, formatEndpoint } from "../../address/flow.ts";
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

export interface RelayRequest {
  readonly protocol: Protocol;
  readonly routes: readonly Route[];
  /** Every set of sources once. */
  readonly sources: readonly Sources[];
  readonly idleNs: number;
  readonly drainNs: number;
}

const defaultIdleNs = 60e9;
const defaultDrainNs = 5e9;

/**
 * Puts the routes together: the n-th `--listen` leads to the n-th `--to`, from the n-th `--from` or the
 * only one.
 *
 * @param args values as the options' own readers left them
 * @throws     UserError for what does not go together
 */
export function relayRequest(args: Readonly<Record<string, unknown>>): RelayRequest {
  const protocol = (args.protocol ?? defaultProtocol) as Protocol;
  const listens = texts(args.listen).map(parseEndpoint);
  const targets = texts(args.to).map(parseEndpoint);
  const froms = texts(args.from);
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
      `${listens.length} times --listen and ${targets.length} times --to: each needs the other, in the same order`,
    );
  }
  if (froms.length !== 1 && froms.length !== listens.length) {
    throw new UserError(
      `${froms.length} times --from for ${listens.length} times --listen: give one for all, or one for each`,
    );
  }
  if (protocols[protocol].hasConnections && args.idle !== undefined) {
    throw new UserError(
      "--idle is for --protocol udp; TCP connections say themselves when they end",
    );
  }
  const sources = froms.map((text) => new Sources(parseRanges([text])));
  const routes = listens.map((listen, index) => ({
    listen,
    target: targets[index] as Endpoint,
    sources: (sources[index] ?? sources[0]) as Sources,
  }));
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
  if (target.port === 0) throw new UserError(`--to ${formatEndpoint(target)}: port 0 is nobody's`);
  if (isWildcard(parseIp(target.address))) {
    throw new UserError(`--to ${formatEndpoint(target)}: name the one address to connect to`);
  }
  const { family } = parseIp(target.address);
  if (family !== sources.ranges.family) {
    throw new UserError(
      `--to ${formatEndpoint(target)} is IPv${family}, and --from ${rangesText(sources.ranges)} IPv${sources.ranges.family}: ` +
        "they need the same",
    );
  }
  const loop = routes.find(
    (other) =>
      other.listen.port === target.port &&
      (other.listen.address === target.address || isWildcard(parseIp(other.listen.address))),
  );
  if (loop !== undefined) {
    throw new UserError(
      `--to ${formatEndpoint(target)} is where the relay itself listens: give --listen another port`,
    );
  }
  if (protocols[protocol].isDatagram && isWildcard(parseIp(listen.address))) {
    throw new UserError(
      `--listen ${formatEndpoint(listen)}: replies would leave from another address than was asked; name the addresses`,
    );
  }
  const remote = [listen.address, target.address, ...ends(sources.ranges)].find(
    (address) => !isLoopback(address),
  );
  if (remote !== undefined && !allowRemote) {
    throw new UserError(
      `${remote} is no loopback address: traffic would leave this machine, or come in; add --allow-remote if it may`,
    );
  }
}

/** The first and last address of each range: the others lie between them. */
function ends({ family, ranges }: AddressRanges): string[] {
  return rangeTexts({ family, ranges }).flat();
}

/** The ranges as a user writes them. */
export function rangesText(set: AddressRanges): string {
  return rangeTexts(set)
    .map(([from, to]) => (from === to ? from : `${from}-${to}`))
    .join(", ");
}

/** Some addresses of a set, at most `most`, spread over all of it. */
export function sampleAddresses(set: AddressRanges, most: number): string[] {
  const size = rangesSize(set);
  const count = Math.min(size, most);
  return Array.from({ length: count }, (_, index) =>
    addressAt(set, Math.floor((index * size) / count)),
  );
}
