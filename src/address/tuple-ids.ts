import type { Flow } from "./flow.ts";
import type { FlowSpaceSpec } from "./flow-space.ts";
import { type Family, type Ip, parseIp } from "./ip.ts";

/** Of a 4-tuple that is not of the workload. */
export const foreignTuple = -1;

/** Ports of one address. */
const ports = 65_536;

/**
 * Says of any 4-tuple whether its addresses and ports are of a workload's flow space, and numbers those that are.
 *
 * The number is not the k of the flow space: it also tells the ports apart to which a connection moves that is opened
 * again. Two 4-tuples have the same number only where sources x destinations exceed 2^37.
 */
export class TupleIds {
  readonly family: Family;
  /** An address of theirs, and how many of its first bits all of them have. */
  readonly sources: Prefix;
  readonly destinations: Prefix;
  /** That all destinations have; null: they have several. */
  readonly destinationPort: number | null;
  readonly #firsts: readonly bigint[];
  readonly #lasts: readonly bigint[];
  /** How many sources come before each range. */
  readonly #before: readonly number[];
  readonly #ports: Uint8Array;
  readonly #destinations: ReadonlyMap<bigint, ReadonlyMap<number, number>>;
  readonly #ofDestinations: number;

  constructor({ sources, ports: sourcePorts, destinations }: FlowSpaceSpec) {
    const parsed = sources.map(([from, to]) => [parseIp(from), parseIp(to)] as const);
    const [first, last] = [parsed[0]?.[0] as Ip, parsed.at(-1)?.[1] as Ip];
    this.family = first.family;
    this.#firsts = parsed.map(([from]) => from.value);
    this.#lasts = parsed.map(([, to]) => to.value);
    let before = 0;
    this.#before = parsed.map(([from, to]) => {
      const own = before;
      before += Number(to.value - from.value) + 1;
      return own;
    });
    this.#ports = new Uint8Array(ports);
    for (const [from, to] of sourcePorts) this.#ports.fill(1, from, to + 1);
    const found = new Map<bigint, Map<number, number>>();
    for (const [index, { address, port }] of destinations.entries()) {
      const { value } = parseIp(address);
      const byPort = found.get(value) ?? new Map<number, number>();
      found.set(value, byPort.set(port, index));
    }
    this.#destinations = found;
    this.#ofDestinations = destinations.length;
    const values = [...found.keys()].sort((a, b) => (a < b ? -1 : 1));
    this.sources = commonPrefix(first.value, last.value, this.family);
    this.destinations = commonPrefix(values[0] ?? 0n, values.at(-1) ?? 0n, this.family);
    const portsUsed = new Set(destinations.map(({ port }) => port));
    this.destinationPort = portsUsed.size === 1 ? (destinations[0]?.port ?? null) : null;
  }

  /**
   * @param source, destination addresses as numbers, of the family
   * @returns an integer >= 0, or `foreignTuple`
   */
  of(source: bigint, sourcePort: number, destination: bigint, destinationPort: number): number {
    if (this.#ports[sourcePort] !== 1) return foreignTuple;
    const index = this.#destinations.get(destination)?.get(destinationPort);
    if (index === undefined) return foreignTuple;
    const range = this.#firsts.findLastIndex((first) => first <= source);
    if (range < 0 || source > (this.#lasts[range] as bigint)) return foreignTuple;
    const place =
      (this.#before[range] as number) + Number(source - (this.#firsts[range] as bigint));
    return (place * ports + sourcePort) * this.#ofDestinations + index;
  }

  ofFlow({ sourceAddress, sourcePort, destinationAddress, destinationPort }: Flow): number {
    return this.of(
      parseIp(sourceAddress).value,
      sourcePort,
      parseIp(destinationAddress).value,
      destinationPort,
    );
  }
}

interface Prefix {
  readonly value: bigint;
  readonly bits: number;
}

/** Of two addresses, and of all between them. */
function commonPrefix(first: bigint, last: bigint, family: Family): Prefix {
  const all = family === 4 ? 32 : 128;
  let bits = all;
  while (bits > 0 && first >> BigInt(all - bits) !== last >> BigInt(all - bits)) bits--;
  return { value: first, bits };
}
