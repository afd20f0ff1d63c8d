import fc from "fast-check";
import { expect, test } from "vitest";
import { formatIp, formatIpv4 } from "../../../src/address/ip.ts";
import { peerKey } from "../../../src/servers/udp/peer-key.ts";

test("distinguishes all addresses and ports", () => {
  const address = fc.oneof(
    fc.integer({ min: 0, max: 0xffffffff }).map(formatIpv4),
    fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => formatIp({ family: 6, value })),
  );
  const peer = fc.tuple(address, fc.integer({ min: 0, max: 65_535 }));
  fc.assert(
    fc.property(peer, peer, (a, b) => {
      expect(peerKey(...a) === peerKey(...b)).toBe(a[0] === b[0] && a[1] === b[1]);
    }),
  );
  expect(peerKey("127.0.0.1", 65_535)).toBe(0x7f000001 * 65_536 + 65_535);
});
