/** What a server counts itself; see ServerStats in protocol.ts. */
export interface Tally {
  accepted: number;
  open: number;
  received: number;
  replied: number;
  bytesReceived: number;
  bytesSent: number;
}

/** Creates a tally at zero. */
export function createTally(): Tally {
  return { accepted: 0, open: 0, received: 0, replied: 0, bytesReceived: 0, bytesSent: 0 };
}

/** What a UDP server counts in addition to what all servers count. */
export interface UdpTally {
  /** established: datagrams of a flow that arrived on the unconnected socket after its own was requested. */
  handedOver: number;
  /** established: datagrams of others that arrived on a flow's socket, between its bind and its connect. */
  handedBack: number;
  /** established: peers that were given no socket because none was available; they are served nevertheless. */
  withoutSocket: number;
  /** Datagrams dropped: of peers beyond the rate limit for new ones. */
  refused: number;
  /** ... of peers that are not on a loopback address, and may not be answered. */
  remote: number;
  /** ... that claim to come from the server itself, or from another one or a relay: answers would loop for ever. */
  own: number;
}

export function createUdpTally(): UdpTally {
  return { handedOver: 0, handedBack: 0, withoutSocket: 0, refused: 0, remote: 0, own: 0 };
}

/** Adds the counters of another process. */
export function addUdpTally(a: UdpTally, b: UdpTally): UdpTally {
  return {
    handedOver: a.handedOver + b.handedOver,
    handedBack: a.handedBack + b.handedBack,
    withoutSocket: a.withoutSocket + b.withoutSocket,
    refused: a.refused + b.refused,
    remote: a.remote + b.remote,
    own: a.own + b.own,
  };
}
