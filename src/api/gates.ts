/** Gates as TypeScript: each becomes the expression that it would be in a file, and is checked as that. */
import type { HistogramName, Kind, serverMetrics, workloadMetrics } from "../gates/metric.ts";

type DurationUnit = "ns" | "us" | "µs" | "ms" | "s" | "m" | "h";

/** A duration with its unit: `"250ms"`, `"1m30s"`. */
export type Duration = `${number}${DurationUnit}` | `${number}m${number}s` | `${number}h${number}m`;
/** A rate: `"20000/s"`. */
export type Rate = `${number}/${"ms" | "s" | "m" | "h"}`;
/** A size: bytes, or `"64KiB"`. */
export type Size = number | `${number}${"B" | "kB" | "KB" | "MB" | "GB" | "KiB" | "MiB" | "GiB"}`;
/** A byte rate: `"1MiB/h"`. */
export type ByteRate = `${Exclude<Size, number>}/${"ms" | "s" | "m" | "h"}`;
/** A ratio: `0.01`, or `"1%"`. */
export type Ratio = number | `${number}%`;

interface Quantities {
  readonly duration: Duration;
  readonly rate: Rate;
  readonly "byte rate": ByteRate;
  readonly size: Size;
  readonly count: number;
  readonly ratio: Ratio;
}

/** What a metric of a kind can be compared with: a quantity with its unit, or another metric of the kind. */
export type Limit<K extends Kind> = Quantities[K] | Metric<K> | Scaled<K>;

/** Only there for types: metrics of two kinds cannot be compared. */
declare const kind: unique symbol;

/** A metric times a factor. */
export interface Scaled<K extends Kind> {
  /** Is not there when the program runs. */
  readonly [kind]: K;
  /** As a gate's expression has it: `"1.5 * chat.responseTime.p50"`. */
  toString(): string;
}

/** A number of the run, to be compared. */
export interface Metric<K extends Kind> extends Scaled<K> {
  /** `<` */
  below(limit: Limit<K>): Gate;
  /** `<=` */
  atMost(limit: Limit<K>): Gate;
  /** `>` */
  above(limit: Limit<K>): Gate;
  /** `>=` */
  atLeast(limit: Limit<K>): Gate;
  /** `==` */
  equals(limit: Limit<K>): Gate;
  /** `!=` */
  differsFrom(limit: Limit<K>): Gate;
  /** At most the baseline's value times a factor: `.atMostBaseline(1.1)` allows 10 % more. */
  atMostBaseline(factor?: number): Gate;
  /** At least the baseline's value times a factor: `.atLeastBaseline(0.9)` allows 10 % less. */
  atLeastBaseline(factor?: number): Gate;
  /** The metric times a factor, as a limit of another one. */
  times(factor: number): Scaled<K>;
  /** The quotient of two metrics of one kind, which is a ratio. */
  dividedBy(other: Metric<K>): Metric<"ratio">;
}

/** A condition that the run must meet. As a text it is its expression. */
export interface Gate {
  /** `"chat.responseTime.p99 < 5ms"` */
  readonly expression: string;
  /** Whether it ends the run as soon as it cannot hold any more, and after which steady state at the earliest. */
  readonly abort: boolean | { readonly after: string };
  /** Every window of that length in steady state must meet it, a whole number of seconds. */
  over(window: Duration): Gate;
  /** Ends the run as soon as it cannot hold any more. */
  aborting(after?: Duration): Gate;
  /** Its expression. */
  toString(): string;
}

/** Percentiles and other statistics of a histogram, in ns in results. */
export interface Timing {
  readonly min: Metric<"duration">;
  readonly mean: Metric<"duration">;
  readonly max: Metric<"duration">;
  /** The standard deviation. */
  readonly stdDev: Metric<"duration">;
  /** Number of samples. */
  readonly count: Metric<"count">;
  readonly p50: Metric<"duration">;
  readonly p75: Metric<"duration">;
  readonly p90: Metric<"duration">;
  readonly p95: Metric<"duration">;
  readonly p99: Metric<"duration">;
  readonly "p99.9": Metric<"duration">;
  readonly "p99.99": Metric<"duration">;
  /** Any other percentile: `percentile(97.5)`. */
  percentile(percent: number): Metric<"duration">;
}

interface Kinds {
  readonly [name: string]: { readonly kind: Kind };
}

type FirstWord<Name> = Name extends `${infer First}.${string}` ? First : Name;
type RestOf<Name, First extends string> = Name extends `${First}.${infer Rest}` ? Rest : never;

/** Of names with dots, an object in an object. */
type Nested<Table extends Kinds> = {
  readonly [First in FirstWord<keyof Table & string>]: (First extends keyof Table
    ? Metric<Table[First]["kind"]>
    : unknown) &
    Nested<{
      readonly [Name in keyof Table & string as RestOf<Name, First>]: Table[Name];
    }>;
};

/** Histograms by their names; of names with dots, an object in an object. */
type Timings<Name extends string = HistogramName> = {
  readonly [First in FirstWord<Name>]: First extends Name ? Timing : Timings<RestOf<Name, First>>;
};

