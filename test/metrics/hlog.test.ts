import { HistogramLogReader, listTags } from "hdr-histogram-js";
import { describe, expect, test } from "vitest";
import { intervalLog } from "../../src/metrics/hlog.ts";
import { noCounts } from "../../src/metrics/sparse-counts.ts";
import { countsOf } from "./samples.ts";

const startedAt = new Date("2026-11-21T10:00:00.250Z");

describe("intervalLog", () => {
  test("starts with the format's header", () => {
    expect([...intervalLog(startedAt, [])].join("")).toBe(
      [
        "#[Histogram log format version 1.3]",
        "#[StartTime: 1795255200.250 (seconds since epoch), 2026-11-21T10:00:00.250Z]",
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
        "",
      ].join("\n"),
    );
  });

  test("writes a line per interval: tag, seconds, maximum in ms, histogram", () => {
    const lines = [
      ...intervalLog(startedAt, [
        { tag: "chat.responseTime", atSeconds: 3, lengthSeconds: 1, counts: countsOf([2_500_000]) },
        { tag: "odd, name", atSeconds: 4, lengthSeconds: 0.5, counts: noCounts },
      ]),
    ].slice(3);
    expect(lines[0]).toMatch(/^Tag=chat\.responseTime,3\.000,1\.000,2\.500,HISTFAAAA[\w+/=]+\n$/);
    expect(lines[1]).toMatch(/^Tag=odd__name,4\.000,0\.500,0\.000,HISTFAAAA[\w+/=]+\n$/);
  });

  test("is accepted by another reader", () => {
    const log = [
      ...intervalLog(startedAt, [
        { tag: "a", atSeconds: 1, lengthSeconds: 1, counts: countsOf([7, 7, 1000]) },
        { tag: "b", atSeconds: 1, lengthSeconds: 1, counts: countsOf([5]) },
      ]),
    ].join("");
    expect(listTags(log)).toEqual(["a", "b"]);
    const reader = new HistogramLogReader(log);
    const first = reader.nextIntervalHistogram();
    expect(first).toMatchObject({ tag: "a", totalCount: 3, maxValue: 1000 });
    expect(first?.startTimeStampMsec).toBe(startedAt.getTime() + 1000);
    expect(first?.endTimeStampMsec).toBe(startedAt.getTime() + 2000);
    expect(reader.nextIntervalHistogram()).toMatchObject({ tag: "b", totalCount: 1 });
    expect(reader.nextIntervalHistogram()).toBeNull();
  });
});
