import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { monotonicNs } from "../../src/base/clock.ts";
import type { Io } from "../../src/io/io.ts";
import { createNodeIo } from "../../src/io/node/io.ts";
import { createUringIo } from "../../src/io/uring/io.ts";

/** Which io the tests of this project run over; see vitest.config.ts. */
export const testIo = process.env.SLASH8_TEST_IO === "uring" ? "uring" : "node";

/** The io that this project's tests are about. */
export function createTestIo(): Io {
  return testIo === "uring" ? sharing(createUringIo({ busyPoll: true })) : createNodeIo();
}

/**
 * Without an event for that long the thread dozes. Within it come the replies of a server in the same thread; one that
 * dozes waits for a CPU each time, which is long where others want it.
 */
const patienceNs = 5e6;

/**
 * An io that never blocks its thread, for tests whose servers live in the same one: it looks, and
 * lets the event loop have a turn, until something is due. Where nothing happens it sleeps for a
 * millisecond, in which the event loop serves whatever it watches.
 */
function sharing(io: Io): Io {
  let activeNs = monotonicNs();
  return {
    kind: io.kind,
    transport: (options) => io.transport(options),
    async turn(deadlineNs) {
      do {
        const before = io.events;
        const nowNs = monotonicNs();
        await io.turn(nowNs, 0);
        if (io.events !== before) activeNs = nowNs;
        // A timer may be late by a millisecond.
        const mayDoze = nowNs - activeNs > patienceNs && nowNs < deadlineNs - 2e6;
        await (mayDoze ? sleep(1) : setImmediate());
      } while (monotonicNs() < deadlineNs - 2e6);
    },
    wake: () => io.wake(),
    needsLoop: () => io.needsLoop(),
    awakeNs: Number.POSITIVE_INFINITY,
    get events() {
      return io.events;
    },
    utilization: () => io.utilization(),
    end: () => io.end(),
  };
}
