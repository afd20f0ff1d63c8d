/** Sizes of rings, separate from `ring.ts` so that the planner can use them without koffi. */
import { bufferEntryBytes, cqeWords, sqeWords } from "./kernel/abi.ts";

export interface RingSize {
  /** Entries of the submission ring; a power of two. */
  readonly entries: number;
  /** Provided buffers, a power of two. */
  readonly buffers: number;
}

/** With several rings each is smaller, as there may be many. */
export const ringSizes = {
  only: { entries: 4096, buffers: 512 },
  ofMany: { entries: 1024, buffers: 128 },
} as const;

export const cqEntriesPerEntry = 4;

/** Upper limit of what precedes the completions in the rings' memory, on every architecture. */
const mostRingHeadBytes = 4096;

/**
 * Direct descriptors that a ring must have free for multishot accepts: for all connections in a listener's
 * queue (4,096 at Linux' default) and those that arrive until the accept is cancelled. The kernel closes what
 * it accepts without a free descriptor.
 */
export const multishotRoom = 6144;

export function completionBytes({ entries }: RingSize): number {
  return mostRingHeadBytes + entries * cqEntriesPerEntry * cqeWords * 4;
}

export function entryBytes({ entries }: RingSize): number {
  return entries * sqeWords * 4;
}

/**
 * Memory of one ring that the kernel counts as locked (RLIMIT_MEMLOCK) from Linux 6.14 on, for users
 * without CAP_IPC_LOCK, all processes of a user together: both queues, and the list of provided buffers.
 */
export function lockedBytes(size: RingSize, pageBytes: number): number {
  const parts = [entryBytes(size), completionBytes(size), size.buffers * bufferEntryBytes];
  return parts.reduce((sum, bytes) => sum + Math.ceil(bytes / pageBytes), 0) * pageBytes;
}

/** Rings of a client's transport with all its slots. @param files direct descriptors that one may have */
export function clientRings(slots: number, files: number): number {
  return Math.ceil(slots / files);
}

/**
 * Rings of a server's transport at this many connections: each keeps room for a burst until none has
 * more.
 */
export function serverRings(slots: number, files: number, connections: number): number {
  const filled = files > multishotRoom ? files - multishotRoom : files;
  return Math.min(Math.ceil(slots / files), Math.floor(connections / filled) + 1);
}
