import { UserError } from "../base/errors.ts";
import { createConstantMessage, type MessageWriter } from "./message.ts";
import { createSizes } from "./sizes.ts";
import type { SizeSpec } from "./spec.ts";
import { stampBytes, writeStamp } from "./stamp.ts";

const letters = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

/**
 * Messages of a given length: a stamp where it has room (see stamp.ts), then letters that follow
 * from the seed. They are without pattern, so that no compression on the way flatters the target,
 * and without line ends.
 *
 * @param bytes    integer >= 0; from 16 up messages are stamped
 * @param workload index in the plan, for the stamp
 * @throws         UserError for a workload that the stamp cannot hold
 */
export function createSizeMessage(bytes: number, workload: number, seed: number): MessageWriter {
  const filling = letterNoise(bytes, seed);
  if (bytes < stampBytes) return createConstantMessage(filling);
  checkWorkload(workload);
  return {
    constant: null,
    maxBytes: bytes,
    fixedBytes: bytes,
    stamped: true,
    partlyStamped: false,
    bytesOf: null,
    write(into, at, sequence, connection) {
      into.set(filling, at);
      writeStamp(into, at, workload, connection, sequence);
      return bytes;
    },
  };
}

/**
 * As `createSizeMessage`, of lengths that vary: those with room for a stamp have one.
 *
 * @throws UserError for a workload that the stamp cannot hold
 */
export function createSizesMessage(spec: SizeSpec, workload: number, seed: number): MessageWriter {
  const sizes = createSizes(spec, seed);
  const filling = letterNoise(sizes.mostBytes, seed);
  checkWorkload(workload);
  return {
    constant: null,
    maxBytes: sizes.mostBytes,
    fixedBytes: null,
    stamped: sizes.leastBytes >= stampBytes,
    partlyStamped: sizes.leastBytes < stampBytes && sizes.mostBytes >= stampBytes,
    bytesOf: sizes.at,
    write(into, at, sequence, connection) {
      const bytes = sizes.at(connection, sequence);
      filling.copy(into, at, 0, bytes);
      if (bytes >= stampBytes) writeStamp(into, at, workload, connection, sequence);
      return bytes;
    },
  };
}

function checkWorkload(workload: number): void {
  if (workload <= 255) return;
  throw new UserError("messages given by size are for the first 256 workloads; use text or hex");
}

/** Letters by a linear congruential generator (Numerical Recipes' constants), its best six bits. */
function letterNoise(bytes: number, seed: number): Buffer {
  const noise = Buffer.alloc(bytes);
  let state = seed >>> 0;
  for (let at = 0; at < bytes; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    noise[at] = letters[state >>> 26] as number;
  }
  return noise;
}
