import type { Endpoint } from "../../src/address/flow.ts";
import type { UdpOptions } from "../../src/scenario/scenario.ts";
import { Service } from "../../src/servers/service.ts";
import type { Reflectors } from "../../src/servers/udp/reflectors.ts";
import { FakeIo, type FakeTransport } from "../support/fake-io.ts";

/** A udp-echo over a fake transport, which listens. */
export async function startUdpEcho(
  listen: readonly Endpoint[],
  udp: UdpOptions,
  mostOpen = 8,
  reflectors: Reflectors | null = null,
) {
  const io = new FakeIo();
  const service = new Service(io, {
    builtin: "udp-echo",
    listen,
    options: { delayNs: 0, loss: 0, pause: null, closeAfter: null, bodyBytes: 0, udp },
    seed: 1,
    startNs: 0,
    mostOpen,
    reflectors,
  });
  const endpoints = await service.listen();
  const transport = io.transports[0] as FakeTransport;
  return { service, transport, endpoints, udp: () => service.stats().udp };
}
