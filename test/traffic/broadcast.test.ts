import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, it } from "vitest";
import { monotonicNs } from "../../src/base/clock.ts";
import { intendedTimeNs, sentPhase, sentTimeNs } from "../../src/messages/send-time.ts";
import { isStamped, stampSequence } from "../../src/messages/stamp.ts";
import { phase } from "../../src/metrics/snapshot.ts";
import { constantRate, makeWorkload, runTraffic } from "../support/traffic.ts";

it.skipIf(process.platform !== "linux")(
  "sends to all, and says in each datagram when it was to be sent, when it was, and in which phase",
  async () => {
    const received: Buffer[] = [];
    const socket = createSocket({ type: "udp4", reuseAddr: true });
    socket.on("message", (bytes) => received.push(bytes));
    socket.bind(0, "127.255.255.255");
    await once(socket, "listening");
    try {
      const begunNs = monotonicNs();
      const measured = await runTraffic(
        makeWorkload({
          pattern: "broadcast",
          protocol: "udp",
          framing: null,
          message: { kind: "size", bytes: 48 },
          ...constantRate(500, 0.3e9),
          warmUpNs: 0.1e9,
          durationNs: 0.2e9,
        }),
        { address: "127.255.255.255", port: socket.address().port },
      );
      expect(measured.errors()).toEqual({});
      expect(measured.count("sent")).toBe(150);
      for (let wait = 0; wait < 200 && received.length < 150; wait++) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const endedNs = monotonicNs();
      expect(received.every((bytes) => isStamped(bytes, 0, bytes.length))).toBe(true);
      expect(received.map((bytes) => stampSequence(bytes, 0))).toEqual(
        Array.from({ length: 150 }, (_, n) => n),
      );
      const intended = received.map((bytes) => intendedTimeNs(bytes, 0));
      const firstNs = intended[0] as number;
      expect(intended.map((ns) => Math.round((ns - firstNs) / 2e6))).toEqual(
        Array.from({ length: 150 }, (_, n) => n),
      );
      for (const bytes of received) {
        expect(sentTimeNs(bytes, 0)).toBeGreaterThanOrEqual(intendedTimeNs(bytes, 0));
        expect(sentTimeNs(bytes, 0)).toBeGreaterThan(begunNs);
        expect(sentTimeNs(bytes, 0)).toBeLessThan(endedNs);
      }
      const steady = received.filter((bytes) => sentPhase(bytes, 0) === phase.steady);
      expect(steady.length).toBe(measured.count("sent", "steady"));
      expect(steady.length).toBe(100);
    } finally {
      socket.close();
    }
  },
);
