/**
 * The 4-tuple of one connection (TCP) or one socket's traffic (UDP): who sends, to whom.
 *
 * Addresses are canonical text ("127.16.0.9", "::1"), ports 1 to 65535. Mutable on purpose: the
 * allocator fills one object that the caller owns and uses again for the next flow.
 */
export interface Flow {
  sourceAddress: string;
  sourcePort: number;
  destinationAddress: string;
  destinationPort: number;
}

/** A flow for the allocator to fill. */
export function emptyFlow(): Flow {
  return { sourceAddress: "", sourcePort: 0, destinationAddress: "", destinationPort: 0 };
}

/** An address and port that something listens on. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Writes an endpoint as people do: "127.0.0.1:7000", "[::1]:7000". */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
