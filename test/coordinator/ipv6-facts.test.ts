import { expect, test } from "vitest";
import {
  parseLocalRoutes,
  readInterfaceIpv6,
  readLinuxIpv6,
} from "../../src/coordinator/ipv6-facts.ts";

const zeros = "0".repeat(32);

function route(destination: string, prefix: string, flags: string, device: string): string {
  const metrics = "00000400 00000001 00000000";
  return `${destination} ${prefix} ${zeros} 00 ${zeros} ${metrics} ${flags} ${device.padStart(8)}`;
}

test("local routes over lo, and no others", () => {
  const table = [
    route(`fd000127${"0".repeat(24)}`, "40", "80000001", "lo"),
    route(`${"0".repeat(31)}1`, "80", "80200001", "lo"),
    route(`fd00${"0".repeat(27)}2`, "80", "80200001", "eth0"),
    route(zeros, "00", "00200200", "lo"),
    route(`fe80${"0".repeat(28)}`, "40", "00000001", "eth0"),
    "",
  ].join("\n");
  expect(parseLocalRoutes(table)).toEqual(["fd00:127::/64", "::1/128"]);
  expect(parseLocalRoutes("")).toEqual([]);
});

test("this machine's, both ways", () => {
  const interfaces = readInterfaceIpv6().loopback;
  if (process.platform === "linux") {
    expect(readLinuxIpv6().loopback).toEqual(expect.arrayContaining([...interfaces]));
  }
  for (const cidr of interfaces) expect(cidr).toMatch(/^[0-9a-f:]+\/128$/);
});
