import { performance } from "node:perf_hooks";
import { monotonicNs } from "../../base/clock.ts";
import { CapacityError } from "../../base/errors.ts";
import type { Io, Transport, TransportOptions } from "../io.ts";
import { activity, Wait } from "../wait.ts";
import { nodeCapabilities } from "./capabilities.ts";
import { createTcpTransport } from "./tcp.ts";
import type { NodeTransport } from "./transport.ts";
import { createUdpTransport } from "./udp.ts";

/** How long a socket that was full may wait for its next check. */
const pollNs = 1e6;

/**
 * The portable path: Node's own `net` and `dgram`.
 *
 * Events come from the event loop's callbacks while `turn` waits, and do not end it: what they
 * request is done at once. `wake` announces what they make due later.
 */
export function createNodeIo(): Io {
  const transports: NodeTransport[] = [];
  let looked = performance.eventLoopUtilization();
  let spunNs = activity.spunNs;
  let wait: Wait | null = null;
  return {
    kind: "node",
    awakeNs: Number.POSITIVE_INFINITY,
    get events() {
      return activity.events;
    },
    transport(options: TransportOptions): Transport {
      const { kernelTimesObstacle } = nodeCapabilities;
      if (options.kernelTimes !== undefined && kernelTimesObstacle !== null) {
        throw new CapacityError(kernelTimesObstacle);
      }
      const transport =
        options.protocol === "tcp" ? createTcpTransport(options) : createUdpTransport(options);
      transports.push(transport);
      return transport;
    },
    async turn(deadlineNs: number, slackNs: number): Promise<void> {
      let full = false;
      for (const transport of transports) full = transport.poll() || full;
      wait = new Wait(full ? Math.min(deadlineNs, monotonicNs() + pollNs) : deadlineNs, slackNs);
      await wait.over;
    },
    wake(): void {
      wait?.end();
    },
    /** It has passes all the while. */
    needsLoop(): void {},
    utilization(): number {
      const { idle, active } = looked;
      const spunBeforeNs = spunNs;
      looked = performance.eventLoopUtilization();
      spunNs = activity.spunNs;
      const activeMs = looked.active - active;
      const busyMs = activeMs - (spunNs - spunBeforeNs) / 1e6;
      return Math.max(0, Math.min(1, busyMs / Math.max(1e-3, activeMs + looked.idle - idle)));
    },
    async end(): Promise<void> {
      await Promise.all(transports.map((transport) => transport.end()));
    },
  };
}
