/** Bars: what slash8 must reach, relative to other contenders or as an absolute figure. */
import { figures } from "./figures.js";

/**
 * @typedef {object} Bar
 * @property {string} figure
 * @property {string} ours contender
 * @property {string} [theirs] contender that ours is divided by
 * @property {readonly [string, string]} [across] cases: the second's figure is divided by the first's
 * @property {number} [least]
 * @property {number} [most]
 * @property {readonly string[]} [cases] labels; left out: every case
 *
 * @typedef {object} Verdict
 * @property {string} case
 * @property {string} bar as text
 * @property {number | null} value null where a contender gave no figures
 * @property {"met" | "missed" | "no data"} verdict
 */

/**
 * Judges each bar in each case that it applies to, by the medians; a ratio is a ratio of medians.
 *
 * @param {Pick<import("./rounds.js").Work, "cases" | "bars">} work
 * @param {readonly import("./rounds.js").Row[]} rows
 * @returns {Verdict[]}
 */
export function judge({ cases, bars }, rows) {
  return bars.flatMap((bar) => {
    const { across } = bar;
    const labels = across ? [across.join(" to ")] : (bar.cases ?? cases.map(({ label }) => label));
    return labels.map((label) => {
      const at = (/** @type {string} */ inCase, /** @type {string} */ contender) =>
        rows.find((row) => row.case === inCase && row.contender === contender)?.medians[bar.figure];
      const ours = at(across ? across[1] : label, bar.ours);
      const divisor = across ? at(across[0], bar.ours) : bar.theirs ? at(label, bar.theirs) : 1;
      const known = ours !== undefined && divisor !== undefined;
      const value = known ? ours / divisor : null;
      return { case: label, bar: inWords(bar), value, verdict: verdictOn(value, bar) };
    });
  });
}

/**
 * @param {number | null} value
 * @param {Bar} bar
 * @returns {Verdict["verdict"]}
 */
function verdictOn(value, { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }) {
  if (value === null) return "no data";
  return value >= least && value <= most ? "met" : "missed";
}

/** @param {Bar} bar */
function inWords({ figure, ours, theirs, across, least, most }) {
  const limits = [];
  if (least !== undefined) limits.push(`>= ${least}`);
  if (most !== undefined) limits.push(`<= ${most}`);
  const beside = theirs ? ` / ${theirs}` : across ? ", most / fewest" : "";
  return `${figures[figure]?.title ?? figure}: ${ours}${beside} ${limits.join(" and ")}`;
}
