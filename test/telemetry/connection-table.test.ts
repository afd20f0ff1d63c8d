import { describe, expect, test } from "vitest";
import { tcpField, tcpFields } from "../../src/metrics/tcp/fields.ts";
import { ConnectionTable } from "../../src/telemetry/connection-table.ts";
import { readTcpInfo } from "../../src/telemetry/tcp-info.ts";
import { type Given, tcpInfo } from "./answers.ts";

function seen(table: ConnectionTable, id: number, given: Given): void {
  const bytes = tcpInfo(given);
  const info = readTcpInfo(bytes, 0, bytes.length);
  if (info === null) throw new Error("a whole struct tcp_info");
  table.connection(id, given.cookie ?? id, info);
}

describe("a look", () => {
  test("has what each connection grew by since the look before", () => {
    const table = new ConnectionTable(10);
    seen(table, 1, { retransmits: 3, segmentsSent: 100, busyUs: 500 });
    seen(table, 2, { retransmits: 0, segmentsSent: 50, receiveWindowLimitedUs: 7 });
    const first = table.take();
    expect(first.connections).toBe(2);
    expect(first.receiveWindowLimited).toBe(1);
    expect(first.added).toEqual({
      retransmits: 3,
      segmentsSent: 150,
      busyNs: 500_000,
      receiveWindowLimitedNs: 7000,
      sendBufferLimitedNs: 0,
    });
    seen(table, 1, { retransmits: 4, segmentsSent: 130, busyUs: 600 });
    seen(table, 2, { retransmits: 0, segmentsSent: 50, receiveWindowLimitedUs: 7 });
    const second = table.take();
    expect(second.receiveWindowLimited).toBe(0);
    expect(second.added).toMatchObject({ retransmits: 1, segmentsSent: 30, busyNs: 100_000 });
  });

  test("counts all of a socket that took the 4-tuple of another", () => {
    const table = new ConnectionTable(10);
    seen(table, 1, { cookie: 11, segmentsSent: 100, retransmits: 1 });
    table.take();
    seen(table, 1, { cookie: 12, segmentsSent: 140, retransmits: 2 });
    expect(table.take().added).toMatchObject({ segmentsSent: 140, retransmits: 2 });
  });

  test("has the round trips of those that had one", () => {
    const table = new ConnectionTable(10);
    seen(table, 1, { rttUs: 50, rttVariationUs: 5, minRttUs: 40, unacked: 2, lost: 1 });
    seen(table, 2, { rttUs: 90, rttVariationUs: 9, minRttUs: 20, unacked: 1, deliveryRate: 1000 });
    seen(table, 3, { rttUs: 0 });
    const { rtt, minRttNs, unacked, lost, deliveryRate, congestionWindow } = table.take();
    expect(rtt).toMatchObject({ count: 2, min: 50_000, max: 90_000 });
    expect(minRttNs).toBe(20_000);
    expect([unacked.sum, lost, deliveryRate.count, congestionWindow.count]).toEqual([3, 1, 1, 3]);
    expect(table.take()).toMatchObject({ connections: 0, minRttNs: 0, lost: 0 });
  });
});

describe("more connections than a look is at", () => {
  test("the first ones are counted", () => {
    const table = new ConnectionTable(2);
    for (const id of [1, 2, 3]) seen(table, id, { segmentsSent: 10 });
    expect(table.take()).toMatchObject({ connections: 2, added: { segmentsSent: 20 } });
    expect([...table.last().ids]).toEqual([1, 2]);
  });

  test("others may be the first ones in the next look, and those of the look before are known still", () => {
    const table = new ConnectionTable(2);
    const look = (...ids: number[]) => {
      for (const id of ids) seen(table, id, { segmentsSent: 10 });
      return table.take().added.segmentsSent;
    };
    expect(look(1, 2)).toBe(20);
    expect(look(3, 4)).toBe(20);
    expect(look(3, 5)).toBe(10);
    expect(look(5, 6)).toBe(10);
    expect(look(7, 8)).toBe(20);
    expect([...table.last().ids].sort()).toEqual([5, 6, 7, 8]);
  });

  test("are no more work than the others, however many looks there are", () => {
    const table = new ConnectionTable(500);
    for (let look = 0; look < 8; look++) {
      for (let n = 0; n < 600; n++) seen(table, 200 * look + n, {});
      expect(table.take().connections).toBe(500);
    }
    expect(table.last().ids).toHaveLength(1000);
  });
});

test("the last that was seen of each is kept, for hundreds of them", () => {
  const table = new ConnectionTable(1000);
  for (let id = 0; id < 300; id++) seen(table, id, { segmentsSent: id });
  table.take();
  seen(table, 7, { segmentsSent: 700, rttUs: 5 });
  const { ids, figures } = table.last();
  expect(ids).toHaveLength(300);
  const row = ids.indexOf(7) * tcpFields.length;
  expect(figures[row + tcpField.segmentsSent]).toBe(700);
  expect(figures[row + tcpField.rttNs]).toBe(5000);
  expect(figures[ids.indexOf(299) * tcpFields.length + tcpField.segmentsSent]).toBe(299);
});
