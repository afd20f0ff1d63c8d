import { createRandom, type Random } from "../../base/random.ts";
import type { MessageKey } from "../message.ts";

/**
 * Random numbers of one message after the other: each message has a stream of its own, which follows from the seed, the
 * connection and the sequence, whatever was drawn for others before.
 */
export class Draws {
  readonly #random: Random;
  readonly #seed: number;
  /** Whether anything is drawn. */
  isUsed = false;

  /** @param seed integer, 0 to 2^53 - 1 */
  constructor(seed: number) {
    this.#seed = seed;
    this.#random = createRandom(seed);
  }

  /** Starts the message's stream. @cost 30 ns */
  begin(key: MessageKey): void {
    const random = this.#random;
    random.restart(this.#seed, key.connection);
    // 53 bits, so that of a million connections hardly two have the same stream.
    random.restart(random.float() * 2 ** 53, key.sequence);
  }

  /** Integer, 0 to 2^32 - 1. */
  uint32(): number {
    return this.#random.uint32();
  }

  /** Integer, 0 to `count - 1`. @param count 1 to 2^53 */
  below(count: number): number {
    return Math.floor(this.#random.float() * count);
  }
}
