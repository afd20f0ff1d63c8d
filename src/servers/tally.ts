/** What a server counts of itself; see ServerStats in protocol.ts. */
export interface Tally {
  accepted: number;
  open: number;
  received: number;
  replied: number;
  bytesReceived: number;
  bytesSent: number;
}

/** A tally at zero. */
export function createTally(): Tally {
  return { accepted: 0, open: 0, received: 0, replied: 0, bytesReceived: 0, bytesSent: 0 };
}
