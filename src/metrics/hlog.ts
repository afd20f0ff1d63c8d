import { encodeHistogram, withHdrHistogram } from "./hdr-encoding.ts";
import type { SparseCounts } from "./snapshot.ts";

/** One line of an interval log: a histogram of one timing over one interval. */
export interface LogInterval {
  /** Workload and timing, "chatter.responseTime"; commas and white space become "_". */
  readonly tag: string;
  /** Start, seconds since the log's start time. */
  readonly atSeconds: number;
  readonly lengthSeconds: number;
  readonly counts: SparseCounts;
}

/**
 * Generates HdrHistogram's interval log, version 1.3, which HistogramLogAnalyzer, HdrHistogramVisualizer
 * and the log readers of Java, C, Go and Python accept. The maximum of a line is in ms, as in Java's
 * writer, the histogram in ns.
 *
 * @param startedAt the run's start; the intervals' times count from it
 * @returns         the file's lines, each with its newline, generated on demand
 * @see             "HistogramLogWriter" in HdrHistogram for Java
 */
export function* intervalLog(
  startedAt: Date,
  intervals: Iterable<LogInterval>,
): Generator<string, void> {
  const startSeconds = (startedAt.getTime() / 1000).toFixed(3);
  yield "#[Histogram log format version 1.3]\n";
  yield `#[StartTime: ${startSeconds} (seconds since epoch), ${startedAt.toISOString()}]\n`;
  yield '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"\n';
  for (const { tag, atSeconds, lengthSeconds, counts } of intervals) {
    const hdr = withHdrHistogram(counts, encodeHistogram);
    const safeTag = tag.replaceAll(/[,\s]/g, "_");
    const maxMs = counts.max / 1e6;
    const times = [atSeconds, lengthSeconds, maxMs].map((value) => value.toFixed(3)).join(",");
    yield `Tag=${safeTag},${times},${hdr}\n`;
  }
}
