/** What is kept of a TCP connection: figures of now, and then those that its kernel adds up from its start. */
export const tcpFields = [
  /** Smoothed round-trip time; 0: there was no sample yet. */
  "rttNs",
  "rttVariationNs",
  /** 0: there was no sample yet. */
  "minRttNs",
  /** Segments. */
  "congestionWindow",
  /** Bytes per second; 0: not known yet. */
  "deliveryRate",
  /** Segments sent and not acknowledged, and of these those deemed lost. */
  "unacked",
  "lost",
  "retransmits",
  "segmentsSent",
  "busyNs",
  "receiveWindowLimitedNs",
  "sendBufferLimitedNs",
] as const;
export type TcpField = (typeof tcpFields)[number];

/** The place of each. */
export const tcpField = Object.fromEntries(
  tcpFields.map((name, index) => [name, index]),
) as Readonly<Record<TcpField, number>>;

/** Those that only grow while the connection lasts. */
export const addedUp = [
  "retransmits",
  "segmentsSent",
  "busyNs",
  "receiveWindowLimitedNs",
  "sendBufferLimitedNs",
] as const satisfies readonly TcpField[];
export type AddedUp = (typeof addedUp)[number];
