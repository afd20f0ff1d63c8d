import { createRandom, mix, type Random } from "../../base/random.ts";
import type { MessageKey } from "../message.ts";

/**
 * Random numbers of one message after the other: each message has a stream of its own, which follows from the seed, the
 * connection and the sequence, whatever was drawn for others before.
 */
export class Draws {
  readonly #random: Random;
  readonly #low: number;
  readonly #high: number;
  /** Whether anything is drawn. */
  isUsed = false;

  /** @param seed integer, 0 to 2^53 - 1 */
  constructor(seed: number) {
    this.#low = mix(seed);
    this.#high = mix(Math.floor(seed / 2 ** 32) + this.#low);
    this.#random = createRandom(seed);
  }

  /** Starts the message's stream. @cost 20 ns */
  begin({ connection, sequence }: MessageKey): void {
    // 53 bits, so that of a million connections hardly two have the same stream.
    const high = mix(connection + this.#low);
    const low = mix(Math.floor(connection / 2 ** 32) + high + this.#high);
    this.#random.restart((low >>> 11) * 2 ** 32 + high, sequence);
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
