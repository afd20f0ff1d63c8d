import { expect, test } from "vitest";
import {
  countedBetween,
  kernelCounters,
  readKernelCounters,
} from "../../src/machine/kernel-counters.ts";

const snmp = `Ip: Forwarding DefaultTTL ReasmOKs ReasmFails FragOKs FragFails FragCreates
Ip: 2 64 5 1 7 2 14
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors
Udp: 84 6 18 70 9
`;
const snmp6 = `Ip6ReasmOKs                     \t100
Ip6FragCreates                  \t200
Udp6RcvbufErrors                \t1
`;

test("both versions of IP are counted together", () => {
  expect(kernelCounters(snmp, snmp6)).toEqual({
    fragmentsCreated: 214,
    fragmentationFailed: 2,
    reassembled: 105,
    reassemblyFailed: 1,
    receiveBufferFull: 10,
  });
  expect(kernelCounters(snmp, "").fragmentsCreated).toBe(14);
});

test("a run's counts are the difference of two readings, and unknown where one is missing", () => {
  const before = kernelCounters(snmp, "");
  expect(countedBetween(before, kernelCounters(snmp, snmp6))?.fragmentsCreated).toBe(200);
  expect(countedBetween(null, before)).toBeNull();
  expect(countedBetween(before, null)).toBeNull();
});

test.runIf(process.platform === "linux")("Linux reports them", () => {
  const counted = Object.values(readKernelCounters() ?? {});
  expect(counted.length).toBe(5);
  for (const count of counted) expect(Number.isInteger(count)).toBe(true);
});
