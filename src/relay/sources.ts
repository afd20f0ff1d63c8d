import { type AddressRanges, addressAt, rangesSize } from "../address/ranges.ts";

/** Ports for clients whose own port is not available: below the ephemeral range of any system. */
const sparePorts = { first: 1024, last: 32_767 } as const;

/** The source addresses of clients, round-robin. */
export class Sources {
  readonly ranges: AddressRanges;
  readonly #size: number;
  #next = 0;
  #nextPort: number = sparePorts.first;

  constructor(ranges: AddressRanges) {
    this.ranges = ranges;
    this.#size = rangesSize(ranges);
  }

  /** Returns the next client's address. */
  next(): string {
    const address = addressAt(this.ranges, this.#next);
    this.#next = (this.#next + 1) % this.#size;
    return address;
  }

  /** Returns a port to try if the client's own is in use. */
  sparePort(): number {
    const port = this.#nextPort;
    this.#nextPort = port === sparePorts.last ? sparePorts.first : port + 1;
    return port;
  }
}