/** The metrics of a part of a workload, or of all of it, by the names that results have. */
export type PartMetrics = Nested<typeof workloadMetrics> &
  Timings & {
    readonly errors: {
      /** Errors with a code: `code("TIMEOUT")`. */
      code(code: string): Metric<"count">;
    };
    readonly exchanges: {
      /** Replies with an HTTP status, a class of them, or one by name: `status(503)`, `status("5xx")`, `status("NXDOMAIN")`. */
      status(status: number | Uppercase<string> | `${number}xx`): Metric<"count">;
    };
  };

/** The metrics of a workload, and of its parts. */
export type WorkloadMetrics = PartMetrics & {
  /** Of one part alone: a message of a mix, or a step. */
  part(name: string): PartMetrics;
};

/** The metrics of a server, by the names that results have. */
export type ServerMetrics = Nested<typeof serverMetrics>;

/** What gates are made of: the workloads of a scenario, their total, and its servers. */
export type Metrics<Workload extends string = string, Server extends string = string> = {
  readonly [Name in Workload]: WorkloadMetrics;
} & {
  /** All workloads together. */
  readonly total: WorkloadMetrics;
  /** The scenario's servers, by name. */
  readonly servers: { readonly [Name in Server]: ServerMetrics };
};

/**
 * Writes a gate with checked names and units, for whoever has the names: of workloads, and of servers.
 *
 * @example
 * const fast = gate<"chat">((run) => run.chat.responseTime.p99.below("5ms"));
 * fast.expression; // => "chat.responseTime.p99 < 5ms"
 */
export function gate<Workload extends string = string, Server extends string = string>(
  build: (metrics: Metrics<Workload, Server>) => Gate,
): Gate {
  return build(metricsOf());
}

/** The metrics of any scenario: names are checked when it is read. */
export function metricsOf<Workload extends string, Server extends string>(): Metrics<
  Workload,
  Server
> {
  return named([]) as never;
}

class WrittenGate implements Gate {
  readonly expression: string;
  readonly abort: Gate["abort"];

  constructor(expression: string, abort: Gate["abort"] = false) {
    this.expression = expression;
    this.abort = abort;
  }

  over(window: Duration): Gate {
    return new WrittenGate(`${this.expression} over ${window}`, this.abort);
  }

  aborting(after?: Duration): Gate {
    return new WrittenGate(this.expression, after === undefined ? true : { after });
  }

  toString(): string {
    return this.expression;
  }
}

const operators: Readonly<Record<string, string>> = {
  below: "<",
  atMost: "<=",
  above: ">",
  atLeast: ">=",
  equals: "==",
  differsFrom: "!=",
};

const baselineOperators: Readonly<Record<string, string>> = {
  atMostBaseline: "<=",
  atLeastBaseline: ">=",
};

/** Words that are methods wherever they stand behind a name. */
const withArgument: Readonly<
  Record<string, (words: readonly string[], given: unknown) => string[]>
> = {
  part: (words, name) => [...words, String(name)],
  code: (words, code) => [...words, String(code)],
  status: (words, status) => [...words, "status", String(status)],
  percentile: (words, percent) => [...words, `p${String(percent)}`],
};

/** What has been named so far: another name follows, or a method. */
function named(words: readonly string[]): object {
  return new Proxy(() => {}, {
    get(_, key) {
      if (key === "toString" || key === Symbol.toPrimitive) return () => words.join(".");
      if (typeof key !== "string" || key === "then") return undefined;
      if (words.length > 0) {
        const method = Object.hasOwn(withArgument, key) ? withArgument[key] : undefined;
        if (method !== undefined) return (given: unknown) => named(method(words, given));
        const comparison = comparisonOf(words.join("."), key);
        if (comparison !== undefined) return comparison;
      }
      return named([...words, key]);
    },
  });
}

function comparisonOf(metric: string, key: string): unknown {
  if (Object.hasOwn(operators, key)) {
    return (limit: unknown) => new WrittenGate(`${metric} ${operators[key]} ${String(limit)}`);
  }
  if (Object.hasOwn(baselineOperators, key)) {
    return (factor?: number) => {
      const times = factor === undefined ? "" : ` * ${factor}`;
      return new WrittenGate(`${metric} ${baselineOperators[key]} baseline${times}`);
    };
  }
  if (key === "times") return (factor: number) => ({ toString: () => `${factor} * ${metric}` });
  if (key === "dividedBy") return (other: unknown) => quotient(`${metric} / ${String(other)}`);
  return undefined;
}

function quotient(text: string): object {
  return new Proxy(
    {},
    {
      get(_, key) {
        if (key === "toString" || key === Symbol.toPrimitive) return () => text;
        return typeof key === "string" ? comparisonOf(text, key) : undefined;
      },
    },
  );
}

/** A gate as a scenario's file has it. */
export function plainGate(given: unknown): unknown {
  if (given instanceof WrittenGate) {
    const { expression, abort } = given;
    return abort === false ? expression : { gate: expression, abort };
  }
  if (typeof given !== "object" || given === null) return given;
  const { gate: inner, ...more } = given as { readonly gate?: unknown };
  return inner instanceof WrittenGate ? { gate: inner.expression, ...more } : given;
}
