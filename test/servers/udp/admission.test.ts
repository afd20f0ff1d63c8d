/** Which peers a UDP server answers, over a fake transport. */
import { describe, expect, test } from "vitest";
import type { Endpoint } from "../../../src/address/flow.ts";
import type { UdpOptions } from "../../../src/scenario/scenario.ts";
import { startUdpEcho } from "../fake-service.ts";

const anna = { address: "127.5.5.5", port: 5555 };
const two: readonly Endpoint[] = [
  { address: "127.0.0.1", port: 7000 },
  { address: "127.0.0.2", port: 7000 },
];

async function start(udp: Partial<UdpOptions>, listen = two) {
  const started = await startUdpEcho(listen, {
    mode: "per-address",
    idleTimeoutNs: 1e9,
    newPeersPerSecond: null,
    remote: false,
    ...udp,
  });
  const binds = started.transport.calls.filter((call) => call.startsWith("bind"));
  return { ...started, binds };
}

describe("sockets", () => {
  test("one for each address, or one for all, which is reported as the requested addresses", async () => {
    const separate = await start({});
    expect(separate.binds).toEqual(["bind 0 127.0.0.1:7000", "bind 1 127.0.0.2:7000"]);
    const wildcard = await start({ mode: "wildcard" }, [
      ...two,
      { address: "::1", port: 7000 },
      { address: "127.0.0.1", port: 7001 },
    ]);
    expect(wildcard.binds).toEqual([
      "bind 0 0.0.0.0:7000",
      "bind 1 :::7000",
      "bind 2 0.0.0.0:7001",
    ]);
    expect(wildcard.endpoints.map(({ address }) => address)).toEqual([
      "127.0.0.1",
      "127.0.0.2",
      "::1",
      "127.0.0.1",
    ]);
  });

  test("packet information where the io supports it, else a socket for each address", async () => {
    const { binds, transport } = await start({ mode: "wildcard-pktinfo" });
    expect(transport.options.packetInfo).toBeUndefined();
    expect(binds).toEqual(["bind 0 127.0.0.1:7000", "bind 1 127.0.0.2:7000"]);
  });
});

describe("which peers are not answered", () => {
  test("the server itself: two echoes would never end", async () => {
    const { transport, udp } = await start({});
    transport.receive(0, "x", 0, { address: "127.0.0.2", port: 7000 });
    // A client may have the same port on another address.
    transport.receive(0, "y", 0, { address: "127.0.0.3", port: 7000 });
    expect(transport.sent.get(0)).toEqual(["y"]);
    expect(udp()?.own).toBe(1);
    const wildcard = await start({ mode: "wildcard" });
    wildcard.transport.receive(0, "x", 0, { address: "127.0.0.3", port: 7000 });
    expect(wildcard.transport.sent.get(0)).toBeUndefined();
    expect(wildcard.udp()?.own).toBe(1);
  });

  test("remote peers, where the socket is bound to any address and they are not allowed", async () => {
    const remote = { address: "192.0.2.1", port: 53 };
    const { transport, udp } = await start({ mode: "wildcard" });
    transport.receive(0, "x", 0, remote);
    transport.receive(0, "y", 0, anna);
    expect(transport.sent.get(0)).toEqual(["y"]);
    expect(udp()?.remote).toBe(1);
    const allowed = await start({ mode: "wildcard", remote: true });
    allowed.transport.receive(0, "x", 0, remote);
    expect(allowed.transport.sent.get(0)).toEqual(["x"]);
  });

  for (const mode of ["per-address", "established"] as const) {
    test(`new peers beyond their rate, known ones are: ${mode}`, async () => {
      const { transport, udp } = await start({ mode, newPeersPerSecond: 2 });
      const from = (port: number, nowNs: number) =>
        transport.receive(0, String(port), nowNs, { address: "127.5.5.5", port });
      for (const port of [1, 2, 3, 1, 2, 3]) from(port, 0);
      expect(transport.sent.get(0)).toEqual(["1", "2", "1", "2"]);
      expect(udp()?.refused).toBe(2);
      from(3, 0.6e9);
      from(4, 0.6e9);
      expect(transport.sent.get(0)?.slice(4)).toEqual(["3"]);
    });
  }

  test("a peer that was silent for long is a new one", async () => {
    const { transport, udp } = await start({ newPeersPerSecond: 1 });
    transport.receive(0, "a", 0, anna);
    transport.receive(0, "b", 0.9e9, anna);
    transport.receive(0, "c", 1.8e9, anna);
    transport.receive(0, "o", 5e9, { address: "::1", port: 1 });
    transport.receive(0, "d", 5e9, anna);
    expect(transport.sent.get(0)).toEqual(["a", "b", "c", "o"]);
    expect(udp()?.refused).toBe(1);
  });
});
