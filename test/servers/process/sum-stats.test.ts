import { expect, test } from "vitest";
import { sumStats } from "../../../src/servers/process/sum-stats.ts";

const counts = {
  accepted: 1,
  open: 2,
  received: 3,
  replied: 4,
  bytesReceived: 5,
  bytesSent: 6,
  udp: null,
};
const workload = { received: 1, duplicated: 2, reordered: 3, bytesReceived: 4, arrivals: [1, 2] };

test("sums what processes counted, workload by workload", () => {
  const a = { ...counts, byWorkload: [{ workload: 2, ...workload }] };
  const b = {
    ...counts,
    byWorkload: [
      { workload: 0, ...workload },
      { workload: 2, ...workload },
    ],
  };
  expect(sumStats([a, b])).toEqual({
    accepted: 2,
    open: 4,
    received: 6,
    replied: 8,
    bytesReceived: 10,
    bytesSent: 12,
    udp: null,
    byWorkload: [
      { workload: 0, ...workload },
      {
        workload: 2,
        received: 2,
        duplicated: 4,
        reordered: 6,
        bytesReceived: 8,
        arrivals: [2, 4],
      },
    ],
  });
  expect(sumStats([a])).toEqual(a);
  const udp = { handedOver: 1, handedBack: 2, withoutSocket: 3, refused: 4, remote: 5, own: 6 };
  expect(sumStats([a, { ...a, udp }, { ...a, udp }]).udp).toEqual({
    handedOver: 2,
    handedBack: 4,
    withoutSocket: 6,
    refused: 8,
    remote: 10,
    own: 12,
  });
});
