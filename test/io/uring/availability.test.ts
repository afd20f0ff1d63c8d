import { describe, expect, it } from "vitest";
import { explain } from "../../../src/io/uring/availability.ts";

describe("obstacles to io_uring", () => {
  it("says what an error means", () => {
    expect(explain("ENOSYS")).toContain("without io_uring");
    expect(explain("EPERM")).toMatch(/seccomp|io_uring_disabled/);
    expect(explain("EINVAL")).toContain("EINVAL");
  });
});
