import { expect, test } from "vitest";
import { misroutedPeers, PeerTimes } from "../../../src/servers/udp/peer-times.ts";

const peer = (port: number) => ({ address: "127.0.0.9", port });

test("first and last times are kept of every peer, of however many", () => {
  const times = new PeerTimes();
  for (const nowNs of [5, 9]) {
    for (let port = 1; port <= 3000; port++) times.track(peer(port), nowNs * 1e9 + port);
  }
  times.track({ address: "::1", port: 7 }, 3e9);
  const { keys, firstNs, lastNs } = times.report();
  expect(new Set(keys).size).toBe(3001);
  expect([firstNs.length, lastNs.length]).toEqual([3001, 3001]);
  expect([firstNs[2999], lastNs[2999]]).toEqual([5e9 + 3000, 9e9 + 3000]);
  expect([firstNs[3000], lastNs[3000]]).toEqual([3e9, 3e9]);
});

test("misrouted are peers of the old instance that move to the new one without a pause", () => {
  const old = new PeerTimes();
  const fresh = new PeerTimes();
  for (const port of [1, 2, 3]) old.track(peer(port), 10e9);
  old.track(peer(3), 14e9);
  fresh.track(peer(1), 11e9); // During its conversation.
  fresh.track(peer(2), 13e9); // It had been silent.
  fresh.track(peer(3), 12e9); // At both instances at once.
  fresh.track(peer(4), 11e9); // A new one.
  expect(misroutedPeers(old.report(), fresh.report(), 2e9)).toBe(2);
  expect(misroutedPeers(fresh.report(), new PeerTimes().report(), 2e9)).toBe(0);
});
