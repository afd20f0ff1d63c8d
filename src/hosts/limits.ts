/** What an agent was started with, and no coordinator can raise: where its clients may go, how many, how fast. */
import { type Endpoint, formatEndpoint } from "../address/flow.ts";
import { type Family, parseIp, unmapIp } from "../address/ip.ts";
import { parseInterval } from "../address/ranges.ts";
import { UserError } from "../base/errors.ts";
import { formatAmount, formatCount, formatRate, parseRate, UnitError } from "../base/units.ts";

/** A block of addresses, and of ports, that clients may send to. */
interface AllowedTarget {
  /** As it was given. */
  readonly text: string;
  readonly family: Family;
  readonly addresses: readonly [bigint, bigint];
  readonly ports: readonly [number, number];
}

export interface AgentLimits {
  /** At least one. */
  readonly targets: readonly AllowedTarget[];
  /** Connections, or flows over UDP, of a run on this host; null: as many as the machine holds. */
  readonly connections: number | null;
  /** Exchanges started per second of a run on this host; null: as many as it can. */
  readonly ratePerSecond: number | null;
}

/** The texts of `--allow-target`, `--max-connections` and `--max-rate`; undefined: it is not given. */
export interface LimitTexts {
  readonly allowTarget: readonly string[];
  readonly maxConnections: string | undefined;
  readonly maxRate: string | undefined;
}

/** What a run wants of this host. */
export interface Wanted {
  readonly targets: readonly Endpoint[];
  readonly connections: number;
  /** Exchanges started per second, at most; null: a closed model, whose rate nothing bounds. */
  readonly rate: number | null;
}

/** What every machine has for itself: see isLoopback. */
const loopback = ["127.0.0.0/8", "[::1]", "[fd00:127::/32]"];

const allPorts: readonly [number, number] = [1, 65_535];

/** So many refused targets are named; of the others, how many they are. */
const mostNamed = 3;

/** @throws UserError that names the option and what may be given */
export function parseLimits({ allowTarget, maxConnections, maxRate }: LimitTexts): AgentLimits {
  return {
    targets: (allowTarget.length === 0 ? loopback : allowTarget).map(parseTarget),
    connections: maxConnections === undefined ? null : parseConnections(maxConnections),
    ratePerSecond: maxRate === undefined ? null : parseMaxRate(maxRate),
  };
}

/** For people, a line each; as the host announces them. */
export function limitLines({ targets, connections, ratePerSecond }: AgentLimits): string[] {
  return [
    `targets: ${targets.map(({ text }) => text).join(", ")}`,
    ...(connections === null ? [] : [`at most ${formatAmount(connections, "connection")}`]),
    ...(ratePerSecond === null ? [] : [`at most ${formatRate(ratePerSecond)}`]),
  ];
}

/** Says why a run is refused here, and what to do, all at once; null: it is not. */
export function limitsRefusal(limits: AgentLimits, wanted: Wanted): string | null {
  const reasons = [
    targetsRefusal(limits, wanted.targets),
    connectionsRefusal(limits.connections, wanted.connections),
    rateRefusal(limits.ratePerSecond, wanted.rate),
  ].filter((reason) => reason !== null);
  return reasons.length === 0 ? null : reasons.join("; ");
}

function targetsRefusal(
  { targets }: Pick<AgentLimits, "targets">,
  wanted: readonly Endpoint[],
): string | null {
  const refused = wanted.filter((endpoint) => !targets.some((target) => holds(target, endpoint)));
  const [first] = refused;
  if (first === undefined) return null;
  const more = refused.length - mostNamed;
  const named = [
    ...refused.slice(0, mostNamed).map(formatEndpoint),
    ...(more > 0 ? [`${formatCount(more)} more`] : []),
  ].join(", ");
  const allowed = targets.map(({ text }) => text).join(", ");
  return `its clients may not go to ${named}, only to ${allowed}: start its agent with --allow-target ${formatEndpoint(first)} as well`;
}

function connectionsRefusal(most: number | null, wanted: number): string | null {
  if (most === null || wanted <= most) return null;
  return `it would have ${formatAmount(wanted, "connection")}, and may have ${formatCount(most)}: lower connections, add hosts, or start its agent with a higher --max-connections`;
}

function rateRefusal(most: number | null, wanted: number | null): string | null {
  if (most === null) return null;
  if (wanted === null) {
    return `a workload without a rate sends as fast as replies come, and this host may send ${formatRate(most)}: give the workload a rate, or start the agent without --max-rate`;
  }
  if (wanted <= most) return null;
  return `it would send ${formatRate(wanted)}, and may send ${formatRate(most)}: lower the rate, add hosts, or start its agent with a higher --max-rate`;
}

function holds({ family, addresses, ports }: AllowedTarget, endpoint: Endpoint): boolean {
  const ip = unmapIp(parseIp(endpoint.address));
  return (
    ip.family === family &&
    addresses[0] <= ip.value &&
    ip.value <= addresses[1] &&
    ports[0] <= endpoint.port &&
    endpoint.port <= ports[1]
  );
}

function parseTarget(text: string): AllowedTarget {
  const given = text.trim();
  const { block, ports } = split(given);
  try {
    const { family, interval } = parseInterval(block);
    return { text: given, family, addresses: interval, ports: parsePorts(ports) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `--allow-target ${text}: ${error.message}; give addresses, with ports or without: 10.0.0.0/24, 10.0.0.7:7000, 10.0.0.0/24:7000-7010, [fd00::/64]:7000`,
    );
  }
}

/** Separates addresses and ports; IPv6 addresses without ports need no brackets. */
function split(given: string): { readonly block: string; readonly ports: string | null } {
  const bracketed = /^\[([^[\]]*)\](?::(.*))?$/.exec(given);
  if (bracketed !== null) return { block: bracketed[1] as string, ports: bracketed[2] ?? null };
  const colon = given.indexOf(":");
  if (colon < 0 || given.includes(":", colon + 1)) return { block: given, ports: null };
  return { block: given.slice(0, colon), ports: given.slice(colon + 1) };
}

function parsePorts(text: string | null): readonly [number, number] {
  if (text === null) return allPorts;
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (match !== null && from >= 1 && from <= to && to <= 65_535) return [from, to];
  throw new UserError(`"${text}" is not a port from 1 to 65535, nor a range such as 7000-7010`);
}

function parseConnections(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw new UserError(`--max-connections ${text}: give a whole number from 1 to 999999999`);
}

function parseMaxRate(text: string): number {
  let rate: number;
  try {
    rate = parseRate(text);
  } catch (error) {
    if (!(error instanceof UnitError)) throw error;
    throw new UserError(`--max-rate ${error.message}`);
  }
  if (rate > 0) return rate;
  throw new UserError(`--max-rate ${text}: give more than 0, such as 20000/s`);
}
