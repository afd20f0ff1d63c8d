import type { Endpoint } from "../../address/flow.ts";
import type { IoKind } from "../../base/io-kind.ts";
import { backends } from "../../io/backends.ts";
import type { TransportOptions } from "../../io/io.ts";
import type { UdpMode, UdpOptions } from "../../scenario/scenario.ts";
import { udpSockets } from "../../scenario/udp-sockets.ts";

/** Datagrams must not be dropped for want of a buffer that the kernel would have granted; the kernel caps this. */
const receiveBufferBytes = 4 * 1024 * 1024;

/** Sockets for single peers, at most: all other peers are served by the bound one. */
const mostFlows = 100_000;

export interface UdpSetup {
  /** As applied here: see `modeHere`. */
  readonly options: UdpOptions;
  readonly slots: number;
  readonly transport: Pick<
    TransportOptions,
    "receiveBufferBytes" | "reuse" | "connected" | "packetInfo"
  >;
}

/** Returns what the sockets of a UDP server need. @param mostOpen sockets that this process may have */
export function udpSetup(
  requested: UdpOptions,
  listen: readonly Endpoint[],
  io: IoKind,
  mostOpen: number,
): UdpSetup {
  const options = { ...requested, mode: modeHere(requested.mode, io) };
  const { mode } = options;
  const bound = udpSockets(mode, listen).length;
  const flows = mode === "established" ? Math.min(mostFlows, Math.max(1, mostOpen)) : 0;
  return {
    options,
    slots: flows > 0 ? listen.length + flows : bound,
    transport: {
      receiveBufferBytes,
      connected: flows > 0,
      ...(mode === "established" ? { reuse: "address" } : {}),
      ...(mode === "reuseport" ? { reuse: "port" } : {}),
      ...(mode === "wildcard-pktinfo" ? { packetInfo: true } : {}),
    },
  };
}

/** Returns the mode in which a server answers as configured, where its io does not support the mode itself. */
function modeHere(mode: UdpMode, io: IoKind): UdpMode {
  return mode === "wildcard-pktinfo" && backends[io].capabilities.packetInfoObstacle !== null
    ? "per-address"
    : mode;
}

/** Returns one line for the user where a mode is implemented in another way, else null. */
export function modeNotice(mode: UdpMode, io: IoKind): string | null {
  const here = modeHere(mode, io);
  if (here === mode) return null;
  return `mode ${mode} uses one socket for each listen address here: ${backends[io].capabilities.packetInfoObstacle}`;
}
