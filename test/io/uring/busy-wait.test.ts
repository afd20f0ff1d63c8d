import { afterEach, describe, expect, it, vi } from "vitest";
import { monotonicNs } from "../../../src/base/clock.ts";
import type { Io } from "../../../src/io/io.ts";
import { Ring } from "../../../src/io/uring/ring.ts";
import { RecordingEvents } from "../../support/recording-events.ts";
import { useHarness } from "./harness.ts";

afterEach(() => void vi.restoreAllMocks());

/** Sooner than this a thread that sleeps would not be awake again: it is busy-waited for. */
const soonNs = 60e3;
const turns = 200;

describe("a busy-wait", () => {
  const { makeIo, turns: turnAll } = useHarness();

  /** An io with a ring that has nothing to do. */
  async function idleIo(): Promise<Io> {
    const io = makeIo();
    const events = new RecordingEvents();
    await io
      .transport({ protocol: "tcp", slots: 10, events })
      .listen({ address: "127.0.0.1", port: 0 });
    await turnAll(10);
    return io;
  }

  it("lasts until it is time, and makes no system call", async () => {
    const io = await idleIo();
    const wait = vi.spyOn(Ring.prototype, "wait");
    for (let turn = 0; turn < turns; turn++) {
      const deadlineNs = monotonicNs() + soonNs;
      await io.turn(deadlineNs, 0);
      expect(monotonicNs()).toBeGreaterThanOrEqual(deadlineNs);
    }
    expect(wait).not.toHaveBeenCalled();
  });

  it("is no work", async () => {
    const io = await idleIo();
    io.utilization();
    // Long enough that what other programs take between two turns is no great part of it.
    for (let turn = 0; turn < 10 * turns; turn++) await io.turn(monotonicNs() + soonNs, 0);
    expect(io.utilization()).toBeLessThan(0.5);
  });
});
