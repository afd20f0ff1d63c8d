import { describe, expect, test } from "vitest";
import { chooseIo, fallbackNotice } from "../../src/preflight/io-choice.ts";

const works = async () => null;
const reason = "kernel 5.15 is older than 6.13";
const fails = async () => reason;
const never = async () => {
  throw new Error("nobody asked");
};

describe("chooseIo", () => {
  test("auto takes the fast path where nothing is in its way, else says why not", async () => {
    expect(await chooseIo("auto", works, "linux")).toEqual({ io: "uring", obstacle: null });
    const fallen = await chooseIo("auto", fails, "linux");
    expect(fallen).toEqual({ io: "node", obstacle: reason });
    expect(fallbackNotice(fallen)).toContain(reason);
    expect(fallbackNotice(fallen)).not.toContain("\n");
  });

  test("without a fast io, and where node is requested, there is no notice", async () => {
    for (const chosen of [
      await chooseIo("auto", never, "darwin"),
      await chooseIo("node", never, "linux"),
    ]) {
      expect(chosen).toEqual({ io: "node", obstacle: null });
      expect(fallbackNotice(chosen)).toBeNull();
    }
  });

  test("uring that cannot be had is refused with exit 3, the reason, and what to do", async () => {
    expect(await chooseIo("uring", works, "linux")).toEqual({ io: "uring", obstacle: null });
    for (const platform of ["linux", "darwin"] as const) {
      await expect(chooseIo("uring", fails, platform)).rejects.toMatchObject({
        status: 3,
        message: expect.stringMatching(/kernel 5\.15.*\n.*--io node/),
      });
    }
  });
});
