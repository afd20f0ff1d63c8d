import { UserError } from "../base/errors.ts";
import { createConstantMessage, type MessageWriter, usesNothing } from "./message.ts";
import { createSizes } from "./sizes.ts";
import type { SizeSpec } from "./spec.ts";
import { stampBytes, writeStamp } from "./stamp.ts";

/** What the stamps of a workload have in common, and what their filling follows from. */
export interface StampedBy {
  /** Index in the plan. */
  readonly workload: number;
  readonly seed: number;
  /** Of the run. */
  readonly tag: number;
}

const letters = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/**
 * Creates messages of a given length: a stamp where there is room (see stamp.ts), then letters that
 * follow from the seed. They have no pattern, so that compression cannot flatter the target, and no
 * line ends.
 *
 * @param bytes integer >= 0; from 16 up messages are stamped
 * @throws      UserError for a workload that the stamp cannot hold
 */
export function createSizeMessage(bytes: number, run: StampedBy): MessageWriter {
  const { workload, seed, tag } = run;
  const filling = letterNoise(bytes, seed);
  if (bytes < stampBytes) return createConstantMessage(filling);
  checkWorkload(workload);
  return {
    constant: null,
    maxBytes: bytes,
    fixedBytes: bytes,
    stamped: true,
    partlyStamped: false,
    isDistinct: true,
    uses: usesNothing,
    bytesOf: null,
    write(into, at, { sequence, connection }) {
      into.set(filling, at);
      writeStamp(into, at, workload, connection, sequence, tag);
      return bytes;
    },
    rewrite(into, at, { sequence, connection }) {
      writeStamp(into, at, workload, connection, sequence, tag);
      return bytes;
    },
  };
}

/**
 * As `createSizeMessage`, with varying lengths: messages with room for a stamp have one.
 *
 * @throws UserError for a workload that the stamp cannot hold
 */
export function createSizesMessage(spec: SizeSpec, run: StampedBy): MessageWriter {
  const { workload, seed, tag } = run;
  const sizes = createSizes(spec, seed);
  const filling = letterNoise(sizes.mostBytes, seed);
  checkWorkload(workload);
  return {
    constant: null,
    maxBytes: sizes.mostBytes,
    fixedBytes: null,
    stamped: sizes.leastBytes >= stampBytes,
    partlyStamped: sizes.leastBytes < stampBytes && sizes.mostBytes >= stampBytes,
    isDistinct: sizes.leastBytes >= stampBytes,
    uses: usesNothing,
    bytesOf: sizes.at,
    write(into, at, { sequence, connection }) {
      const bytes = sizes.at(connection, sequence);
      filling.copy(into, at, 0, bytes);
      if (bytes >= stampBytes) writeStamp(into, at, workload, connection, sequence, tag);
      return bytes;
    },
    rewrite: null,
  };
}

function checkWorkload(workload: number): void {
  if (workload <= 255) return;
  throw new UserError(
    "only the first 256 workloads can have messages given by size, as their stamp has one byte for " +
      "the workload; use text or hex for the others",
  );
}

/** Returns letters from the best six bits of a linear congruential generator (constants of Numerical Recipes). */
function letterNoise(bytes: number, seed: number): Buffer {
  const noise = Buffer.alloc(bytes);
  let state = seed >>> 0;
  for (let at = 0; at < bytes; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    noise[at] = letters[state >>> 26] as number;
  }
  return noise;
}
