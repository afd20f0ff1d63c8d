import { expect, test } from "vitest";
import { receiveErrors } from "../../src/coordinator/check-datagrams.ts";
import { host, machine, plan, workload } from "./made-up.ts";

function refusals(io: "node" | "uring", asking: boolean) {
  const one = workload({ protocol: "udp", socket: "unconnected", receiveErrors: asking });
  const made = plan({ workloads: [one] });
  return receiveErrors({ plan: { ...made, io }, machine: machine(), host: host(), fanOut: [] });
}

test("who asks for ICMP errors where the io has none is refused, with what has them", () => {
  expect(refusals("node", true)).toEqual([
    expect.objectContaining({ level: "refuse", remedy: expect.stringContaining("--io uring") }),
  ]);
  expect(refusals("node", true)[0]?.message).toContain("workload chatter");
  expect(refusals("node", false)).toEqual([]);
  expect(refusals("uring", true)).toEqual([]);
});
