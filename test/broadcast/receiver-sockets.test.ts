import { describe, expect, it } from "vitest";
import type { FromReceivers, Membership, MembershipSpan } from "../../src/broadcast/protocol.ts";
import { ReceiverSockets } from "../../src/broadcast/receiver-sockets.ts";
import { timedStampBytes, writeSendTime } from "../../src/messages/send-time.ts";
import { writeStamp } from "../../src/messages/stamp.ts";
import { spanColumns } from "../../src/metrics/broadcast/span-rows.ts";
import { Disturbance } from "../../src/metrics/disturbance/disturbance.ts";
import { phase } from "../../src/metrics/snapshot.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";
import { FakeIo, type FakeTransport } from "../support/fake-io.ts";

const endpoint = { address: "127.255.255.255", port: 7400 };
const ms = 1e6;

/** ReceiverSockets of two senders, 127.1.0.1:2000 and 127.1.0.2:2000, over a transport without sockets. */
async function listening(membership: readonly (Membership | null)[]) {
  const io = new FakeIo();
  const clock = { nowNs: 0 };
  const sent: FromReceivers[] = [];
  const disturbance = new Disturbance();
  const receivers = new ReceiverSockets(
    io,
    {
      workload: 3,
      stampTag: 9,
      senders: 2,
      space: {
        sources: [["127.1.0.1", "127.1.0.2"]],
        ports: [[2000, 2000]],
        destinations: [endpoint],
        connectionsPerSource: 1,
      },
      endpoint,
      group: null,
      io: "node",
      threads: 1,
      firstThread: 4,
      receivers: membership.map((each, receiver) => ({ receiver, membership: each })),
    },
    () => clock.nowNs,
    (message) => sent.push(message),
    disturbance,
  );
  await receivers.join();
  const transport = io.transports[0] as FakeTransport;
  return {
    receivers,
    disturbance,
    transport,
    /** At the given time the receiver on the slot gets a datagram. */
    deliver(
      slot: number,
      atNs: number,
      {
        sender = 0,
        sequence = 0,
        sentNs = atNs,
        lateNs = 10,
        workload = 3,
        tag = 9,
        port = 2000,
        bytes = 40,
        at = 2,
      } = {},
    ) {
      clock.nowNs = atNs;
      const datagram = new Uint8Array(bytes);
      if (bytes >= timedStampBytes) {
        writeStamp(datagram, 0, workload, sender, sequence, tag);
        writeSendTime(datagram, 0, sentNs - lateNs, sentNs, at);
      }
      receivers.receivedFrom(slot, datagram, 0, bytes, {
        address: `127.1.0.${sender + 1}`,
        port,
      });
    },
    tick(nowNs: number) {
      clock.nowNs = nowNs;
      return receivers.tick(nowNs);
    },
    report: (slot: number) => receivers.reports()[slot],
    memberships(): MembershipSpan[] {
      receivers.flush();
      return sent.flatMap((message) => (message.type === "received" ? message.memberships : []));
    },
    spans(): number[][] {
      receivers.flush();
      return sent
        .flatMap((message) => (message.type === "received" ? [...message.spans] : []))
        .reduce<number[][]>((rows, value, i) => {
          if (i % spanColumns === 0) rows.push([]);
          rows.at(-1)?.push(value);
          return rows;
        }, []);
    },
    sent,
  };
}

