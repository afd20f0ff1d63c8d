import { createRandom } from "../base/random.ts";
import type { SizeSpec } from "./spec.ts";

/** The length of each message of a workload. */
export interface Sizes {
  readonly leastBytes: number;
  readonly mostBytes: number;
  /**
   * Returns the length in bytes of one message: the same at both ends, in any order of calls.
   *
   * @param connection number of the connection in its workload, integer >= 0
   * @param sequence   number of the message on it, integer >= 0
   * @cost             some 40 ns, no allocation
   */
  at(connection: number, sequence: number): number;
}

/** Creates lengths that depend only on the seed, the connection and the sequence. */
export function createSizes(spec: SizeSpec, seed: number): Sizes {
  const random = createRandom(seed);
  const { leastBytes, mostBytes } = boundsOf(spec);
  return {
    leastBytes,
    mostBytes,
    at(connection, sequence) {
      random.restart(seed, connection);
      random.restart(random.uint32(), sequence);
      return drawn(spec, random.float());
    },
  };
}

/** Returns the shortest and longest length. */
export function boundsOf(spec: SizeSpec): { leastBytes: number; mostBytes: number } {
  switch (spec.kind) {
    case "uniform":
      return { leastBytes: spec.fromBytes, mostBytes: spec.toBytes };
    case "exponential":
      return { leastBytes: 1, mostBytes: spec.mostBytes };
    case "choices":
      return { leastBytes: Math.min(...spec.bytes), mostBytes: Math.max(...spec.bytes) };
  }
}

/** @param chance in [0, 1) */
function drawn(spec: SizeSpec, chance: number): number {
  switch (spec.kind) {
    case "uniform":
      return spec.fromBytes + Math.floor(chance * (spec.toBytes - spec.fromBytes + 1));
    case "exponential":
      return Math.min(spec.mostBytes, Math.ceil(-Math.log(1 - chance) * spec.meanBytes) || 1);
    case "choices":
      return spec.bytes[Math.floor(chance * spec.bytes.length)] as number;
  }
}
