import { createRandom, type Random } from "../schedule/random.ts";

const seed = 1;

/**
 * Decides which requests get no reply: each on its own with the same chance, from a fixed seed, so
 * that a server asked the same loses the same.
 */
export class Loss {
  readonly #share: number;
  readonly #random: Random = createRandom(seed);

  /** @param share 0 to 1 */
  constructor(share: number) {
    this.#share = share;
  }

  /** @returns whether the next request is lost; one comparison where nothing is */
  next(): boolean {
    return this.#share > 0 && this.#random.float() < this.#share;
  }
}
