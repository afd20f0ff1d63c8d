import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { rangeTexts } from "../../src/address/ranges.ts";
import { Leases, parseLeased, readLeased } from "../../src/machine/leases.ts";
import { makeTempDir } from "../support/temp-dir.ts";

/** Leases of a run that gives them back at the end of the test. */
function leases(): Leases {
  const made = new Leases();
  onTestFinished(() => made.release());
  return made;
}

/** Whether the addresses are among those of all runs of this machine. */
const isListed = (from: string, to: string) =>
  readLeased().some((ranges) => rangeTexts(ranges).some(([a, b]) => a === from && b === to));

// Blocks that no run gets by default while others are free: tests run beside other runs.
test.runIf(process.platform === "linux")("one run has a block at a time", async () => {
  const [one, other] = [leases(), leases()];
  const block = "127.9.0.0/16";
  expect(await one.takeBlock(block)).toBe("taken");
  expect(isListed("127.9.0.0", "127.9.255.255")).toBe(true);
  expect(await other.takeBlock(block)).toBe("held");
  expect(await other.takeBlock("127.10.0.0/16")).toBe("taken");
  await one.returnBlock(block);
  expect(isListed("127.9.0.0", "127.9.255.255")).toBe(false);
  expect(await other.takeBlock(block)).toBe("taken");
  await other.release();
  await other.release();
  expect(await one.takeBlock(block)).toBe("taken");
});

test.runIf(process.platform === "linux")("one run has a port of a protocol at a time", async () => {
  const [one, other] = [leases(), leases()];
  expect(await one.takePort("tcp", 23_610)).toBe("taken");
  expect(await other.takePort("tcp", 23_610)).toBe("held");
  expect(await other.takePort("udp", 23_610)).toBe("taken");
});

test.runIf(process.platform === "linux")(
  "addresses that users have named are listed, as often as they are named",
  async () => {
    const [one, other] = [leases(), leases()];
    const [ranges] = parseLeased("@slash8/named/127.11.0.1-127.11.0.9/00");
    if (ranges === undefined) throw new Error("a range is read");
    await one.announce(ranges);
    await other.announce(ranges);
    await one.release();
    expect(isListed("127.11.0.1", "127.11.0.9")).toBe(true);
    await other.release();
    expect(isListed("127.11.0.1", "127.11.0.9")).toBe(false);
  },
);

test("one run has the turn at a time, in a file where there are no names without one", async () => {
  const [one, other] = [leases(), leases()];
  const file = join(makeTempDir(), "turn.sock");
  expect(await one.takeTurn(file)).toBe("taken");
  expect(await other.takeTurn(file)).toBe("held");
  await one.release();
  expect(await other.takeTurn(file)).toBe("taken");
  await other.release();
  writeFileSync(file, "left over by a process that was killed");
  expect(await one.takeTurn(file)).toBe("taken");
});

test("of /proc/net/unix only our names are read, and of those only addresses", () => {
  const rows = [
    "Num       RefCount Protocol Flags    Type St Inode Path",
    "0000000000000000: 00000002 00000000 00010000 0001 01 26661 @slash8/leased/127.64.0.0/16",
    "0000000000000000: 00000002 00000000 00010000 0001 01 26662 @slash8/leased/fd00:127::40:0/112@@@@@",
    "0000000000000000: 00000002 00000000 00010000 0001 01 26663 @slash8/named/127.16.0.9-127.16.0.9/0a1b2c3d",
    "0000000000000000: 00000002 00000000 00010000 0001 01 26664 @slash8/port/tcp/127",
    "0000000000000000: 00000002 00000000 00010000 0001 01 26665 @slash8/leased/127.64.0.0/99",
    "0000000000000000: 00000002 00000000 00010000 0001 01 26666 /run/slash8/leased/127.65.0.0/16",
    "0000000000000000: 00000002 00000000 00010000 0001 01 26667",
    "",
  ];
  expect(parseLeased(rows.join("\n")).flatMap(rangeTexts)).toEqual([
    ["127.64.0.0", "127.64.255.255"],
    ["fd00:127::40:0", "fd00:127::40:ffff"],
    ["127.16.0.9", "127.16.0.9"],
  ]);
  expect(parseLeased("")).toEqual([]);
});