describe("receivers that stay joined", () => {
  it("tells apart what met a pause of its thread, or left late after one of its sender", async () => {
    const { deliver, disturbance, receivers } = await listening([null, null]);
    deliver(0, 100 * ms, { sequence: 0 });
    // The thread's loop was to turn at 110 ms, and does so at 200 ms.
    disturbance.lateFromNs = 120 * ms;
    disturbance.onLate = (lateNs) => {
      disturbance.untilNs = lateNs;
      disturbance.lateFromNs = Number.POSITIVE_INFINITY;
    };
    deliver(0, 200 * ms, { sequence: 1, sentNs: 150 * ms });
    deliver(1, 201 * ms, { sequence: 1, sentNs: 150 * ms });
    deliver(0, 300 * ms, { sequence: 2, sentNs: 299 * ms });
    deliver(0, 400 * ms, { sequence: 3, sentNs: 399 * ms, lateNs: 40 * ms });
    deliver(0, 500 * ms, { sequence: 4, at: phase.warmUp });
    const { latency, disturbed } = receivers.latency.take();
    expect([latency.count, disturbed.count]).toEqual([5, 3]);
    expect(disturbed).toMatchObject({ min: 41 * ms, max: 51 * ms + 10 });
    expect(receivers.latency.take()).toMatchObject({ latency: noCounts, disturbed: noCounts });
    expect(receivers.reports()[0]?.thread).toBe(4);
    // Behind by what was sent last, until nothing is left.
    expect(receivers.takeBacklog().nextIntendedNs).toBe(500 * ms);
    expect(receivers.takeBacklog().nextIntendedNs).toBe(Number.POSITIVE_INFINITY);
  });

  it("are bound to one endpoint which they share", async () => {
    const { transport } = await listening([null, null]);
    expect(transport.calls).toEqual(["bind 0 127.255.255.255:7400", "bind 1 127.255.255.255:7400"]);
    expect(transport.options).toMatchObject({ protocol: "udp", reuse: "address", slots: 2 });
  });

  it("each count new, duplicated and reordered datagrams, and latency in steady state", async () => {
    const { deliver, report } = await listening([null, null]);
    deliver(0, 1000, { sequence: 0, sentNs: 900 });
    deliver(0, 1100, { sequence: 2, sentNs: 900 });
    deliver(0, 1200, { sequence: 1, sentNs: 900 });
    deliver(0, 1300, { sequence: 2, sentNs: 900 });
    deliver(0, 1400, { sequence: 3, sentNs: 900, at: phase.warmUp });
    deliver(1, 2000, { sequence: 0, sentNs: 900 });
    const counted = { received: 4, duplicated: 1, reordered: 1, foreign: 0, memberships: 1 };
    expect(report(0)).toMatchObject(counted);
    expect(report(0)?.latency).toMatchObject({ count: 3, min: 110, max: 310 });
    expect(report(1)).toMatchObject({ received: 1, bytesReceived: 40 });
  });

  it("count deliveries of steady state by its seconds, copies and strangers left out", async () => {
    const { deliver, receivers } = await listening([null, null]);
    receivers.arrivals.plan(5e9, 7.5e9);
    deliver(0, 4.9e9, { sequence: 0 });
    deliver(0, 5e9, { sequence: 1 });
    deliver(1, 5.5e9, { sequence: 1 });
    deliver(1, 5.6e9, { sequence: 1 });
    deliver(1, 5.7e9, { sequence: 2, workload: 9 });
    deliver(0, 7.4e9, { sequence: 2, at: phase.warmUp });
    deliver(0, 7.5e9, { sequence: 3 });
    expect(receivers.arrivals.amounts()).toEqual([2, 0, 1]);
    expect(receivers.datagrams).toBe(7);
  });

  it("report once for each datagram who received it first and last; copies do not count for that", async () => {
    const { deliver, spans } = await listening([null, null]);
    deliver(1, 1000, { sequence: 5, sentNs: 900 });
    deliver(0, 1300, { sequence: 5, sentNs: 900 });
    deliver(1, 1900, { sequence: 5, sentNs: 900 });
    expect(spans()).toEqual([[0, 5, phase.steady, 900, 1000, 1300, 2, 0]]);
  });

  it("identify their senders by 4-tuple: others are counted separately, whatever they claim to be", async () => {
    const { deliver, report } = await listening([null]);
    deliver(0, 1, { port: 2001 });
    deliver(0, 1, { workload: 2 });
    deliver(0, 1, { sender: 2 });
    deliver(0, 1, { bytes: timedStampBytes - 1 });
    deliver(0, 1, { bytes: 0 });
    expect(report(0)).toMatchObject({ foreign: 5, received: 0, bytesReceived: 0 });
  });
});

