import { expect, test } from "vitest";
import { backends } from "../../../src/io/backends.ts";
import { receiveErrors } from "../../../src/preflight/checks/udp.ts";
import { preflight } from "../../../src/preflight/preflight.ts";
import type { UdpMode } from "../../../src/scenario/scenario.ts";
import { host, machine, plan, server, workload } from "../fakes.ts";

function find(mode: UdpMode, serverIo: "node" | "uring") {
  const base = server();
  if (base.options === null) throw new Error("a built-in one");
  const udp = { mode, idleTimeoutNs: 1e9, newPeersPerSecond: null, remote: false };
  const options = { ...base.options, udp };
  const echo = server({ builtin: "udp-echo", protocol: "udp", options });
  return preflight(plan({ servers: [echo], serverIo }), machine(), host());
}

test("what an io cannot do is refused, or done in another way and said so", () => {
  expect(find("reuseport", "uring")).toEqual([]);
  const obstacle = backends.node.capabilities.reusePortObstacle();
  const [refusal] = find("reuseport", "node");
  if (obstacle === null) expect(refusal).toBeUndefined();
  else expect(refusal).toMatchObject({ level: "refuse", check: "udpModes" });
  if (obstacle !== null) expect(refusal?.message).toContain(obstacle);

  expect(find("wildcard-pktinfo", "uring")).toEqual([]);
  const [note, ...others] = find("wildcard-pktinfo", "node");
  expect(others).toEqual([]);
  expect(note).toMatchObject({ level: "note", check: "udpModes" });
  expect(note?.message).toContain("one socket for each listen address");
  for (const mode of ["specific", "per-address", "wildcard", "established"] as const) {
    expect(find(mode, "node")).toEqual([]);
  }
});

function refusals(io: "node" | "uring", isRequested: boolean) {
  const one = workload({ protocol: "udp", socket: "unconnected", receiveErrors: isRequested });
  const made = plan({ workloads: [one] });
  return receiveErrors({
    plan: { ...made, io },
    machine: machine(),
    host: host(),
    fanOut: [],
    telemetryObstacle: null,
  });
}

test("a request for ICMP errors where the io has none is refused, with the io that has them", () => {
  expect(refusals("node", true)).toEqual([
    expect.objectContaining({ level: "refuse", remedy: expect.stringContaining("--io uring") }),
  ]);
  expect(refusals("node", true)[0]?.message).toContain("workload chatter");
  expect(refusals("node", false)).toEqual([]);
  expect(refusals("uring", true)).toEqual([]);
});
