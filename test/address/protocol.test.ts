import { expect, test } from "vitest";
import { defaultProtocol, protocolNames, protocols } from "../../src/address/protocol.ts";

test("a protocol of datagrams has no connections here, and what is reliable has", () => {
  expect(protocolNames).toContain(defaultProtocol);
  for (const { isDatagram, hasConnections, isReliable } of Object.values(protocols)) {
    expect(hasConnections).toBe(!isDatagram);
    expect(isReliable).toBe(hasConnections);
  }
});

test("the numbers are those of the IP header", () => {
  expect(protocols).toMatchObject({ tcp: { number: 6 }, udp: { number: 17 } });
});
