import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isTakenFor, takeCaptureFile } from "../../src/capture/capture-file.ts";
import { Leases } from "../../src/machine/leases.ts";
import { makeTempDir } from "../support/temp-dir.ts";

test.runIf(process.platform === "linux")(
  "a file that another run writes to is left to it; one that is there is replaced",
  async () => {
    const folder = makeTempDir();
    const file = join(folder, "all.pcap");
    writeFileSync(file, "of a run before");
    writeFileSync(join(folder, "all-2.pcap"), "of a run before");
    const [one, other, third] = [new Leases(), new Leases(), new Leases()];
    expect(await takeCaptureFile(one, file)).toBe(file);
    expect(await takeCaptureFile(other, file)).toBe(join(folder, "all-3.pcap"));
    expect(await takeCaptureFile(third, join(folder, ".", "all.pcap"))).toBe(
      join(folder, "all-4.pcap"),
    );
    await one.release();
    expect(await takeCaptureFile(third, file)).toBe(file);
    await Promise.all([other.release(), third.release()]);
  },
);

test("the file of a capture is told from one that could not be written", () => {
  expect(isTakenFor("a.pcap", "a.pcap")).toBe(true);
  expect(isTakenFor("a.pcap", "a-2.pcap")).toBe(true);
  expect(isTakenFor("a.pcap", "/tmp/a.part.pcap")).toBe(false);
  expect(isTakenFor("a.pcap", "a-2.part.pcap")).toBe(false);
});
