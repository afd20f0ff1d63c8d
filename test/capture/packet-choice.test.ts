import { describe, expect, it } from "vitest";
import { PacketChoice } from "../../src/capture/packet-choice.ts";
import { ethernet, ipPacket, type MadePacket } from "./packets.ts";

const request: MadePacket = {
  source: "127.64.0.7",
  sourcePort: 1024,
  destination: "127.0.0.1",
  destinationPort: 7000,
};
const client = { protocol: "tcp", address: "127.64.0.7", port: 1024 } as const;

function holds(
  changes: Partial<MadePacket>,
  kept: { address: string; port: number | null } = client,
) {
  const choice = new PacketChoice([{ ...client, ...kept }]);
  return choice.holds(ethernet(ipPacket({ ...request, ...changes })), 1);
}

describe("the packets of a client", () => {
  it("are those from it and to it", () => {
    expect(holds({})).toBe(true);
    const reply = {
      source: request.destination,
      sourcePort: request.destinationPort,
      destination: request.source,
      destinationPort: request.sourcePort,
    };
    expect(holds(reply)).toBe(true);
  });

  it("are not those of others with its address, its port, or another protocol", () => {
    expect(holds({ source: "127.64.0.8" })).toBe(false);
    expect(holds({ sourcePort: 1025 })).toBe(false);
    expect(holds({ protocol: 17 })).toBe(false);
    // Its port is the other end's.
    expect(holds({ sourcePort: 7000, destinationPort: 1024 })).toBe(false);
  });

  it("are distinguished where both ends have one address", () => {
    const local = { address: "127.0.0.1", port: 1024 };
    const from = (sourcePort: number) => ({ source: "127.0.0.1", sourcePort });
    expect(holds(from(1024), local)).toBe(true);
    expect(holds(from(1025), local)).toBe(false);
    expect(holds({ source: "127.0.0.9", sourcePort: 1024 }, local)).toBe(false);
  });

  it("are all of its address where its port changes", () => {
    const any = { address: "127.64.0.7", port: null };
    expect(holds({ sourcePort: 5 }, any)).toBe(true);
    expect(holds({ source: "127.64.0.8" }, any)).toBe(false);
  });

  it("include packets without ports that have its address: ICMP, later fragments", () => {
    expect(holds({ protocol: 1, sourcePort: 0x0303 })).toBe(true);
    expect(holds({ protocol: 1, source: "127.64.0.8" })).toBe(false);
    expect(holds({ fragmentOffset: 185, sourcePort: 1 })).toBe(true);
    expect(holds({ fragmentOffset: 0x2000, sourcePort: 1 })).toBe(false);
  });

  it("are found over IPv6", () => {
    const ipv6 = { source: "fd00:127::5", destination: "::1" };
    const kept = { address: "fd00:127::5", port: 1024 };
    expect(holds(ipv6, kept)).toBe(true);
    expect(holds({ ...ipv6, source: "fd00:127::6" }, kept)).toBe(false);
    expect(holds({ ...ipv6, sourcePort: 1 }, kept)).toBe(false);
    expect(holds({ ...ipv6, protocol: 58, sourcePort: 1 }, kept)).toBe(true);
  });

  it.each([
    [0, 4],
    [1, 14],
    [101, 0],
    [108, 4],
    [113, 16],
    [276, 20],
  ])("are found after the header of link type %i", (linkType, bytes) => {
    expect(PacketChoice.reads(linkType)).toBe(true);
    const packet = Buffer.concat([Buffer.alloc(bytes), ipPacket(request)]);
    expect(new PacketChoice([client]).holds(packet, linkType)).toBe(true);
    expect(PacketChoice.reads(147)).toBe(false);
  });

  it("may be truncated anywhere", () => {
    const packet = ethernet(ipPacket(request));
    const choice = new PacketChoice([client]);
    for (let length = 0; length <= packet.length; length++) {
      // Without ports it could be the client's: keep it.
      expect(choice.holds(packet.subarray(0, length), 1), `${length} bytes`).toBe(length >= 34);
    }
    const six = ethernet(ipPacket({ ...request, source: "fd00:127::5", destination: "::1" }));
    for (let length = 0; length < 54; length++) choice.holds(six.subarray(0, length), 1);
  });
});
