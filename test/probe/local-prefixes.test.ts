import { expect, test } from "vitest";
import {
  holds,
  type LocalPrefix,
  localPrefixes,
  sampleOf,
} from "../../src/probe/local-prefixes.ts";

const none = "00000000000000000000000000000000";
const routes6 = [
  `fd000000000000000000000000000000 40 ${none} 00 ${none} 00000100 00000001 00000000 00000001     eth0`,
  `00000000000000000000000000000001 80 ${none} 00 ${none} 00000000 00000004 00000000 80200001       lo`,
  `fd000127000000000000000000000000 40 ${none} 00 ${none} 00000400 00000001 00000000 80000001       lo`,
  `${none} 00 ${none} 00 ${none} ffffffff 00000001 00000000 00200200       lo`,
  "",
].join("\n");

const routes4 = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.9.0.0/16 2 0 2
        |-- 10.9.0.0
           /16 host LOCAL
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
Local:
        |-- 10.9.0.0
           /16 host LOCAL
        |-- 192.168.7.0
           /24 link UNICAST
`;

function texts(prefixes: readonly LocalPrefix[]): string[] {
  return prefixes.map((prefix) => `${sampleOf(prefix)} /${prefix.prefix}`);
}

test("finds prefixes that are local as a whole, without single addresses and other routes", () => {
  expect(texts(localPrefixes(routes6, ""))).toEqual(["fd00:127::77 /64"]);
  expect(texts(localPrefixes("", routes4))).toEqual(["10.9.0.119 /16"]);
});

test("where there is no table there are no prefixes", () => {
  expect(localPrefixes("", "")).toEqual([]);
});

test("a sample stays in a prefix that is longer than it", () => {
  const [prefix] = localPrefixes(routes6.replaceAll(" 40 ", " 7e "), "");
  expect(prefix?.prefix).toBe(126);
  expect(holds(prefix as LocalPrefix, sampleOf(prefix as LocalPrefix))).toBe(true);
  expect(holds(prefix as LocalPrefix, "fd00:127::4")).toBe(false);
  expect(holds(prefix as LocalPrefix, "127.0.0.1")).toBe(false);
});
