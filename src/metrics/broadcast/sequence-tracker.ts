/** What `track` returns for a message. */
export const arrival = { inOrder: 0, duplicate: 1, reordered: 2 } as const;
export type Arrival = 0 | 1 | 2;

/** How many sequence numbers back a flow remembers which ones it has seen. */
export const rememberedSequences = 1024;
const wordsPerFlow = rememberedSequences / 32;

export interface SequenceTracker {
  /**
   * Records and classifies a message.
   *
   * @param flow     integer >= 0, chosen by the caller; small numbers save memory
   * @param sequence integer, 0 <= sequence < 2^53, counted up by the sender from 0
   * @cost           some ns, no allocation unless the flow is higher than any before
   */
  track(flow: number, sequence: number): Arrival;
}

/**
 * Distinguishes new messages from duplicated and reordered ones, per flow.
 *
 * Reordered is a new message with a sequence number below the highest seen (type-P-reordered of RFC
 * 4737); duplicate is one that was seen before (RFC 5560 counts copies after the first). A flow
 * remembers its last 1024 numbers, 136 bytes: one that lies further back counts as reordered, though
 * it might be a copy. A gap is not counted: lost is what was sent less what arrived.
 *
 * @param flows initial capacity; the tracker grows by itself
 */
export function createSequenceTracker(flows: number): SequenceTracker {
  /** Highest sequence number seen, -1 for none, per flow. */
  let highest = new Float64Array(Math.max(1, flows)).fill(-1);
  /** Ring of bits per flow: bit (sequence mod 1024) is set where sequence was seen. */
  let seen = new Uint32Array(highest.length * wordsPerFlow);

  function grow(flow: number): void {
    const size = Math.max(flow + 1, highest.length * 2);
    const moreHighest = new Float64Array(size).fill(-1);
    moreHighest.set(highest);
    highest = moreHighest;
    const moreSeen = new Uint32Array(size * wordsPerFlow);
    moreSeen.set(seen);
    seen = moreSeen;
  }

  /** Clears the bits of the numbers after `from` up to `to`, which older numbers had used. */
  function forget(base: number, from: number, to: number): void {
    if (to - from >= rememberedSequences) seen.fill(0, base, base + wordsPerFlow);
    else for (let sequence = from + 1; sequence <= to; sequence++) mark(base, sequence, false);
  }

  function mark(base: number, sequence: number, value: boolean): void {
    const bit = sequence % rememberedSequences;
    const word = base + (bit >>> 5);
    const mask = 1 << (bit & 31);
    seen[word] = value ? (seen[word] as number) | mask : (seen[word] as number) & ~mask;
  }

  return {
    track(flow, sequence) {
      if (flow >= highest.length) grow(flow);
      const base = flow * wordsPerFlow;
      const top = highest[flow] as number;
      if (sequence > top) {
        forget(base, top, sequence);
        mark(base, sequence, true);
        highest[flow] = sequence;
        return arrival.inOrder;
      }
      if (top - sequence >= rememberedSequences) return arrival.reordered;
      const bit = sequence % rememberedSequences;
      const known = ((seen[base + (bit >>> 5)] as number) >>> (bit & 31)) & 1;
      if (known === 1) return arrival.duplicate;
      mark(base, sequence, true);
      return arrival.reordered;
    },
  };
}
