import { assert } from "../base/assert.ts";
import type { Endpoint, Flow } from "./flow.ts";
import { createSourceTable, type SourceTable } from "./source-table.ts";

/**
 * The set of 4-tuples of one workload, as plain data. Tuple k is, by `connectionsPerSource`:
 *
 * - null ("spread"):  consecutive k go to consecutive sources; a port is used on all sources before
 *   the next, and every (source, port) pair once before any meets a second destination
 * - c ("packed"):     c consecutive k share a source
 *
 * Either way destinations alternate: among the first n tuples their counts differ by at most 1.
 */
export interface FlowSpaceSpec {
  /** Disjoint inclusive address ranges in canonical text, ascending, of one family. */
  readonly sources: readonly (readonly [string, string])[];
  /** Disjoint inclusive port ranges, ascending. */
  readonly ports: readonly (readonly [number, number])[];
  /** Distinct. */
  readonly destinations: readonly Endpoint[];
  readonly connectionsPerSource: number | null;
  /**
   * Present where the clients are on several hosts: the tuples of the first host come first, and so on. What is above is
   * of all of them together, then, and does not say which tuple is which.
   */
  readonly parts?: readonly FlowSpacePart[];
}

/** The tuples of one host: the first `tuples` of a space of its own, numbered from `first` in the whole. */
export interface FlowSpacePart {
  readonly first: number;
  readonly tuples: number;
  readonly spec: FlowSpaceSpec;
}

/** k -> 4-tuple, a bijection from [first, size) onto the space. Pure and stable. */
export interface FlowSpace {
  readonly spec: FlowSpaceSpec;
  /** The lowest k, 0 but for the space of one host among several. */
  readonly first: number;
  /** Above the highest k. */
  readonly size: number;
  /**
   * Fills `flow` with tuple k.
   *
   * @param k integer, first <= k < size
   * @cost  O(log of the number of ranges); an address is formatted when it first occurs
   */
  at(k: number, flow: Flow): void;
}

/**
 * Creates the space of a spec: sources x ports x destinations, or with `connectionsPerSource` that many
 * tuples of each source (fewer where it has fewer).
 *
 * @throws asserts that neither sources nor ports nor destinations are empty
 * @cost   up to 128 KiB for the ports and, as they occur, up to 65,536 formatted addresses
 */
export function createFlowSpace(spec: FlowSpaceSpec): FlowSpace {
  return spec.parts === undefined
    ? createUndivided(spec)
    : new DividedSpace(
        spec,
        spec.parts.map((part) => createPartSpace(part)),
      );
}

/** Creates the space of one host, of which only tuples `first` to `first + tuples - 1` exist. */
export function createPartSpace({ first, tuples, spec }: FlowSpacePart): FlowSpace {
  const own = createUndivided(spec);
  return {
    spec,
    first,
    size: first + tuples,
    at(k, flow) {
      if (!(k >= first && k < first + tuples)) outside(k, first + tuples);
      own.at(k - first, flow);
    },
  };
}

function createUndivided(spec: FlowSpaceSpec): FlowSpace {
  const ports = portTable(spec.ports);
  const { destinations, connectionsPerSource } = spec;
  assert(ports.length > 0 && destinations.length > 0, "a flow space has ports and destinations");
  const tuplesPerSource = ports.length * destinations.length;
  // Indexes stay exact integers, whatever an IPv6 prefix holds.
  const sources = createSourceTable(
    spec.sources,
    Math.floor(Number.MAX_SAFE_INTEGER / (2 * tuplesPerSource)),
  );
  return connectionsPerSource === null
    ? new SpreadSpace(spec, sources, ports, destinations)
    : new PackedSpace(
        spec,
        sources,
        ports,
        destinations,
        Math.min(connectionsPerSource, tuplesPerSource),
      );
}

/**
 * Tuple k has destination k mod D and pair p = (k + floor(k / L)) mod pairs, which is port
 * floor(p / sources) of source p mod sources; L is the least common multiple of pairs and D.
 *
 * Why that is a bijection: within one block of L tuples (k mod pairs, k mod D) never repeats, but a
 * pair only meets the destinations congruent to it modulo g, the greatest common divisor of the
 * two. There are g blocks, and floor(k / L) shifts each to the next class.
 */
