import { counters, phases, type SparseCounts, timings } from "../snapshot.ts";
import { mergeCounts, noCounts } from "../sparse-counts.ts";
import { addPackedRows, packCounts, packRows } from "../timeline/packed-counts.ts";

const rowLengths = {
  timeOutErrors: phases.length,
  connectsTimedOut: phases.length,
  counters: phases.length * counters.length,
} as const;

/** Its rows of counters. */
type RowsName = keyof typeof rowLengths;

/** What is taken from the sums of an interval, and what is put in its place. */
export interface Difference {
  /** By Timing. */
  disturbed: SparseCounts[];
  creditedFrom: SparseCounts[];
  creditedTo: SparseCounts[];
  timedOut: number;
  timeOutErrors: Float64Array;
  connectsTimedOut: Float64Array;
  excused: number;
  censored: number;
  counters: Float64Array;
}

/** Nothing is taken. */
export function noDifference(): Difference {
  return {
    disturbed: timings.map(() => noCounts),
    creditedFrom: timings.map(() => noCounts),
    creditedTo: timings.map(() => noCounts),
    timedOut: 0,
    timeOutErrors: new Float64Array(phases.length),
    connectsTimedOut: new Float64Array(phases.length),
    excused: 0,
    censored: 0,
    counters: new Float64Array(phases.length * counters.length),
  };
}

/** All of them together. */
export function sumOfDifferences(all: readonly Difference[]): Difference {
  const counts = (name: "disturbed" | "creditedFrom" | "creditedTo") =>
    timings.map((_, which) => mergeCounts(all.map(({ [name]: rows }) => rows[which] ?? noCounts)));
  const sum = (name: "timedOut" | "excused" | "censored") =>
    all.reduce((total, { [name]: count }) => total + count, 0);
  return {
    disturbed: counts("disturbed"),
    creditedFrom: counts("creditedFrom"),
    creditedTo: counts("creditedTo"),
    timedOut: sum("timedOut"),
    timeOutErrors: sumOfRows(all, "timeOutErrors"),
    connectsTimedOut: sumOfRows(all, "connectsTimedOut"),
    excused: sum("excused"),
    censored: sum("censored"),
    counters: sumOfRows(all, "counters"),
  };
}

/** One kind of rows of all of them, added. */
export function sumOfRows(differences: readonly Difference[], name: RowsName): Float64Array {
  const length = rowLengths[name];
  const sum = new Float64Array(length);
  for (const { [name]: rows } of differences) {
    for (let i = 0; i < length; i++) sum[i] = (sum[i] as number) + (rows[i] as number);
  }
  return sum;
}

/** A difference in less memory, which is not changed any more. Each reading of its rows makes them anew. */
export class PackedDifference implements Readonly<Difference> {
  readonly disturbed: SparseCounts[];
  readonly creditedFrom: SparseCounts[];
  readonly creditedTo: SparseCounts[];
  readonly timedOut: number;
  readonly excused: number;
  readonly censored: number;
  readonly #rows: Readonly<Record<RowsName, string>>;

  private constructor(difference: Difference, rows: Readonly<Record<RowsName, string>>) {
    this.disturbed = difference.disturbed.map(packCounts);
    this.creditedFrom = difference.creditedFrom.map(packCounts);
    this.creditedTo = difference.creditedTo.map(packCounts);
    this.timedOut = difference.timedOut;
    this.excused = difference.excused;
    this.censored = difference.censored;
    this.#rows = rows;
  }

  get timeOutErrors(): Float64Array {
    return this.#unpacked("timeOutErrors");
  }

  get connectsTimedOut(): Float64Array {
    return this.#unpacked("connectsTimedOut");
  }

  get counters(): Float64Array {
    return this.#unpacked("counters");
  }

  #unpacked(name: RowsName): Float64Array {
    const rows = new Float64Array(rowLengths[name]);
    addPackedRows(rows, this.#rows[name]);
    return rows;
  }

  /** Returns the difference itself where it cannot be packed. */
  static of(difference: Difference): Difference {
    const timeOutErrors = packRows(difference.timeOutErrors);
    const connectsTimedOut = packRows(difference.connectsTimedOut);
    const counted = packRows(difference.counters);
    if (timeOutErrors === null || connectsTimedOut === null || counted === null) return difference;
    return new PackedDifference(difference, { timeOutErrors, connectsTimedOut, counters: counted });
  }

  /** One that can be changed. */
  opened(): Difference {
    const { timedOut, excused, censored, timeOutErrors, connectsTimedOut } = this;
    return {
      disturbed: [...this.disturbed],
      creditedFrom: [...this.creditedFrom],
      creditedTo: [...this.creditedTo],
      timedOut,
      timeOutErrors,
      connectsTimedOut,
      excused,
      censored,
      counters: this.counters,
    };
  }
}
