import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  captureFilter,
  clientCaptureFilter,
  clientDisplayFilter,
  displayFilter,
  rangeToCidrs,
} from "../../src/address/filters.ts";
import { parseRanges } from "../../src/address/ranges.ts";

describe("filters that select the clients", () => {
  it.each([
    [["127.16.0.0/16"], "ip.addr == 127.16.0.0/16", "net 127.16.0.0/16"],
    [["127.0.0.1"], "ip.addr == 127.0.0.1", "host 127.0.0.1"],
    [
      ["127.16.0.1-127.16.0.4"],
      "ip.addr in {127.16.0.1 .. 127.16.0.4}",
      "host 127.16.0.1 or net 127.16.0.2/31 or host 127.16.0.4",
    ],
    [
      ["127.16.0.0/24", "127.0.0.7"],
      "ip.addr == 127.0.0.7 || ip.addr == 127.16.0.0/24",
      "host 127.0.0.7 or net 127.16.0.0/24",
    ],
    [["127.0.0.0/8"], "ip.addr == 127.0.0.0/8", "net 127.0.0.0/8"],
    [["127.0.0.0/24"], "ip.addr == 127.0.0.0/24", "net 127.0.0.0/24"],
    [["::1"], "ipv6.addr == ::1", "host ::1"],
    [["fd00::/64"], "ipv6.addr == fd00::/64", "net fd00::/64"],
  ])("%j", (texts, display, capture) => {
    expect(displayFilter(parseRanges(texts), null)).toBe(display);
    expect(captureFilter(parseRanges(texts), null)).toBe(capture);
  });

  it("add the destination ports where clients share addresses with others", () => {
    const one = parseRanges(["127.0.0.1"]);
    const two = parseRanges(["127.0.0.1", "127.16.0.0/24"]);
    expect(displayFilter(one, { protocol: "tcp", ports: [7000] })).toBe(
      "ip.addr == 127.0.0.1 && tcp.port == 7000",
    );
    expect(captureFilter(one, { protocol: "udp", ports: [53] })).toBe(
      "host 127.0.0.1 and udp port 53",
    );
    expect(displayFilter(two, { protocol: "tcp", ports: [7000, 7001] })).toBe(
      "(ip.addr == 127.0.0.1 || ip.addr == 127.16.0.0/24) && (tcp.port == 7000 || tcp.port == 7001)",
    );
    expect(captureFilter(two, { protocol: "tcp", ports: [7000] })).toBe(
      "(host 127.0.0.1 or net 127.16.0.0/24) and tcp port 7000",
    );
  });
});

describe("filters of one client", () => {
  const flow = (sourceAddress: string, destinationAddress: string) => ({
    sourceAddress,
    sourcePort: 1024,
    destinationAddress,
    destinationPort: 7000,
  });
  const both = (source: string, destination: string) => {
    const to = [{ address: destination, port: 7000 }];
    const client = flow(source, destination);
    return [clientDisplayFilter(client, "tcp", to), clientCaptureFilter(client, "udp", to)];
  };

  it("are its address and port", () => {
    expect(both("127.16.0.9", "127.0.0.1")).toEqual([
      "ip.addr == 127.16.0.9 && tcp.port == 1024",
      "host 127.16.0.9 and udp port 1024",
    ]);
    expect(both("fd00:127::9", "::1")[0]).toBe("ipv6.addr == fd00:127::9 && tcp.port == 1024");
  });

  it("are by side where its address is also a destination", () => {
    expect(both("::1", "::1")).toEqual([
      "(ipv6.src == ::1 && tcp.srcport == 1024) || (ipv6.dst == ::1 && tcp.dstport == 1024)",
      "(src host ::1 and udp src port 1024) or (dst host ::1 and udp dst port 1024)",
    ]);
  });
});

describe("rangeToCidrs", () => {
  it("covers the range without gap or overlap, each block aligned", () => {
    const value = fc.bigInt({ min: 0n, max: 0xffffffffn });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        let at = from;
        for (const { first, prefix } of rangeToCidrs([from, to], 32)) {
          const size = 1n << BigInt(32 - prefix);
          expect(first).toBe(at);
          expect(first % size).toBe(0n);
          at += size;
        }
        expect(at).toBe(to + 1n);
      }),
    );
  });

  it("needs as few blocks as possible", () => {
    // Every aligned block is one; the worst range of 32 bits takes 62.
    expect(rangeToCidrs([0n, 0xffffffffn], 32)).toEqual([{ first: 0n, prefix: 0 }]);
    expect(rangeToCidrs([256n, 511n], 32)).toEqual([{ first: 256n, prefix: 24 }]);
    expect(rangeToCidrs([1n, 0xfffffffen], 32)).toHaveLength(62);
    expect(rangeToCidrs([7n, 7n], 128)).toEqual([{ first: 7n, prefix: 128 }]);
    // No two neighbours are halves of one block.
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(5000), (from, length) => {
        const blocks = rangeToCidrs([BigInt(from), BigInt(from + length)], 32);
        for (const [i, block] of blocks.entries()) {
          const following = blocks[i + 1];
          const isLowerHalf = ((block.first >> BigInt(32 - block.prefix)) & 1n) === 0n;
          expect(following?.prefix === block.prefix && isLowerHalf).toBe(false);
        }
      }),
    );
  });
});
