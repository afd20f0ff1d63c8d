import { expect, test } from "vitest";
import { bindsWildcard, udpSockets } from "../../src/scenario/udp-sockets.ts";

const listen = [
  { address: "127.0.0.1", port: 7000 },
  { address: "127.0.0.2", port: 7000 },
  { address: "::1", port: 7000 },
  { address: "127.0.0.1", port: 0 },
];

test("one for each endpoint, or one for all of a family and port", () => {
  for (const mode of ["specific", "per-address", "established", "reuseport"] as const) {
    expect(bindsWildcard(mode)).toBe(false);
    expect(udpSockets(mode, listen)).toEqual(
      listen.map((endpoint, place) => ({ endpoint, listens: [place] })),
    );
  }
  for (const mode of ["wildcard", "wildcard-pktinfo"] as const) {
    expect(udpSockets(mode, listen)).toEqual([
      { endpoint: { address: "0.0.0.0", port: 7000 }, listens: [0, 1] },
      { endpoint: { address: "::", port: 7000 }, listens: [2] },
      { endpoint: { address: "0.0.0.0", port: 0 }, listens: [3] },
    ]);
  }
});
