/**
 * slash8's histograms read by HdrHistogram for Java, the reference implementation. Runs where `java` (11 or
 * later) and Debian's package libhdrhistogram-java are installed; shown as skipped elsewhere.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bucketOf, highestOf, highestTrackableNs } from "../../../src/metrics/buckets.ts";
import { histogramOf } from "../../../src/metrics/histogram.ts";
import { intervalLog } from "../../../src/metrics/hlog.ts";
import { countsOf, latencies } from "../samples.ts";

const jar = ["hdrhistogram.jar", "HdrHistogram.jar"]
  .map((name) => `/usr/share/java/${name}`)
  .find((path) => existsSync(path));
const java = spawnSync("java", ["-version"]).status === 0;
const reader = new URL("HdrReader.java", import.meta.url).pathname;

function read(input: string, ...files: string[]): string[][] {
  const out = execFileSync("java", ["-cp", jar as string, reader, ...files], { input });
  const lines = out.toString().trim().split("\n");
  return lines.map((line) => line.split(" "));
}

describe.skipIf(jar === undefined || !java)("HdrHistogram for Java", () => {
  test("reads the same count, maximum and percentiles", () => {
    const samples = {
      empty: [],
      one: [123_456_789],
      latencies: latencies(20_000),
      extremes: [0, 1, 2047, 2048, 2 ** 32 - 1, 2 ** 32, highestTrackableNs],
    };
    const histograms = Object.values(samples).map((values) => histogramOf(countsOf(values)));
    const lines = read(`${histograms.map(({ hdr }) => hdr).join("\n")}\n`);
    const expected = histograms.map(({ count, max, percentiles }) => [
      count,
      max === null ? 0 : highestOf(bucketOf(max)),
      // Decoding loses the exact maximum, which caps our percentiles.
      ...Object.values(percentiles).map((value) =>
        value === null ? 0 : highestOf(bucketOf(value)),
      ),
    ]);
    expect(lines.map((line) => line.map(Number))).toEqual(expected);
  });

  test("reads the interval log", () => {
    const folder = mkdtempSync(join(tmpdir(), "slash8-hlog-"));
    try {
      const startedAt = new Date("2026-11-21T10:00:00.000Z");
      const values = latencies(500);
      const intervals = [0, 1].map((atSeconds) => ({
        tag: "chat.responseTime",
        atSeconds,
        lengthSeconds: 1,
        counts: countsOf(values.slice(250 * atSeconds, 250 * (atSeconds + 1))),
      }));
      const file = join(folder, "run.hlog");
      writeFileSync(file, [...intervalLog(startedAt, intervals)].join(""));
      const start = startedAt.getTime();
      const lines = read("", file).map((line) => line.slice(0, 4));
      expect(lines).toEqual([
        ["chat.responseTime", `${start}`, `${start + 1000}`, "250"],
        ["chat.responseTime", `${start + 1000}`, `${start + 2000}`, "250"],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
