import { monotonicNs } from "../base/clock.ts";
import type { Io, Peer, Transport, TransportEvents } from "../io/io.ts";

/** Exchanges timed, after as many to warm up. */
const exchanges = 200;
const messageBytes = 64;

/**
 * Measures the latency of the harness itself: the response time of an exchange when the server takes
 * no time at all. One TCP connection from a loop to itself over the sockets that the run will use; the
 * figure includes both ends, two passes through the event loop, and the kernel's loopback twice.
 *
 * @param io used for this alone, and ended
 * @returns  ns
 */
export async function measureHarnessLatency(io: Io): Promise<{ p50Ns: number; p99Ns: number }> {
  const echo = new Echo();
  const server = io.transport({ protocol: "tcp", slots: 1, events: echo });
  echo.transport = server;
  const pinger = new Pinger();
  const client = io.transport({ protocol: "tcp", slots: 1, events: pinger });
  pinger.transport = client;
  const { endpoint } = await server.listen({ address: "127.0.0.1", port: 0 });
  client.open(0, {
    sourceAddress: "127.0.0.1",
    sourcePort: 0,
    destinationAddress: endpoint.address,
    destinationPort: endpoint.port,
  });
  while (!pinger.done) await io.turn(monotonicNs() + 1e6, 5e6);
  await io.end();
  const sorted = pinger.timesNs.slice(exchanges).sort();
  return {
    p50Ns: sorted[Math.floor(exchanges / 2)] ?? 0,
    p99Ns: sorted[Math.floor(exchanges * 0.99)] ?? 0,
  };
}

class Quiet implements TransportEvents {
  transport: Transport | null = null;
  opened(_slot: number, _nowNs: number): void {}
  accepted(_slot: number, _listener: number, _peer: Peer, _nowNs: number): void {}
  received(_slot: number, _bytes: Uint8Array, _start: number, _end: number, _now: number): void {}
  receivedFrom(): void {}
  drained(): void {}
  errored(): void {}
  closed(): void {}
}

class Echo extends Quiet {
  readonly #message = Buffer.alloc(messageBytes);
  override received(slot: number): void {
    this.transport?.send(slot, this.#message, 0, messageBytes);
  }
}

class Pinger extends Quiet {
  readonly timesNs = new Float64Array(2 * exchanges);
  readonly #message = Buffer.alloc(messageBytes);
  #count = 0;
  #sentNs = 0;
  done = false;

  override opened(slot: number): void {
    this.#send(slot);
  }

  override received(slot: number, _bytes: Uint8Array, _start: number, _end: number, nowNs: number) {
    this.timesNs[this.#count++] = nowNs - this.#sentNs;
    if (this.#count < this.timesNs.length) this.#send(slot);
    else this.done = true;
  }

  override closed(): void {
    this.done = true;
  }

  #send(slot: number): void {
    this.#sentNs = monotonicNs();
    this.transport?.send(slot, this.#message, 0, messageBytes);
  }
}
