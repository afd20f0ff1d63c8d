import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Outbox } from "../../src/relay/outbox.ts";
import { UdpLink } from "../../src/relay/udp-link.ts";
import { UdpLinks } from "../../src/relay/udp-links.ts";
import { Staging } from "../../src/servers/replies/staging.ts";
import { FakeIo } from "../support/fake-io.ts";
import { RecordingEvents } from "../support/recording-events.ts";
import { route } from "./routes.ts";

const slots = 6;

function links() {
  const transport = new FakeIo().transport({
    protocol: "udp",
    slots,
    events: new RecordingEvents(),
  });
  const outbox = new Outbox(transport, 0, new Staging(), true);
  const through = route();
  return (slot: number) => {
    const client = { address: `127.0.0.${1 + (slot % 2)}`, port: 5000 + (slot >> 1) };
    const source = { address: "127.0.0.2", port: client.port };
    return new UdpLink(slot, through, 0, client, source, slot, outbox, 0);
  };
}

describe("UdpLinks", () => {
  it("keeps the order of last datagrams, whatever is added, touched and deleted", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: slots - 1 })), (steps) => {
        const make = links();
        const table = new UdpLinks(1, slots);
        let order: number[] = [];
        for (const [nowNs, slot] of steps.entries()) {
          const known = table.at(slot);
          if (known === null) table.add(make(slot));
          else if (nowNs % 3 === 0) table.delete(known);
          else table.touch(known, nowNs);
          order = order.filter((other) => other !== slot);
          if (table.at(slot) !== null) order.push(slot);
          const found: number[] = [];
          for (let link = table.oldest; link !== null; link = link.newer) found.push(link.slot);
          expect(found).toEqual(order);
          expect(table.newest?.slot).toBe(order.at(-1));
          for (let other = 0; other < slots; other++) {
            expect(table.of(0, make(other).client)).toBe(table.at(other) ?? undefined);
          }
        }
      }),
    );
  });
});
