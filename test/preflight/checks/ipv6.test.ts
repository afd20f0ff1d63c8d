import { expect, test } from "vitest";
import type { HostFacts } from "../../../src/machine/host-facts.ts";
import { preflight } from "../../../src/preflight/preflight.ts";
import { host, machine, plan, server, workload } from "../fakes.ts";

const listen = [{ address: "fd00:127::1", port: 7000 }];
const sources = [["fd00:127:0:1::", "fd00:127:0:1:ffff:ffff:ffff:ffff"]] as const;
const workloads = [workload({ connections: 10 })];
const anyIp = plan({ servers: [server({ listen })], sources, workloads, addressesUsed: 10 });

function find(changes: Partial<HostFacts["ipv6"]>, os = "Linux", subject = anyIp) {
  const ipv6 = { loopback: ["::1/128"], nonlocalBind: true, ...changes };
  return preflight(subject, machine(), host({ ipv6, os }));
}

test("a prefix that no route takes to lo is refused, and the script is named", () => {
  const [result, ...others] = find({});
  expect(others).toEqual([]);
  expect(result).toMatchObject({
    level: "refuse",
    check: "ipv6Addresses",
    remedy: "sudo scripts/linux/anyip-up.sh fd00:127::/64 fd00:127:0:1::/64",
  });
  expect(result?.message).toContain("fd00:127::1 is not an address of this host");
  expect(find({ loopback: ["::1/128", "fd00:127::/64"] })[0]?.remedy).toBe(
    "sudo scripts/linux/anyip-up.sh fd00:127:0:1::/64",
  );
  expect(find({}, "Darwin")[0]?.remedy).toContain("only Linux");
});

test("routes that cover all that is used will do, single addresses too", () => {
  expect(find({ loopback: ["::1/128", "fd00:127::/32"] })).toEqual([]);
  expect(find({ loopback: ["fd00:127::1/128", "fd00:127:0:1::/124"] })).toEqual([]);
  expect(find({ loopback: ["fd00:127::1/128", "fd00:127:0:1::/125"] })).toHaveLength(1);
});

test("addresses of a prefix that cannot be bound are refused", () => {
  const loopback = ["::1/128", "fd00:127::/32"];
  const [result] = find({ loopback, nonlocalBind: false });
  expect(result).toMatchObject({ level: "refuse", check: "ipv6Addresses" });
  expect(result?.message).toContain("net.ipv6.ip_nonlocal_bind is 0");
  expect(find({ loopback, nonlocalBind: null })).toEqual([]);
});

test("many networks are proposed as one", () => {
  const far = Array.from({ length: 9 }, (_, i) => ({ address: `fd00:127:${i}::1`, port: 7000 }));
  const wide = plan({ servers: [server({ listen: far })], workloads });
  expect(find({}, "Linux", wide)[0]?.remedy).toBe("sudo scripts/linux/anyip-up.sh fd00:127::/32");
});

test("a machine without ::1 has no IPv6; of addresses elsewhere nothing is said", () => {
  const local = plan({ servers: [server({ listen: [{ address: "::1", port: 7000 }] })] });
  expect(find({ loopback: [] }, "Linux", local)[0]?.message).toContain("no ::1");
  expect(find({}, "Linux", local)).toEqual([]);
  const remote = plan({ servers: [server({ listen: [{ address: "2001:db8::1", port: 8000 }] })] });
  expect(find({}, "Linux", remote)).toEqual([]);
});
