import { expect, test, vi } from "vitest";
import { backends } from "../../src/io/backends.ts";

vi.mock("koffi", () => {
  throw new Error("no binary for this platform");
});

test("a platform without koffi has the portable path, and reads the facts of the other", async () => {
  expect(backends.uring.connectionFiles(1000, 1, 1000)).toBe(2);
  expect(backends.uring.lockedMemory?.ringBytes(4096)).toBeGreaterThan(4096);
  expect(await backends.uring.obstacle()).toMatch(
    process.platform === "linux"
      ? /koffi.*cannot be loaded/
      : /io_uring is only available on Linux/,
  );
  await expect(backends.uring.create()).rejects.toThrow();
  const io = await backends.node.create();
  expect(io.kind).toBe("node");
  await io.end();
});
