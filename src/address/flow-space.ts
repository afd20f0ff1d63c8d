import type { Endpoint, Flow } from "./flow.ts";

/**
 * The set of 4-tuples of one workload, as plain data. Tuple k is, by `order`:
 *
 * - "spread":  consecutive k go to consecutive sources; a port is used on all sources before the next
 * - "packed":  `connectionsPerSource` consecutive k share a source
 */
export interface FlowSpaceSpec {
  /** Disjoint inclusive address ranges in canonical text, ascending. */
  readonly sources: readonly (readonly [string, string])[];
  /** Disjoint inclusive port ranges, ascending. */
  readonly ports: readonly (readonly [number, number])[];
  readonly destinations: readonly Endpoint[];
  readonly connectionsPerSource: number | null;
}

/** k -> 4-tuple, a bijection from [0, size) onto the space. Pure and stable. */
export interface FlowSpace {
  readonly size: number;
  /**
   * Fills `flow` with tuple k.
   *
   * @param k integer, 0 <= k < size
   * @cost  O(log of the number of ranges); the texts of the addresses
   */
  at(k: number, flow: Flow): void;
}
