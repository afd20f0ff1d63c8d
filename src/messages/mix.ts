import { createRandom, mix as mixBits } from "../base/random.ts";
import type { MessageKey, MessageWriter } from "./message.ts";
import type { MixSpec } from "./spec.ts";

/** Bytes of all orders together: as many orders as fit, for a mix whose weights are small. */
const orderBytes = 65_536;
const mostOrders = 64;

/**
 * Which of several messages each message of a workload is. It follows from the seed, the connection and the sequence: each
 * connection sends its messages in blocks as long as the sum of the weights, and in each block every message as often as
 * its weight says, in an order by chance. So a whole block is exact, and so is any connection but for its last block;
 * where connections end within their first one, the weights are those of many connections together.
 */
export class MixChoice {
  readonly #blockLength: number;
  readonly #orders: Uint8Array;
  readonly #orderCount: number;
  readonly #low: number;
  readonly #high: number;

  /**
   * @param weights integers >= 1, of at most 256 messages; what divides all of them makes no difference
   * @param seed    integer, 0 to 2^53 - 1
   */
  constructor(weights: readonly number[], seed: number) {
    const divisor = weights.reduce(commonDivisor);
    const block = weights.flatMap((weight, index) =>
      new Array<number>(weight / divisor).fill(index),
    );
    const { length } = block;
    this.#blockLength = length;
    this.#orderCount = Math.max(1, Math.min(mostOrders, Math.floor(orderBytes / length)));
    this.#orders = new Uint8Array(this.#orderCount * length);
    for (let order = 0; order < this.#orderCount; order++) {
      this.#orders.set(shuffled(block, seed, order), order * length);
    }
    this.#low = mixBits(seed);
    this.#high = mixBits(Math.floor(seed / 2 ** 32) + this.#low);
  }

  /** Index of the message that a connection's message is. @cost some 10 ns, no allocation */
  of(connection: number, sequence: number): number {
    const length = this.#blockLength;
    const block = Math.floor(sequence / length);
    const ofConnection = mixBits(connection + this.#low) + Math.floor(connection / 2 ** 32);
    const chance = mixBits(ofConnection + mixBits(block + this.#high));
    const order = mixBits(chance) % this.#orderCount;
    const turned = Math.floor((chance / 2 ** 32) * length) + sequence - block * length;
    const place = turned < length ? turned : turned - length;
    return this.#orders[order * length + place] as number;
  }
}

/** The choice of a mix. @param seed of the workload */
export function choiceOf({ messages }: MixSpec, seed: number): MixChoice {
  return new MixChoice(
    messages.map(({ weight }) => weight),
    seed,
  );
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** Fisher and Yates's shuffle. */
function shuffled(block: readonly number[], seed: number, order: number): Uint8Array {
  const random = createRandom(seed, order);
  const places = Uint8Array.from(block);
  for (let last = places.length - 1; last > 0; last--) {
    const other = Math.floor(random.float() * (last + 1));
    const moved = places[last] as number;
    places[last] = places[other] as number;
    places[other] = moved;
  }
  return places;
}

/** Writes the messages of a mix, each by the writer of the one that it is. */
export function createMixMessage(
  writers: readonly MessageWriter[],
  choice: MixChoice,
): MessageWriter {
  const [first] = writers as [MessageWriter];
  const every = (is: (writer: MessageWriter) => boolean) => writers.every(is);
  const some = (is: (writer: MessageWriter) => boolean) => writers.some(is);
  const of = ({ connection, sequence }: MessageKey) =>
    writers[choice.of(connection, sequence)] as MessageWriter;
  const stamped = every((writer) => writer.stamped);
  return {
    constant: null,
    maxBytes: Math.max(...writers.map(({ maxBytes }) => maxBytes)),
    fixedBytes: every(({ fixedBytes }) => fixedBytes === first.fixedBytes)
      ? first.fixedBytes
      : null,
    stamped,
    partlyStamped: !stamped && some((writer) => writer.stamped || writer.partlyStamped),
    // Two of different texts may be the same by chance; stamps have the sequence at the same place.
    isDistinct: stamped,
    uses: {
      number: some(({ uses }) => uses.number),
      sentNs: some(({ uses }) => uses.sentNs),
      source: some(({ uses }) => uses.source),
      times: some(({ uses }) => uses.times),
    },
    bytesOf: every(({ fixedBytes, bytesOf }) => fixedBytes !== null || bytesOf !== null)
      ? (connection, sequence) => {
          const { fixedBytes, bytesOf } = writers[choice.of(connection, sequence)] as MessageWriter;
          return fixedBytes ?? bytesOf?.(connection, sequence) ?? 0;
        }
      : null,
    write: (into, at, key) => of(key).write(into, at, key),
    rewrite: null,
  };
}
