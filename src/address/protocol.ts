/**
 * What the rest of the program knows of a transport protocol: facts, used instead of its name. What carries
 * it is a transport of io/.
 */
export type Protocol = "tcp" | "udp";

export interface ProtocolFacts {
  /** Each message is a datagram of its own, which has a longest; else bytes stream, and framing says where one ends. */
  readonly isDatagram: boolean;
  /** Connections are opened, accepted and closed by both ends, and something listens for them. */
  readonly hasConnections: boolean;
  /** What is sent arrives once and in order, or the connection ends. */
  readonly isReliable: boolean;
  /** In the IP header. @see https://www.iana.org/assignments/protocol-numbers */
  readonly number: number;
}

export const protocols: Readonly<Record<Protocol, ProtocolFacts>> = {
  tcp: { isDatagram: false, hasConnections: true, isReliable: true, number: 6 },
  udp: { isDatagram: true, hasConnections: false, isReliable: false, number: 17 },
};

export const protocolNames = Object.keys(protocols) as Protocol[];

/** Those with connections, of which the kernel keeps figures. */
export const connectionProtocols = ["tcp"] as const satisfies readonly Protocol[];

/** What is meant where nothing is said. */
export const defaultProtocol: Protocol = "tcp";

/** The largest UDP payload over IPv4: 65,535 less the IP and UDP headers. */
export const largestDatagram = 65_507;