describe("receivers that join and leave", () => {
  const membership = { firstJoinedNs: 100 * ms, joinedForNs: 300 * ms, leftForNs: 50 * ms };

  it("leave when it is time, and close when every sender has sent something after that", async () => {
    const { deliver, tick, transport, report, memberships } = await listening([membership]);
    expect(tick(10 * ms)).toBe(100 * ms);
    deliver(0, 20 * ms);
    tick(100 * ms);
    // Sent before it left: counts for it, although it arrives later.
    deliver(0, 101 * ms, { sequence: 1, sentNs: 99 * ms });
    // Sent after: does not count for it.
    deliver(0, 102 * ms, { sequence: 2, sentNs: 101 * ms });
    tick(103 * ms);
    expect(transport.calls).not.toContain("close 0 fin");
    deliver(0, 104 * ms, { sender: 1, sequence: 0, sentNs: 103 * ms });
    tick(105 * ms);
    expect(transport.calls.at(-1)).toBe("close 0 fin");
    expect(report(0)).toMatchObject({ received: 2, foreign: 0 });
    expect(memberships()).toEqual([
      { receiver: 0, membership: 0, joinedNs: 0, leftNs: Number.POSITIVE_INFINITY },
      { receiver: 0, membership: 0, joinedNs: 0, leftNs: 100 * ms },
    ]);
  });

  it("join again after a while; what was sent before that does not count for them", async () => {
    const { deliver, tick, transport, report, memberships, receivers } = await listening([
      membership,
    ]);
    tick(100 * ms);
    for (const sender of [0, 1]) deliver(0, 101 * ms, { sender, sentNs: 101 * ms });
    tick(102 * ms);
    receivers.closed(0);
    tick(149 * ms);
    expect(transport.calls.filter((call) => call.startsWith("bind")).length).toBe(1);
    tick(150 * ms);
    await Promise.resolve();
    expect(transport.calls.at(-1)).toBe("bind 0 127.255.255.255:7400");
    deliver(0, 160 * ms, { sequence: 8, sentNs: 149 * ms });
    deliver(0, 161 * ms, { sequence: 9, sentNs: 150 * ms });
    expect(report(0)).toMatchObject({ received: 1, memberships: 2 });
    expect(memberships().at(-1)).toMatchObject({ membership: 1, joinedNs: 150 * ms });
    tick(449 * ms);
    expect(transport.calls.at(-1)).toBe("bind 0 127.255.255.255:7400");
    tick(450 * ms);
    expect(memberships().at(-1)).toMatchObject({ membership: 1, leftNs: 450 * ms });
  });

  it("wait a second for senders that are silent, and longer while something arrives", async () => {
    const { deliver, tick, transport } = await listening([membership]);
    tick(100 * ms);
    tick(1099 * ms);
    tick(1100 * ms);
    deliver(0, 1150 * ms, { sentNs: 90 * ms });
    tick(1200 * ms);
    expect(transport.calls).not.toContain("close 0 fin");
    tick(1300 * ms);
    expect(transport.calls.at(-1)).toBe("close 0 fin");
  });

  it("do not join again before they are closed, whatever still arrives", async () => {
    const { deliver, tick, transport, receivers } = await listening([membership]);
    tick(100 * ms);
    tick(1100 * ms);
    tick(1200 * ms);
    expect(transport.calls.at(-1)).toBe("close 0 fin");
    for (const sender of [0, 1]) deliver(0, 1201 * ms, { sender, sentNs: 1000 * ms });
    tick(1202 * ms);
    expect(transport.calls.at(-1)).toBe("close 0 fin");
    receivers.closed(0);
    tick(1203 * ms);
    expect(transport.calls.at(-1)).toBe("bind 0 127.255.255.255:7400");
  });

  it("report it once where they cannot join again", async () => {
    const { deliver, tick, transport, receivers, sent } = await listening([membership, membership]);
    tick(100 * ms);
    for (const slot of [0, 1]) {
      for (const sender of [0, 1]) deliver(slot, 101 * ms, { sender, sentNs: 101 * ms });
    }
    tick(102 * ms);
    receivers.closed(0);
    transport.refusal = Object.assign(new Error("bind EADDRINUSE"), { code: "EADDRINUSE" });
    tick(150 * ms);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent.filter(({ type }) => type === "failed")).toEqual([
      { type: "failed", code: "EADDRINUSE", message: "bind EADDRINUSE" },
    ]);
  });
});
