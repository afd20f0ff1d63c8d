import { expect, test } from "vitest";
import { mergeWrongSources, WrongSources } from "../../src/metrics/wrong-sources.ts";

test("counts pairs of destination and source, ports as well as addresses, and starts over", () => {
  const pairs = new WrongSources();
  for (let i = 0; i < 3; i++) pairs.add("127.0.0.77", 7000, "127.0.0.1", 7000);
  pairs.add("127.0.0.78", 7000, "127.0.0.1", 7000);
  pairs.add("127.0.0.77", 7000, "127.0.0.1", 7001);
  pairs.add("127.0.0.77", 7000, "127.0.0.1", 7000);
  expect(
    pairs
      .take()
      .map(({ destinationAddress, fromPort, count }) => [destinationAddress, fromPort, count]),
  ).toEqual([
    ["127.0.0.77", 7000, 4],
    ["127.0.0.78", 7000, 1],
    ["127.0.0.77", 7001, 1],
  ]);
  expect(pairs.take()).toEqual([]);
});

test("is bounded, and known pairs are still counted", () => {
  const pairs = new WrongSources();
  for (let host = 1; host <= 250; host++) pairs.add(`127.0.0.${host}`, 53, "127.0.0.1", 53);
  pairs.add("127.0.0.5", 53, "127.0.0.1", 53);
  const taken = pairs.take();
  expect(taken.length).toBe(64);
  expect(taken.find(({ destinationAddress }) => destinationAddress === "127.0.0.5")?.count).toBe(2);
});

test("a sum is that of its parts, in any order, most frequent first", () => {
  const pair = (host: number, count: number) => ({
    destinationAddress: `127.0.0.${host}`,
    destinationPort: 53,
    fromAddress: "127.0.0.1",
    fromPort: 53,
    count,
  });
  const sum = [pair(9, 7), pair(8, 5)];
  expect(mergeWrongSources([pair(8, 5), pair(9, 3), pair(9, 4)])).toEqual(sum);
  expect(mergeWrongSources([pair(9, 4), pair(8, 5), pair(9, 3)])).toEqual(sum);
  expect(mergeWrongSources([])).toEqual([]);
});
