import { expect, test } from "vitest";
import { buildResult } from "../../src/results/build/build.ts";
import { fingerprintOfResult, unlikeParts } from "../../src/results/fingerprint.ts";
import { resultInput } from "./fixture.ts";
import { hostsInput, type OfHosts } from "./hosts-fixture.ts";

const printOf = (of: OfHosts = {}) => fingerprintOfResult(buildResult(hostsInput({}, of)));
const { facts } = hostsInput().hosts[0] as { facts: ReturnType<typeof hostsInput>["host"] };

test("clients on other hosts, or on none, are other conditions", () => {
  const here = fingerprintOfResult(buildResult(resultInput()));
  expect(here.hosts).toBe("none");
  expect(unlikeParts([here], [here])).toEqual([]);
  expect(printOf().hosts).toBe(
    "1 of (Linux x64, 4 × CPU of a, 1 GiB, kernel 6.1, Node v20.19.0, io uring, 1 worker) and " +
      "1 of (Linux x64, 4 × CPU of b, 1 GiB, kernel 6.1, Node v20.19.0, io uring, 1 worker)",
  );
  expect(unlikeParts([here], [printOf()])).toEqual([`hosts: none against ${printOf().hosts}`]);
  expect(unlikeParts([printOf()], [printOf({ b: { facts } })])).toHaveLength(1);
});

test("hosts are what they are, not what they are called", () => {
  const alike = { ...facts, cpuModel: "any" };
  expect(printOf({ a: { facts: alike }, b: { facts: alike } }).hosts).toBe(
    "2 of (Linux x64, 4 × any, 1 GiB, kernel 6.1, Node v20.19.0, io uring, 1 worker)",
  );
});
