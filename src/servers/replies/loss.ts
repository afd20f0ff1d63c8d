import { createRandom, type Random } from "../../base/random.ts";

/**
 * Decides which requests get no reply: each independently with the same probability, and the same ones
 * again for the same seed.
 */
export class Loss {
  readonly #ratio: number;
  readonly #random: Random;

  /**
   * @param ratio 0 to 1
   * @param seed  integer, 0 to 2^53 - 1
   */
  constructor(ratio: number, seed: number) {
    this.#ratio = ratio;
    this.#random = createRandom(seed);
  }

  /** @returns whether the next request is lost; costs one comparison when the ratio is 0 */
  next(): boolean {
    return this.#ratio > 0 && this.#random.float() < this.#ratio;
  }
}
