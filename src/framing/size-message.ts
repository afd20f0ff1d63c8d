import { UserError } from "../base/errors.ts";
import { createConstantMessage } from "./constant-message.ts";
import type { MessageWriter } from "./message.ts";
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
  if (workload > 255) {
    throw new UserError("messages given by size are for the first 256 workloads; use text or hex");
  }
  return {
    constant: null,
    maxBytes: bytes,
    fixedBytes: bytes,
    stamped: true,
    write(into, at, sequence, connection) {
      into.set(filling, at);
      writeStamp(into, at, workload, connection, sequence);
      return bytes;
    },
  };
}

/** Letters by a linear congruential generator (Numerical Recipes' constants), its best six bits. */
function letterNoise(bytes: number, seed: number): Uint8Array {
  const noise = Buffer.alloc(bytes);
  let state = seed >>> 0;
  for (let at = 0; at < bytes; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    noise[at] = letters[state >>> 26] as number;
  }
  return noise;
}
