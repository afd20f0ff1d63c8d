import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rounds } from "../../../support/fuzz.ts";
import { useHarness } from "../harness.ts";
import { CheckedClient } from "./checked-client.ts";
import { EchoServer } from "./echo-server.ts";

const slots = 10;
const slot = fc.nat(slots - 1);
const length = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 300 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1000, max: 140_000 }) },
  { weight: 2, arbitrary: fc.constantFrom(131_072, 131_073, 1_000_000) },
);
const how = fc.constantFrom("fin" as const, "reset" as const);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant("open" as const), slot }) },
  { weight: 10, arbitrary: fc.record({ what: fc.constant("send" as const), slot, length }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("close" as const), slot, how }) },
  { weight: 8, arbitrary: fc.record({ what: fc.constant("turn" as const), count: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("end theirs" as const), slot, how }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("pause theirs" as const), slot }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("resume theirs" as const), slot }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("pause" as const), slot }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("resume" as const), slot }) },
);

/** What is done from inside events, taken in their order; most do nothing. */
const reaction = fc.oneof(
  { weight: 12, arbitrary: fc.constant("nothing" as const) },
  { weight: 2, arbitrary: fc.constant("send" as const) },
  { weight: 1, arbitrary: fc.constantFrom("fin" as const, "reset" as const) },
  { weight: 2, arbitrary: fc.constant("open" as const) },
);

describe("any order of calls and events", () => {
  const { makeIo, until, turns, end } = useHarness();

  // Tables of 10, 4 and 1 descriptors: one ring, three of which the last is small, ten.
  it.each([10, 4, 1])("keeps the table of io.ts, %d slots to a ring", async (files) => {
    const opens = { all: 0, blocked: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 20, maxLength: 80 }),
        fc.array(reaction, { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (steps, reactions, settle) => {
          const server = new EchoServer();
          const serverIo = makeIo(files);
          server.transport = serverIo.transport({ protocol: "tcp", slots, events: server });
          const listener = await server.transport.listen({ address: "127.0.0.1", port: 0 });
          const client = new CheckedClient(slots, listener.endpoint);
          const io = makeIo(files);
          client.transport = io.transport({ protocol: "tcp", slots, events: client });
          let reacted = 0;
          client.react = (_event, slot) => {
            const what = reactions[reacted++ % reactions.length];
            if (what === "send") client.send(slot, 1000);
            else if (what === "open") client.open(slot);
            else if (what !== "nothing" && what !== undefined) client.close(slot, what);
          };
          const paused = new Set<number>();
          for (const step of steps) {
            const theirs = "slot" in step ? server.live[step.slot % server.live.length] : undefined;
            if (step.what === "open") client.open(step.slot);
            else if (step.what === "send") client.send(client.nthOpen(step.slot), step.length);
            else if (step.what === "close") client.close(step.slot, step.how);
            else if (step.what === "turn") await turns(step.count);
            else if (step.what === "pause" || step.what === "resume") {
              client.transport[step.what](step.slot);
              if (step.what === "pause") paused.add(step.slot);
            } else if (theirs === undefined) continue;
            else if (step.what === "end theirs") server.transport.close(theirs, step.how);
            else if (step.what === "pause theirs") server.transport.pause(theirs);
            else server.transport.resume(theirs);
          }
          client.react = () => {};
          if (settle) {
            for (const slot of paused) client.transport.resume(slot);
            await turns(2);
            await until(() => {
              // Also those that came only now, or were paused in the meantime.
              for (const slot of server.live) server.transport?.resume(slot);
              return client.owing === 0 && client.states.every((s) => s === "free" || s === "open");
            });
          }
          await end();
          opens.all += client.opens;
          opens.blocked += client.blocks;
          expect(client.problems).toEqual([]);
          expect(server.problems).toEqual([]);
          expect(client.closes).toBe(client.opens);
          expect(server.closedCount).toBe(server.acceptedCount);
          expect(server.live).toEqual([]);
        },
      ),
      { numRuns: rounds(20, 400) },
    );
    expect(opens.all).toBeGreaterThan(100);
    expect(opens.blocked).toBeGreaterThan(10);
  });
});
