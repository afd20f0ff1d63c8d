/** A report's figures and bars: as text for a terminal, and as Markdown for the documents. */
import { figures } from "./figures.js";

/** @typedef {import("./rounds.js").Measured} Measured */

/**
 * @param {readonly Measured[]} measured
 * @returns {string}
 */
export function renderText(measured) {
  return measured
    .map(({ work, title, rows, verdicts }) =>
      [
        `${work}: ${title}`,
        columns(figureTable(rows)),
        columns(
          verdicts.map(({ verdict, bar, case: label, value }) => [
            verdict,
            label,
            bar,
            number(value, 2),
          ]),
        ),
        ...problemsOf(rows),
      ].join("\n"),
    )
    .join("\n\n");
}

/**
 * @param {readonly Measured[]} measured
 * @returns {string} one table: the headline of each case, for slash8 and for the others
 */
export function renderSummary(measured) {
  const lines = measured.flatMap(({ work, headline, rows }) => {
    const { title = headline, digits = 0 } = figures[headline] ?? {};
    const cases = [...new Set(rows.map(({ case: label }) => label))];
    return cases.map((label, n) => {
      const ofCase = rows.filter((row) => row.case === label && headline in row.medians);
      const figure = (/** @type {import("./rounds.js").Row | undefined} */ row) =>
        number(row?.medians[headline] ?? null, digits);
      const others = ofCase.filter(({ contender }) => !contender.startsWith("slash8"));
      return [
        n === 0 ? work : "",
        label,
        n === 0 ? title : "",
        figure(ofCase.find(({ contender }) => contender === "slash8 uring")),
        figure(ofCase.find(({ contender }) => contender === "slash8 node")),
        others.map((row) => `${row.contender} ${figure(row)}`).join(", "),
      ];
    });
  });
  return markdown([["work", "case", "", "slash8 uring", "slash8 node", "others"], ...lines]);
}

/**
 * @param {readonly Measured[]} measured
 * @returns {string} a table of figures for each work, then one of all bars
 */
export function renderMarkdown(measured) {
  const parts = measured.map(({ title, rows }) => {
    const problems = problemsOf(rows).map((line) => `\n\n${line}`);
    return `${title}:\n\n${markdown(figureTable(rows))}${problems.join("")}`;
  });
  const bars = measured.flatMap(({ work, verdicts }) =>
    verdicts.map(({ case: label, bar, value, verdict }) => [
      work,
      label,
      bar,
      number(value, 2),
      verdict,
    ]),
  );
  return `${parts.join("\n\n")}\n\n${markdown([["work", "case", "bar", "measured", ""], ...bars])}\n`;
}

/**
 * Puts a text between the two marks of a document.
 *
 * @param {string} document
 * @param {string} name of the marks
 * @param {string} text
 * @returns {string}
 * @throws  when the marks are missing
 */
export function betweenMarks(document, name, text) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from === -1 || to < from)
    throw new Error(`no place for the table: the document needs the marks ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n${document.slice(to)}`;
}

/** @param {readonly import("./rounds.js").Row[]} rows */
function figureTable(rows) {
  const names = Object.keys(figures).filter((name) => rows.some(({ medians }) => name in medians));
  const head = ["", "", ...names.map((name) => figures[name]?.title ?? "")];
  return [
    head,
    ...rows.map(({ case: label, contender, medians }, row) => [
      rows[row - 1]?.case === label ? "" : label,
      contender,
      ...names.map((name) => number(medians[name] ?? null, figures[name]?.digits ?? 0)),
    ]),
  ];
}

/** @param {readonly import("./rounds.js").Row[]} rows */
function problemsOf(rows) {
  const all = rows.flatMap(({ contender, problems }) =>
    problems.map((problem) => `${contender}: ${problem.split("\n")[0]}`),
  );
  return [...new Set(all)];
}

/**
 * @param {number | null} value
 * @param {number} digits
 */
function number(value, digits) {
  if (value === null) return "-";
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** @param {readonly (readonly string[])[]} lines */
function columns(lines) {
  const widths = (lines[0] ?? []).map((_, n) =>
    Math.max(...lines.map((line) => line[n]?.length ?? 0)),
  );
  const isNumber = (lines[0] ?? []).map((_, n) =>
    lines.slice(1).every((line) => /^[-\d]/.test(line[n] ?? "")),
  );
  return lines
    .map((line) =>
      line
        .map((cell, n) =>
          isNumber[n] ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** @param {readonly (readonly string[])[]} lines */
function markdown([head = [], ...lines]) {
  const all = [head, head.map(() => "---"), ...lines];
  return all.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