class SpreadSpace implements FlowSpace {
  readonly spec: FlowSpaceSpec;
  readonly first = 0;
  readonly size: number;
  private readonly sources: SourceTable;
  private readonly ports: Uint16Array;
  private readonly destinations: readonly Endpoint[];
  private readonly pairs: number;
  private readonly cycle: number;

  constructor(
    spec: FlowSpaceSpec,
    sources: SourceTable,
    ports: Uint16Array,
    destinations: readonly Endpoint[],
  ) {
    this.spec = spec;
    this.sources = sources;
    this.ports = ports;
    this.destinations = destinations;
    this.pairs = sources.size * ports.length;
    this.cycle = leastCommonMultiple(this.pairs, destinations.length);
    this.size = this.pairs * destinations.length;
  }

  at(k: number, flow: Flow): void {
    if (!(k >= 0 && k < this.size)) outside(k, this.size);
    const pair = (k + Math.floor(k / this.cycle)) % this.pairs;
    const sources = this.sources.size;
    const destination = this.destinations[k % this.destinations.length] as Endpoint;
    flow.sourceAddress = this.sources.text(pair % sources);
    flow.sourcePort = this.ports[Math.floor(pair / sources)] as number;
    flow.destinationAddress = destination.address;
    flow.destinationPort = destination.port;
  }
}

/**
 * Tuple k is the j-th of source floor(k / perSource), j = k mod perSource, and has destination
 * k mod D. Its port follows from j as the pair of SpreadSpace follows from k.
 */
class PackedSpace implements FlowSpace {
  readonly spec: FlowSpaceSpec;
  readonly first = 0;
  readonly size: number;
  private readonly sources: SourceTable;
  private readonly ports: Uint16Array;
  private readonly destinations: readonly Endpoint[];
  private readonly perSource: number;
  private readonly cycle: number;

  constructor(
    spec: FlowSpaceSpec,
    sources: SourceTable,
    ports: Uint16Array,
    destinations: readonly Endpoint[],
    perSource: number,
  ) {
    this.spec = spec;
    this.sources = sources;
    this.ports = ports;
    this.destinations = destinations;
    this.perSource = perSource;
    this.cycle = leastCommonMultiple(ports.length, destinations.length);
    this.size = sources.size * perSource;
  }

  at(k: number, flow: Flow): void {
    if (!(k >= 0 && k < this.size)) outside(k, this.size);
    const source = Math.floor(k / this.perSource);
    const j = k - source * this.perSource;
    const port = (j + Math.floor(j / this.cycle)) % this.ports.length;
    const destination = this.destinations[k % this.destinations.length] as Endpoint;
    flow.sourceAddress = this.sources.text(source);
    flow.sourcePort = this.ports[port] as number;
    flow.destinationAddress = destination.address;
    flow.destinationPort = destination.port;
  }
}

/** The spaces of several hosts, one after the other. */
class DividedSpace implements FlowSpace {
  readonly spec: FlowSpaceSpec;
  readonly first = 0;
  readonly size: number;
  readonly #parts: readonly FlowSpace[];

  constructor(spec: FlowSpaceSpec, parts: readonly FlowSpace[]) {
    this.spec = spec;
    this.size = parts.at(-1)?.size ?? 0;
    this.#parts = parts;
  }

  at(k: number, flow: Flow): void {
    const part = this.#parts.find(({ size }) => k < size);
    if (part === undefined) outside(k, this.size);
    part.at(k, flow);
  }
}

function outside(k: number, size: number): never {
  throw new Error(`assertion failed: tuple ${k} lies in 0 to ${size - 1}`);
}

/** Returns every port of the ranges, ascending: at 2 bytes each, a look-up needs no search. */
function portTable(ranges: FlowSpaceSpec["ports"]): Uint16Array {
  const table = new Uint16Array(ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0));
  let at = 0;
  for (const [from, to] of ranges) {
    for (let port = from; port <= to; port++) table[at++] = port;
  }
  return table;
}

function leastCommonMultiple(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller !== 0) [larger, smaller] = [smaller, larger % smaller];
  return (a / larger) * b;
}
