import { describe, expect, it } from "vitest";
import { explain, isAtLeast } from "../../../src/io/uring/obstacle.ts";

describe("what stands in io_uring's way", () => {
  it("compares kernels by number, not by text", () => {
    expect(isAtLeast("6.13.0-generic", 6, 13)).toBe(true);
    expect(isAtLeast("6.8.0-45-generic", 6, 13)).toBe(false);
    expect(isAtLeast("7.0-rc1", 6, 13)).toBe(true);
    expect(isAtLeast("5.19.0", 6, 13)).toBe(false);
    expect(isAtLeast("6.18", 6, 13)).toBe(true);
  });

  it("says what an error means", () => {
    expect(explain("ENOSYS")).toContain("without io_uring");
    expect(explain("EPERM")).toMatch(/seccomp|io_uring_disabled/);
    expect(explain("EINVAL")).toContain("EINVAL");
  });
});
