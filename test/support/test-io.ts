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
 * An io that never blocks its thread, for tests whose servers live in the same one: it looks, and
 * lets the event loop have a turn, until something is due.
 */
function sharing(io: Io): Io {
  return {
    kind: io.kind,
    transport: (options) => io.transport(options),
    async turn(deadlineNs) {
      do {
        await io.turn(monotonicNs(), 0);
        await new Promise((resolve) => setImmediate(resolve));
      } while (monotonicNs() < deadlineNs - 2e6);
    },
    wake: () => io.wake(),
    awakeNs: Number.POSITIVE_INFINITY,
    get events() {
      return io.events;
    },
    utilization: () => io.utilization(),
    end: () => io.end(),
  };
}
