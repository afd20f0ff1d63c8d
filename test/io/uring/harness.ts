import { afterEach } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import { monotonicNs } from "../../../src/base/clock.ts";
import type { Io } from "../../../src/io/io.ts";
import { createUringIo } from "../../../src/io/uring/io.ts";

/** Several ios in one thread, ended after each test. */
export interface Harness {
  /** @param filesPerRing see `createUringIo` */
  makeIo(filesPerRing?: number): Io;
  /** Turns all ios until it is done, or for 20 s: then it throws. */
  until(done: () => boolean): Promise<void>;
  /** Turns all ios so many times. */
  turns(count: number): Promise<void>;
  /** Ends all ios, which happens after each test, too. */
  end(): Promise<void>;
}

/** To be called inside `describe`. */
export function useHarness(): Harness {
  const ios: Io[] = [];
  async function end() {
    let ended = 0;
    const ending = ios.splice(0);
    for (const io of ending) void io.end().then(() => ended++);
    const endNs = monotonicNs() + 100e9;
    while (ended < ending.length) {
      if (monotonicNs() > endNs) throw new Error("waited 20 s for the end in vain");
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  afterEach(end);
  async function turns(count: number) {
    for (let turn = 0; turn < count; turn++) {
      for (const io of ios) await io.turn(monotonicNs(), 0);
    }
  }
  return {
    makeIo(filesPerRing) {
      const io = createUringIo(filesPerRing === undefined ? {} : { filesPerRing });
      ios.push(io);
      return io;
    },
    async until(done) {
      const endNs = monotonicNs() + 100e9;
      while (!done()) {
        if (monotonicNs() > endNs) throw new Error("waited 100 s in vain");
        await turns(1);
      }
    },
    turns,
    end,
  };
}

/** From a source of one's own to an endpoint; the port makes it another flow. */
export function flowTo(endpoint: Endpoint, sourcePort: number, sourceAddress = "127.81.0.1") {
  return {
    sourceAddress: endpoint.address.includes(":") ? "::1" : sourceAddress,
    sourcePort,
    destinationAddress: endpoint.address,
    destinationPort: endpoint.port,
  };
}
