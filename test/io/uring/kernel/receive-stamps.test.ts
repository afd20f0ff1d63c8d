import { afterEach, expect, test } from "vitest";
import { ReceiveStamps } from "../../../../src/io/uring/kernel/receive-stamps.ts";

/** Of struct cmsghdr with a struct timespec: length, level SOL_SOCKET, type SCM_TIMESTAMPNS. @see cmsg(3) */
function stamp(second: number, ns: number, level = 1, type = 35): Int32Array {
  const wide = Math.floor(second / 4294967296);
  return Int32Array.from([32, 0, level, type, second | 0, wide, ns, 0]);
}

const made: ReceiveStamps[] = [];
afterEach(() => {
  for (const stamps of made.splice(0)) stamps.free();
});

/** Clocks that differ by what the test says; each reading of the monotonic one takes `stepNs`. */
class Clocks {
  /** The wall clock at monotonic 0, s and ns. */
  second = 1_800_000_000;
  ns = 0;
  nowNs = 5e9;
  stepNs = 100;

  make(): ReceiveStamps {
    const stamps = new ReceiveStamps(
      () => {
        const ns = this.nowNs + this.ns;
        const seconds = Math.floor(ns / 1e9);
        return [this.second + seconds, ns - seconds * 1e9];
      },
      () => {
        this.nowNs += this.stepNs;
        return this.nowNs;
      },
    );
    made.push(stamps);
    return stamps;
  }
}

test("a stamp of the wall clock is a time of the monotonic one, to the error of its best reading", () => {
  const clocks = new Clocks();
  clocks.ns = 123_456_789;
  const stamps = clocks.make();
  expect(stamps.errorNs).toBe(50);
  const atNs = 7_000_000_001;
  const wallNs = atNs + clocks.ns;
  const words = stamp(clocks.second + Math.floor(wallNs / 1e9), wallNs % 1e9);
  expect(Math.abs(stamps.read(words, 0, 32) - atNs)).toBeLessThanOrEqual(50);
});

test("seconds past 2038 are read as well", () => {
  const clocks = new Clocks();
  clocks.second = 4_300_000_000;
  const stamps = clocks.make();
  expect(Math.abs(stamps.read(stamp(4_300_000_009, 5), 0, 32) - 9e9)).toBeLessThanOrEqual(55);
});

test("without a stamp among the options the time is not known", () => {
  const stamps = new Clocks().make();
  expect(stamps.read(stamp(1, 1, 17, 104), 0, 32)).toBeNaN();
  expect(stamps.read(stamp(1_800_000_000, 1), 0, 0)).toBeNaN();
});

test("the clocks are measured again each second: a better reading is kept, a wall clock that was set is followed", () => {
  const clocks = new Clocks();
  clocks.stepNs = 1000;
  const stamps = clocks.make();
  expect(stamps.errorNs).toBe(500);
  clocks.stepNs = 100;
  stamps.refresh(clocks.nowNs + 0.5e9);
  expect(stamps.errorNs).toBe(500);
  stamps.refresh(clocks.nowNs + 1e9);
  expect(stamps.errorNs).toBe(50);
  clocks.stepNs = 1000;
  stamps.refresh(clocks.nowNs + 3e9);
  expect(stamps.errorNs).toBe(50);
  clocks.ns = 250e6;
  stamps.refresh(clocks.nowNs + 5e9);
  expect(stamps.errorNs).toBe(500);
  const wallNs = 20e9 + clocks.ns;
  const words = stamp(clocks.second + Math.floor(wallNs / 1e9), wallNs % 1e9);
  expect(Math.abs(stamps.read(words, 0, 32) - 20e9)).toBeLessThanOrEqual(500);
});

test("the clocks of this machine are known far better than what is measured with them", () => {
  const stamps = new ReceiveStamps();
  made.push(stamps);
  expect(stamps.errorNs).toBeGreaterThan(0);
  expect(stamps.errorNs).toBeLessThan(1e6);
});
