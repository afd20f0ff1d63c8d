/** Fake histories of a server on a busy machine, and bisections of them. All of it follows from the seed. */
import { createRandom, type Random } from "../../../src/base/random.ts";
import {
  type BisectionAnswer,
  decideBisection,
  type Round,
} from "../../../src/compare/bisection/decide.ts";

export interface Busy {
  /** Standard deviations of logarithms: of each run, and of what the machine does to runs that follow each other. */
  readonly ofRuns: number;
  readonly ofMachine: number;
  /** Correlation of what the machine does to a run with the next one. */
  readonly correlation: number;
  /** How many runs something comes in between, and how much slower it makes them at most. */
  readonly spikes: number;
  readonly spike: number;
  /** How many runs are invalid, even when they are repeated. */
  readonly invalid: number;
}

export interface History {
  /** By how much each revision is slower than the one before, as a ratio: 1.25; the first is 1. */
  readonly changes: readonly number[];
  readonly skipped: readonly number[];
}

export interface Simulated {
  readonly answer: BisectionAnswer;
  readonly runs: number;
}

export const rules = { threshold: Math.log(1.1), alpha: 0.001, mostRuns: 90 };

/** A history of 30 commits after the good revision, one of which is slower, and a tenth of which do not build. */
export function historyOf(random: Random, ratio: number, commits = 30): History & { slow: number } {
  const slow = 1 + Math.floor(random.float() * commits);
  const changes = Array.from({ length: commits + 1 }, (_, i) => (i === slow ? ratio : 1));
  const skipped = changes.flatMap((_, i) =>
    i > 0 && i < commits && random.float() < 0.1 ? [i] : [],
  );
  return { changes, skipped, slow };
}

export function bisect({ changes, skipped }: History, busy: Busy, seed: number): Simulated {
  const random = createRandom(seed, 1);
  const levels = changes.map((_, i) =>
    changes.slice(0, i + 1).reduce((sum, ratio) => sum + Math.log(ratio), 0),
  );
  const notBuilding = new Set(skipped);
  const known = new Set<number>();
  const rounds: Round[] = [];
  let machine = busy.ofMachine * gauss(random);
  let runs = 0;
  const run = (revision: number): number | null => {
    runs++;
    const kick = busy.ofMachine * Math.sqrt(1 - busy.correlation ** 2);
    machine = busy.correlation * machine + kick * gauss(random);
    const spike = random.float() < busy.spikes ? busy.spike * random.float() : 0;
    const figure = (levels[revision] as number) + machine + spike + busy.ofRuns * gauss(random);
    return random.float() < busy.invalid ? null : figure;
  };
  for (;;) {
    const decision = decideBisection({ ...rules, revisions: changes.length }, rounds, known);
    if (decision.kind === "done") return { answer: decision.answer, runs };
    const broken = decision.order.find((revision) => notBuilding.has(revision));
    if (broken !== undefined) known.add(broken);
    else rounds.push({ order: decision.order, figures: decision.order.map(run) });
  }
}

function gauss(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.float()));
  return radius * Math.cos(2 * Math.PI * random.float());
}
