import { sqeWords } from "../../../src/io/uring/kernel/abi.ts";
import type { Completions, Ring } from "../../../src/io/uring/ring.ts";
import { operation, operationMask } from "../../../src/io/uring/user-data.ts";

/** Entries of the only ring of a transport. */
export const ringEntries = 4096;

/** Takes queued sends back and says that they failed, as the kernel would. */
export function failQueued(ring: Ring, transport: Completions, result: number): number {
  const failed: number[] = [];
  for (let entry = 0; entry < ringEntries * sqeWords; entry += sqeWords) {
    const tag = ring.wordOf(entry, 9);
    if ((tag & operationMask) === operation.stagedSend) failed.push(entry);
  }
  for (const entry of failed) transport.sendFailed(ring, 0, entry, result);
  for (const entry of failed) {
    const tag = ring.wordOf(entry, 9);
    // In its place the kernel finds nothing to do.
    for (let word = 0; word < sqeWords; word++) ring.amend(entry, word, 0);
    transport.completed(ring, 0, tag, result, 0);
  }
  return failed.length;
}
