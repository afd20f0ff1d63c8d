import { monotonicNs } from "../../src/base/clock.ts";
import type { Io, TransportOptions } from "../../src/io/io.ts";
import { SlowTransport } from "../../src/io/slow/slow-transport.ts";

/** Slow enough that everything goes in pieces, and fast enough that nobody waits for it. */
const bytesPerSecond = 20e6;

/** The same io, whose TCP connections are slow: those that are opened, and those that are accepted. */
export function slowIo(io: Io): Io {
  const slow: SlowTransport[] = [];
  return Object.create(io, {
    transport: {
      value(options: TransportOptions) {
        if (options.protocol !== "tcp") return io.transport(options);
        const transport = new SlowTransport(
          io,
          options,
          { readBytesPerSecond: bytesPerSecond, writeBytesPerSecond: bytesPerSecond, stallNs: 0 },
          (of) => io.transport(of),
          monotonicNs,
        );
        slow.push(transport);
        return transport;
      },
    },
    turn: {
      value(deadlineNs: number, slackNs: number) {
        const dueNs = slow.map((transport) => transport.start(monotonicNs()));
        return io.turn(Math.min(deadlineNs, ...dueNs), slackNs);
      },
    },
    end: { value: () => io.end() },
    wake: { value: () => io.wake() },
    needsLoop: { value: () => io.needsLoop() },
    events: { get: () => io.events },
    awakeNs: { get: () => io.awakeNs },
    utilization: { value: () => io.utilization() },
  });
}
