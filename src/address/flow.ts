/**
 * The 4-tuple of one connection (TCP) or of one socket's traffic (UDP): source and destination.
 *
 * Addresses are canonical text ("127.16.0.9", "::1"), ports 1 to 65535. Mutable on purpose: the
 * allocator fills one object that the caller owns and reuses for the next flow.
 */
export interface Flow {
  sourceAddress: string;
  sourcePort: number;
  destinationAddress: string;
  destinationPort: number;
}

/** Creates a flow for the allocator to fill. */
export function emptyFlow(): Flow {
  return { sourceAddress: "", sourcePort: 0, destinationAddress: "", destinationPort: 0 };
}

/** An address and port that something listens on. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Formats an endpoint in the usual notation: "127.0.0.1:7000", "[::1]:7000". */
export function formatEndpoint({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
