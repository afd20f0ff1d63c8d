import { UserError } from "../base/errors.ts";
import {
  createConstantMessage,
  type MessageKey,
  type MessageWriter,
  usesNothing,
} from "./message.ts";
import { timedStampBytes, writeSendTime } from "./send-time.ts";
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
  /** Whether stamps say when their message was sent, where there is room (send-time.ts); left out: they do not. */
  readonly timed?: boolean;
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
  const { workload, seed } = run;
  const filling = letterNoise(bytes, seed);
  if (bytes < stampBytes) return createConstantMessage(filling);
  checkWorkload(workload);
  const { stamp, uses } = stampingOf(run, bytes);
  return {
    constant: null,
    maxBytes: bytes,
    fixedBytes: bytes,
    stamped: true,
    partlyStamped: false,
    isDistinct: true,
    uses,
    bytesOf: null,
    write(into, at, key) {
      into.set(filling, at);
      stamp(into, at, key);
      return bytes;
    },
    rewrite(into, at, key) {
      stamp(into, at, key);
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
  const { workload, seed } = run;
  const sizes = createSizes(spec, seed);
  const filling = letterNoise(sizes.mostBytes, seed);
  checkWorkload(workload);
  const { stamp, uses } = stampingOf(run, sizes.leastBytes);
  return {
    constant: null,
    maxBytes: sizes.mostBytes,
    fixedBytes: null,
    stamped: sizes.leastBytes >= stampBytes,
    partlyStamped: sizes.leastBytes < stampBytes && sizes.mostBytes >= stampBytes,
    isDistinct: sizes.leastBytes >= stampBytes,
    uses,
    bytesOf: sizes.at,
    write(into, at, key) {
      const bytes = sizes.at(key.connection, key.sequence);
      filling.copy(into, at, 0, bytes);
      if (bytes >= stampBytes) stamp(into, at, key);
      return bytes;
    },
    rewrite: null,
  };
}

/** How messages of at least so many bytes are stamped, and what of their key that takes. */
function stampingOf({ workload, tag, timed = false }: StampedBy, leastBytes: number) {
  const isTimed = timed && leastBytes >= timedStampBytes;
  const stamp = isTimed
    ? (into: Uint8Array, at: number, key: MessageKey) => {
        writeStamp(into, at, workload, key.connection, key.sequence, tag);
        writeSendTime(into, at, key.intendedNs, key.sentNs, key.phase);
      }
    : (into: Uint8Array, at: number, key: MessageKey) => {
        writeStamp(into, at, workload, key.connection, key.sequence, tag);
      };
  return { stamp, uses: isTimed ? { ...usesNothing, times: true } : usesNothing };
}

/** @throws UserError for a workload that no stamp can hold */
export function checkWorkload(workload: number): void {
  if (workload <= 255) return;
  throw new UserError(
    "only the first 256 workloads can have messages with a stamp, given by size or by {{stamp}}, as it has one byte for " +
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
