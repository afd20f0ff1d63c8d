import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIp, formatIpv4 } from "../../../src/address/ip.ts";
import { writeSockaddr } from "../../../src/io/uring/kernel/sockaddr.ts";
import { Peers } from "../../../src/io/uring/peers.ts";

// Few of each, so that the same come again.
const anyPeer = fc.record({
  address: fc.oneof(
    fc.integer({ min: 0xfffffffd, max: 0xffffffff }).map(formatIpv4),
    fc.integer({ min: 0x7f000001, max: 0x7f000003 }).map(formatIpv4),
    fc.bigInt({ min: 0n, max: 2n }).map((value) => formatIp({ family: 6, value })),
  ),
  port: fc.constantFrom(0, 1, 255, 256, 65_535),
});

describe("known peers", () => {
  it("are one object for one address and port, read or named, and sockaddrs of their own", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyPeer, fc.boolean()), { minLength: 1 }), (steps) => {
        const peers = new Peers();
        const seen = new Map<string, object>();
        const words = new Int32Array(16);
        for (const [peer, read] of steps) {
          const bytes = writeSockaddr(words, 3, peer.address, peer.port);
          const known = read ? peers.read(words, 3) : peers.of(peer);
          expect({ address: known.address, port: known.port }).toEqual(peer);
          expect(known.bytes).toBe(bytes);
          expect([...known.words.subarray(0, bytes / 4)]).toEqual([
            ...words.subarray(3, 3 + bytes / 4),
          ]);
          words.fill(0);
          const key = `${peer.address} ${peer.port}`;
          expect(seen.get(key) ?? known).toBe(known);
          seen.set(key, known);
          expect(new Set(seen.values()).size).toBe(seen.size);
        }
      }),
    );
  });
});
