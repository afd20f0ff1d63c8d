import { tcpField, tcpFields } from "../metrics/tcp/fields.ts";

/** What the kernel knows of one connection, by `tcpField`. */
export type TcpInfo = Float64Array;

/**
 * struct tcp_info as far as it is read; it grows at its end, and older kernels have less of it.
 *
 *     | offset | bytes | field                  | unit                                    |
 *     | ------ | ----- | ---------------------- | --------------------------------------- |
 *     | 24     | 4     | tcpi_unacked           | segments                                |
 *     | 32     | 4     | tcpi_lost              | segments                                |
 *     | 68     | 4     | tcpi_rtt               | us, smoothed; 0: no sample              |
 *     | 72     | 4     | tcpi_rttvar            | us                                      |
 *     | 80     | 4     | tcpi_snd_cwnd          | segments                                |
 *     | 100    | 4     | tcpi_total_retrans     | segments                                |
 *     | 136    | 4     | tcpi_segs_out (4.2)    | segments                                |
 *     | 148    | 4     | tcpi_min_rtt (4.6)     | us; ~0: no sample                       |
 *     | 160    | 8     | tcpi_delivery_rate (4.9) | bytes per second                      |
 *     | 168    | 8     | tcpi_busy_time (4.9)   | us with data that is not acknowledged   |
 *     | 176    | 8     | tcpi_rwnd_limited      | us of that                              |
 *     | 184    | 8     | tcpi_sndbuf_limited    | us of that                              |
 *
 * @see linux/tcp.h, tcp(7)
 */
const at = {
  unacked: 24,
  lost: 32,
  rtt: 68,
  rttVariation: 72,
  congestionWindow: 80,
  retransmits: 100,
  segmentsSent: 136,
  minRtt: 148,
  deliveryRate: 160,
  busy: 168,
  receiveWindowLimited: 176,
  sendBufferLimited: 184,
} as const;

/** All that is read: Linux 4.10 and newer. */
const leastInfoBytes = 192;

const noSample = 0xffff_ffff;

/** What `readTcpInfo` fills. */
const info: TcpInfo = new Float64Array(tcpFields.length);

/**
 * Reads a struct tcp_info.
 *
 * @returns null where the kernel has less of it; else what the next call overwrites
 */
export function readTcpInfo(bytes: Buffer, offset: number, length: number): TcpInfo | null {
  if (length < leastInfoBytes) return null;
  const word = (place: number) => bytes.readUInt32LE(offset + place);
  const long = (place: number) => word(place) + word(place + 4) * 4_294_967_296;
  const least = word(at.minRtt);
  info[tcpField.rttNs] = word(at.rtt) * 1e3;
  info[tcpField.rttVariationNs] = word(at.rttVariation) * 1e3;
  info[tcpField.minRttNs] = least === noSample ? 0 : least * 1e3;
  info[tcpField.congestionWindow] = word(at.congestionWindow);
  info[tcpField.deliveryRate] = long(at.deliveryRate);
  info[tcpField.unacked] = word(at.unacked);
  info[tcpField.lost] = word(at.lost);
  info[tcpField.retransmits] = word(at.retransmits);
  info[tcpField.segmentsSent] = word(at.segmentsSent);
  info[tcpField.busyNs] = long(at.busy) * 1e3;
  info[tcpField.receiveWindowLimitedNs] = long(at.receiveWindowLimited) * 1e3;
  info[tcpField.sendBufferLimitedNs] = long(at.sendBufferLimited) * 1e3;
  return info;
}
