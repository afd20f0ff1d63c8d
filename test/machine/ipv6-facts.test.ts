import { expect, test } from "vitest";
import { readInterfaceIpv6, readLinuxIpv6 } from "../../src/machine/ipv6-facts.ts";

test("this machine's, both ways", () => {
  const interfaces = readInterfaceIpv6().loopback;
  if (process.platform === "linux") {
    expect(readLinuxIpv6().loopback).toEqual(expect.arrayContaining([...interfaces]));
  }
  for (const cidr of interfaces) expect(cidr).toMatch(/^[0-9a-f:]+\/128$/);
});
