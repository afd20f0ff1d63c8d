import { createRandom, type Random } from "../../base/random.ts";

/**
 * Decides which requests get no reply: each on its own with the same chance, and the same ones again
 * for the same seed.
 */
export class Loss {
  readonly #ratio: number;
  readonly #random: Random;

  /**
   * @param share 0 to 1
   * @param seed  integer, 0 to 2^53 - 1
   */
  constructor(ratio: number, seed: number) {
    this.#ratio = ratio;
    this.#random = createRandom(seed);
  }

  /** @returns whether the next request is lost; one comparison where nothing is */
  next(): boolean {
    return this.#ratio > 0 && this.#random.float() < this.#ratio;
  }
}
