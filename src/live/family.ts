import type { SparseCounts } from "../metrics/snapshot.ts";
import type { Buckets } from "./buckets.ts";

export type Labels = Readonly<Record<string, string>>;

/** One value with its labels; times in seconds, lengths in bytes. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels: Labels;
  readonly buckets: Buckets;
  /** What `buckets` is the sum of, as fine as it was counted. */
  readonly parts: readonly SparseCounts[];
}

/** "s" and "By" are UCUM units; "{...}" counts what the braces name; "" is no unit. */
export type Unit = "" | "s" | "By" | `{${string}}` | `{${string}}/s`;

interface Described {
  /** In OpenTelemetry's notation: words separated by dots. */
  readonly name: string;
  readonly unit: Unit;
  readonly help: string;
}

/** A metric with all its values at one moment. */
export type Family = Described &
  (
    | {
        /** Counters only increase during a run. */
        readonly kind: "counter" | "gauge";
        readonly samples: readonly Sample[];
      }
    | { readonly kind: "histogram"; readonly samples: readonly HistogramSample[] }
  );
