import { describe, expect, test } from "vitest";
import type { FlowSpaceSpec } from "../../src/address/flow-space.ts";
import { TupleIds } from "../../src/address/tuple-ids.ts";
import { tcpFields } from "../../src/metrics/tcp/fields.ts";
import { dumpRequest, readAnswers } from "../../src/telemetry/inet-diag.ts";
import { answer, done, failed, type Given } from "./answers.ts";

const spec: FlowSpaceSpec = {
  sources: [["127.32.0.0", "127.32.0.255"]],
  ports: [[1024, 65_535]],
  destinations: [{ address: "127.0.0.1", port: 7000 }],
  connectionsPerSource: null,
};
const ids = new TupleIds(spec);

function read(parts: readonly Buffer[], of = ids) {
  const bytes = Buffer.concat(parts);
  const seen: { id: number; cookie: number; info: Record<string, number> }[] = [];
  const state = readAnswers(bytes, bytes.length, of, {
    connection(id, cookie, info) {
      const named = tcpFields.map((name, index) => [name, info[index]] as const);
      seen.push({ id, cookie, info: Object.fromEntries(named) as Record<string, number> });
    },
  });
  return { state, seen };
}

const given: Given = {
  cookie: 4097,
  rttUs: 1250,
  rttVariationUs: 300,
  minRttUs: 11,
  congestionWindow: 12,
  deliveryRate: 5_000_000_000,
  unacked: 3,
  lost: 1,
  retransmits: 2,
  segmentsSent: 90,
  busyUs: 7_000_000_000,
  receiveWindowLimitedUs: 40,
  sendBufferLimitedUs: 50,
};

describe("a request", () => {
  test("has the family, the states, and a condition for each end", () => {
    const request = dumpRequest(ids);
    expect(request.readUInt32LE(0)).toBe(request.length);
    expect(request.length).toBe(16 + 56 + 4 + 2 * 16);
    // SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP; AF_INET, TCP, INET_DIAG_INFO; ESTABLISHED, SYN_SENT, CLOSE_WAIT.
    expect([request.readUInt16LE(4), request.readUInt16LE(6)]).toEqual([20, 0x301]);
    expect([...request.subarray(16, 19)]).toEqual([2, 6, 2]);
    expect(request.readUInt32LE(20)).toBe((1 << 1) | (1 << 2) | (1 << 8));
    expect([...request.subarray(72, 76)]).toEqual([36, 0, 1, 0]);
    // INET_DIAG_BC_S_COND: 16 bytes on where it holds, beyond the end where not; 127.32.0.0/24, any port.
    expect([...request.subarray(76, 92)]).toEqual([
      ...[7, 16, 36, 0],
      ...[2, 24, 0, 0, 255, 255, 255, 255, 127, 32, 0, 0],
    ]);
    // INET_DIAG_BC_D_COND: 127.0.0.1/32, port 7000.
    expect([...request.subarray(92)]).toEqual([
      ...[8, 16, 20, 0],
      ...[2, 32, 0, 0, 0x58, 0x1b, 0, 0, 127, 0, 0, 1],
    ]);
  });

  test("of IPv6 has addresses of 16 bytes", () => {
    const request = dumpRequest(
      new TupleIds({
        ...spec,
        sources: [["fd00:127::1", "fd00:127::1"]],
        destinations: [{ address: "::1", port: 7000 }],
      }),
    );
    expect(request[16]).toBe(10);
    expect(request.length).toBe(16 + 56 + 4 + 2 * 28);
    expect([...request.subarray(88, 104)]).toEqual([
      0xfd, 0, 1, 0x27, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
    ]);
  });
});

describe("answers", () => {
  test("have the figures in ns, bytes and segments", () => {
    const { state, seen } = read([answer(given)]);
    expect(state).toBe("more");
    expect(seen).toEqual([
      {
        id: 65_536 + 1024,
        cookie: 4097,
        info: {
          rttNs: 1_250_000,
          rttVariationNs: 300_000,
          minRttNs: 11_000,
          congestionWindow: 12,
          deliveryRate: 5_000_000_000,
          unacked: 3,
          lost: 1,
          retransmits: 2,
          segmentsSent: 90,
          busyNs: 7_000_000_000_000,
          receiveWindowLimitedNs: 40_000,
          sendBufferLimitedNs: 50_000,
        },
      },
    ]);
  });

  test("without a round trip have no shortest one", () => {
    expect(read([answer()]).seen[0]?.info.minRttNs).toBe(0);
  });

  test("end with the last message, and say whether more come", () => {
    const one = answer({ sourcePort: 1025 });
    const two = answer({ sourcePort: 1026, cookie: 2 });
    expect(read([one, two]).state).toBe("more");
    const whole = read([one, two, done, answer({ sourcePort: 1027 })]);
    expect(whole.state).toBe("done");
    expect(whole.seen.map(({ cookie }) => cookie)).toEqual([1, 2]);
  });

  test("of others are left out", () => {
    const { seen } = read([
      answer({ source: [127, 33, 0, 1] }),
      answer({ sourcePort: 80 }),
      answer({ destinationPort: 7001 }),
      answer({ source: [0xfd, 0, 1, 0x27, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] }),
      answer({ source: [127, 32, 0, 9], cookie: 9 }),
    ]);
    expect(seen.map(({ cookie }) => cookie)).toEqual([9]);
  });

  test("of a kernel that has less of struct tcp_info are left out", () => {
    expect(read([answer({ infoBytes: 104 })]).seen).toEqual([]);
    expect(read([answer({ infoBytes: 192 })]).seen).toHaveLength(1);
  });

  test("may be an error", () => {
    expect(read([failed(1)]).state).toEqual({ errno: 1 });
  });

  test("that are cut are not read beyond their end", () => {
    const whole = answer(given);
    for (let length = 0; length < whole.length; length++) {
      expect(read([whole.subarray(0, length)]).seen, `${length} bytes`).toEqual([]);
    }
  });
});
