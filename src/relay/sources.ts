import { type AddressRanges, addressAt, rangesSize } from "../address/ranges.ts";

/** Ports for those whose own cannot be had: below what any system gives out by itself. */
const sparePorts = { first: 1024, last: 32_767 } as const;

/** The addresses that stand for clients, one after the other, round and round. */
export class Sources {
  readonly ranges: AddressRanges;
  readonly #size: number;
  #next = 0;
  #nextPort: number = sparePorts.first;

  constructor(ranges: AddressRanges) {
    this.ranges = ranges;
    this.#size = rangesSize(ranges);
  }

  /** The next client's address. */
  next(): string {
    const address = addressAt(this.ranges, this.#next);
    this.#next = (this.#next + 1) % this.#size;
    return address;
  }

  /** A port to try where the client's own is taken. */
  sparePort(): number {
    const port = this.#nextPort;
    this.#nextPort = port === sparePorts.last ? sparePorts.first : port + 1;
    return port;
  }
}
