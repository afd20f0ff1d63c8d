import { protocols } from "../../address/protocol.ts";
import type { Transport, TransportEvents, TransportOptions } from "../../io/io.ts";
import { SlowTransport } from "../../io/slow/slow-transport.ts";
import { TlsTransport } from "../../io/tls/tls-transport.ts";
import { counter, type Moment, timing } from "../../metrics/snapshot.ts";
import { patterns } from "../../scenario/patterns.ts";
import { failure } from "../replies/error-side.ts";
import type { TrafficContext } from "../traffic.ts";

/** UDP sockets of load generators and sinks: room for a burst while the loop is elsewhere. */
const udpBufferBytes = 1024 * 1024;

/** The sockets of a workload's clients, encrypted or not, slow on purpose or not. */
export class ClientTransport {
  readonly transport: Transport;
  /** Null where the clients are not slow: nothing is due by its clock then. */
  readonly slow: SlowTransport | null;
  #tls: TlsTransport | null = null;
  readonly #context: TrafficContext;

  constructor(context: TrafficContext, slots: number, events: TransportEvents) {
    const { workload, io, tls, now, wire } = context;
    const { isDatagram } = protocols[workload.protocol];
    const options = {
      protocol: workload.protocol,
      slots,
      events,
      noDelay: workload.noDelay,
      connected: workload.socket !== "unconnected",
      receiveErrors: workload.receiveErrors,
      broadcast: patterns[workload.pattern].bringsReceivers,
      ...(isDatagram && workload.connections <= 1024
        ? { receiveBufferBytes: udpBufferBytes, sendBufferBytes: udpBufferBytes }
        : {}),
      ...(wire === undefined ? {} : { kernelTimes: wire }),
    };
    this.#context = context;
    // Slow in what is said, not in how it is encrypted: handshakes take the time that they need.
    const below = (of: TransportOptions) => {
      if (tls === undefined) return io.transport(of);
      this.#tls = new TlsTransport(io, of, tls);
      return this.#tls;
    };
    const { slow } = workload;
    this.slow = slow === null ? null : new SlowTransport(io, options, slow, below, now);
    this.transport = this.slow ?? below(options);
  }

  /** Records how long a slot, which is open now, took to connect, and its handshake. */
  opened(slot: number, at: Moment, sinceNs: number, nowNs: number): void {
    const { recorder } = this.#context;
    const connectedNs = this.#tls?.connectedNs(slot) ?? nowNs;
    recorder.time(timing.connectTime, at, connectedNs - sinceNs);
    if (this.#tls === null) return;
    recorder.time(timing.tlsTime, at, nowNs - connectedNs);
    if (this.#tls.isResumed(slot)) recorder.count(at, counter.tlsResumed, 1);
  }

  /** What did not come in time where a slot was given up that was not open yet. */
  timeOutOf(slot: number): string {
    const isConnected = this.#tls !== null && this.#tls.connectedNs(slot) > 0;
    return isConnected ? failure.tlsTimeout : failure.connectTimeout;
  }
}
