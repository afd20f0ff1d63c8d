import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIp, formatIpv4 } from "../../../../src/address/ip.ts";
import {
  familyOf,
  ipv4Word,
  mostSockaddrBytes,
  readSockaddr,
  writeSockaddr,
} from "../../../../src/io/uring/kernel/sockaddr.ts";

const anyIpv4 = fc.integer({ min: 0, max: 0xffffffff }).map(formatIpv4);
const anyIpv6 = fc
  .bigInt({ min: 0n, max: (1n << 128n) - 1n })
  .map((value) => formatIp({ family: 6, value }));
const anyPort = fc.integer({ min: 0, max: 65_535 });

function bytesOf(address: string, port: number): number[] {
  const words = new Int32Array(7).fill(-1);
  const length = writeSockaddr(words, 0, address, port);
  return [...new Uint8Array(words.buffer, 0, length)];
}

describe("socket addresses", () => {
  it("are what ip(7) and ipv6(7) say: the family in the machine's order, the rest in the network's", () => {
    expect(bytesOf("127.1.2.3", 0x1234)).toEqual([
      2, 0, 0x12, 0x34, 127, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0,
    ]);
    const v6 = bytesOf("2001:db8::a:b", 80);
    expect(v6.length).toBe(mostSockaddrBytes);
    expect(v6.slice(0, 8)).toEqual([10, 0, 0, 80, 0, 0, 0, 0]);
    expect(v6.slice(8, 24)).toEqual([0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 11]);
    expect(v6.slice(24)).toEqual([0, 0, 0, 0]);
  });

  it("read as they were written, wherever they are", () => {
    fc.assert(
      fc.property(fc.oneof(anyIpv4, anyIpv6), anyPort, fc.nat(9), (address, port, at) => {
        const words = new Int32Array(17).fill(0x5a5a5a5a);
        const length = writeSockaddr(words, at, address, port);
        expect(readSockaddr(words, at)).toEqual({ address, port });
        expect(words.subarray(0, at).every((word) => word === 0x5a5a5a5a)).toBe(true);
        expect(words.subarray(at + length / 4).every((word) => word === 0x5a5a5a5a)).toBe(true);
      }),
    );
  });

  it("of IPv4 are one word in memory, lowest octet first", () => {
    expect(ipv4Word("1.2.3.4")).toBe(0x04030201);
    fc.assert(
      fc.property(fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }), (octets) => {
        const word = new Int32Array([ipv4Word(octets.join("."))]);
        expect([...new Uint8Array(word.buffer)]).toEqual(octets);
      }),
    );
  });

  it("are of two families", () => {
    expect(familyOf("127.0.0.1")).toBe(2);
    expect(familyOf("::1")).toBe(10);
  });
});
