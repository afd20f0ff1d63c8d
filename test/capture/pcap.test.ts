import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { PacketChoice } from "../../src/capture/packet-choice.ts";
import { cutPcap } from "../../src/capture/pcap.ts";
import { makeTempDir } from "../support/temp-dir.ts";
import { ethernet, ipPacket, pcapFile } from "./packets.ts";

const choice = new PacketChoice([{ protocol: "tcp", address: "127.64.0.3", port: 1024 }]);

/** Packet i of client i mod 10. */
function packets(count: number, bytes = 0): Buffer[] {
  return Array.from({ length: count }, (_, i) =>
    Buffer.concat([
      ethernet(
        ipPacket({
          source: `127.64.0.${i % 10}`,
          sourcePort: 1024,
          destination: "127.0.0.1",
          destinationPort: 7000,
        }),
      ),
      Buffer.alloc(bytes, i),
    ]),
  );
}

async function cut(file: Buffer) {
  const folder = makeTempDir();
  writeFileSync(join(folder, "in.pcap"), file);
  const counts = await cutPcap(join(folder, "in.pcap"), join(folder, "out.pcap"), choice);
  return { counts, out: readFileSync(join(folder, "out.pcap")) };
}

test.each([
  ["little-endian", {}],
  ["big-endian, as on some machines", { big: true }],
  ["times in ns", { magic: 0xa1b23c4d }],
])("keeps the packets of a client, in their order: %s", async (_, format) => {
  const all = packets(1000);
  const { counts, out } = await cut(pcapFile(all, format));
  expect(counts).toEqual({ read: 1000, kept: 100 });
  // Their times identify them.
  const times = Array.from({ length: 100 }, (_, i) => {
    const at = 24 + i * (16 + 54);
    return "big" in format ? out.readUInt32BE(at) : out.readUInt32LE(at);
  });
  expect(times).toEqual(Array.from({ length: 100 }, (_, i) => 3 + 10 * i));
  expect(out.length).toBe(24 + 100 * (16 + 54));
  expect(out.subarray(0, 24)).toEqual(pcapFile([], format));
});

test("reads files larger than its buffer, with packets across its end", async () => {
  const all = packets(200, 60_001);
  const { counts, out } = await cut(pcapFile(all));
  expect(counts).toEqual({ read: 200, kept: 20 });
  const kept = all.filter((_, i) => i % 10 === 3);
  const expected = pcapFile(kept);
  for (const [i, packet] of kept.entries()) {
    const at = 24 + i * (16 + packet.length) + 16;
    expect(out.subarray(at, at + packet.length).equals(packet)).toBe(true);
  }
  expect(out.length).toBe(expected.length);
});

test("ignores a partial packet of a killed program", async () => {
  const whole = pcapFile(packets(14));
  for (const bytes of [1, 30, 54, 60]) {
    const { counts } = await cut(whole.subarray(0, whole.length - bytes));
    expect(counts).toEqual({ read: 13, kept: 1 });
  }
  expect((await cut(pcapFile([]))).counts).toEqual({ read: 0, kept: 0 });
});

test("refuses what it cannot read", async () => {
  await expect(cut(Buffer.alloc(0))).rejects.toThrow("the file has no pcap header");
  await expect(cut(Buffer.alloc(99))).rejects.toThrow("it is not a pcap file");
  await expect(cut(pcapFile([], { linkType: 147 }))).rejects.toThrow(
    "link type 147 is not supported",
  );
  const damaged = pcapFile(packets(2));
  damaged.writeUInt32LE(0xffffffff, 24 + 8);
  await expect(cut(damaged)).rejects.toThrow("packet 1 is damaged");
});
