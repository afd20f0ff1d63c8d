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

/** What a UDP server counts beside what all servers do. */
export interface UdpTally {
  /** established: datagrams of a flow that came by the unconnected socket after its own was asked for. */
  handedOver: number;
  /** established: datagrams of others that came by a flow's socket, between its bind and its connect. */
  handedBack: number;
  /** established: peers that were given no socket, as there was none to be had; they are served all the same. */
  withoutSocket: number;
  /** Datagrams dropped: of peers beyond the rate of new ones. */
  refused: number;
  /** ... of peers that are not on a loopback address, and may not be answered. */
  remote: number;
  /** ... that claim to come from the server itself: an answer would go round for ever. */
  own: number;
}

export function createUdpTally(): UdpTally {
  return { handedOver: 0, handedBack: 0, withoutSocket: 0, refused: 0, remote: 0, own: 0 };
}

/** Adds what another process counted. */
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
