/** Runs works: every contender once per round, with the results as rows and verdicts. */
import { judge } from "./bars.js";
import { MissingError } from "./programs.js";
import { median } from "./statistics.js";

/**
 * @typedef {Readonly<Record<string, number>>} Figures named as in figures.js
 *
 * @typedef {Pick<import("./processes.js").Server, "port" | "pids" | "stop"> &
 *   Partial<import("./processes.js").Server>} AnyServer
 *
 * @typedef {object} Run what a contender receives
 * @property {{ readonly connections?: number, readonly perSecond?: number, readonly bytes?: number,
 *   readonly inFlight?: number, readonly command?: string }} params
 * @property {AnyServer | null} server the case's own, for all contenders and rounds
 * @property {import("./pinning.js").Pinning | null} pinning
 * @property {number} warmUpSeconds
 * @property {number} seconds
 *
 * @typedef {(run: Run) => Promise<Figures | null>} Contender null: not for this case
 *
 * @typedef {object} Work
 * @property {string} name
 * @property {string} title
 * @property {string} headline the figure that represents it where there is room for only one
 * @property {readonly { readonly label: string, readonly params: Run["params"] }[]} cases
 * @property {(run: Run) => Promise<AnyServer>} [server] left out where contenders bring their own
 * @property {Readonly<Record<string, Contender>>} contenders
 * @property {readonly import("./bars.js").Bar[]} bars
 * @property {number} [rounds] overrides the requested number
 *
 * @typedef {object} Options
 * @property {number} rounds
 * @property {number} warmUpSeconds
 * @property {number} seconds
 *
 * @typedef {object} Row one contender in one case
 * @property {string} case
 * @property {string} contender
 * @property {Figures} medians over rounds
 * @property {readonly Figures[]} rounds
 * @property {readonly string[]} problems why a round, or all, gave no figures
 *
 * @typedef {object} Measured
 * @property {string} work
 * @property {string} title
 * @property {string} headline
 * @property {readonly Row[]} rows
 * @property {readonly import("./bars.js").Verdict[]} verdicts
 */

/**
 * Runs one work. In each round the contenders take turns, each round starting with another one; all rounds
 * of a case use the same server process. A contender that fails is recorded, and the others go on.
 *
 * @param {Work} work
 * @param {Options} options
 * @param {import("./pinning.js").Pinning | null} pinning
 * @param {(text: string) => void} report called before each run, and for each that failed
 * @returns {Promise<Measured>}
 */
export async function runWork(work, options, pinning, report) {
  const { warmUpSeconds, seconds } = options;
  const rounds = work.rounds ?? options.rounds;
  const rows = [];
  for (const { label, params } of work.cases) {
    /** @type {Run} */
    const run = { params, server: null, pinning, warmUpSeconds, seconds };
    const reportCase = (/** @type {string} */ text) => report(`${work.name}, ${label}${text}`);
    rows.push(...(await runCase(work, run, label, rounds, reportCase)));
  }
  const { name, title, headline } = work;
  return { work: name, title, headline, rows, verdicts: judge(work, rows) };
}

/**
 * @param {Work} work
 * @param {Run} run
 * @param {string} label
 * @param {number} rounds
 * @param {(text: string) => void} report
 * @returns {Promise<Row[]>}
 */
async function runCase(work, run, label, rounds, report) {
  const names = Object.keys(work.contenders);
  /** @type {Record<string, { figures: Figures[], problems: string[], missing: boolean }>} */
  const of = {};
  for (const name of names) of[name] = { figures: [], problems: [], missing: false };
  const note = (/** @type {string} */ name, /** @type {unknown} */ error) => {
    const message = /** @type {Error} */ (error).message.trim();
    report(`: ${name}: ${message}`);
    of[name]?.problems.push(message);
    if (of[name]) of[name].missing = error instanceof MissingError;
  };
  let server = null;
  try {
    server = (await work.server?.(run)) ?? null;
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < names.length; turn++) {
        const name = names[(round + turn) % names.length] ?? "";
        if (of[name]?.missing) continue;
        report(`, round ${round + 1}: ${name}`);
        try {
          const figures = await work.contenders[name]?.({ ...run, server });
          if (figures) of[name]?.figures.push(checked(figures));
        } catch (error) {
          note(name, error);
        }
      }
    }
  } catch (error) {
    // Without its server the whole case is missing.
    for (const name of names) note(name, error);
  } finally {
    await server?.stop();
  }
  return names.flatMap((contender) => {
    const { figures = [], problems = [] } = of[contender] ?? {};
    if (figures.length === 0 && problems.length === 0) return [];
    return { case: label, contender, medians: mediansOf(figures), rounds: figures, problems };
  });
}

/**
 * @param {Figures} figures
 * @throws when one is not a number: a program's output was not understood
 */
function checked(figures) {
  for (const [name, value] of Object.entries(figures)) {
    if (!Number.isFinite(value)) throw new Error(`${name} is ${value}`);
  }
  return figures;
}

/**
 * @param {readonly Figures[]} rounds
 * @returns {Figures}
 */
function mediansOf(rounds) {
  const names = Object.keys(rounds[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(rounds.map((figures) => figures[name] ?? 0))]),
  );
}

/**
 * Returns the case's server, which has counters.
 *
 * @param {Run} run of a work that has one
 * @returns {import("./processes.js").Server}
 */
export function serverOf({ server }) {
  if (server === null) throw new Error("this work has no server to report");
  const report = server.report ?? (() => Promise.reject(new Error("this server does not count")));
  return { ...server, report };
}
