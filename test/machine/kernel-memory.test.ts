import { expect, test } from "vitest";
import {
  bytesPerConnection,
  kernelBytesPerConnection,
  kernelMemoryOf,
} from "../../src/machine/kernel-memory.ts";

const meminfo = (slabKiB: number): string => `MemTotal:  1000000 kB\nSlab:  ${slabKiB} kB\n`;
const sockstat = (pages: number): string => `TCP: inuse 1 orphan 0 tw 2 alloc 1 mem ${pages}\n`;

test("the kernel's memory per connection: slab and buffer pages", () => {
  const before = kernelMemoryOf(meminfo(10_000), sockstat(10), 4096);
  const after = kernelMemoryOf(meminfo(20_000), sockstat(110), 4096);
  expect(before).toEqual({ slabBytes: 10_240_000, tcpBufferBytes: 40_960 });
  expect(kernelBytesPerConnection(before, after, 1000)).toBe((10_240_000 + 409_600) / 1000);
});

test("null without facts or with too few connections; never negative", () => {
  const some = kernelMemoryOf(meminfo(10_000), sockstat(10), 4096);
  expect(kernelMemoryOf("", sockstat(1), 4096)).toBeNull();
  expect(kernelMemoryOf(meminfo(1), "", 4096)).toBeNull();
  expect(kernelBytesPerConnection(null, some, 5000)).toBeNull();
  expect(kernelBytesPerConnection(some, null, 5000)).toBeNull();
  expect(kernelBytesPerConnection(some, some, 999)).toBeNull();
  expect(bytesPerConnection(500, 100, 5000)).toBe(0);
  expect(bytesPerConnection(0, 20e6, 5000)).toBe(4000);
  expect(bytesPerConnection(null, 100, 5000)).toBeNull();
});
