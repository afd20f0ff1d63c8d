/**
 * The rows as lines of text, columns aligned, under what the ratios mean.
 *
 * @param {readonly import("./rounds.js").Row[]} rows
 * @returns {string}
 */
export function renderTable(rows) {
  const head = ["", "connections", "client", "CPU us/exchange", "ratio", "exchanges/s", "ratio"];
  const lines = rows.map((row) => [
    row.comparison,
    String(row.connections),
    row.contender,
    row.clientCpuUsPerExchange.median.toFixed(2),
    ratio(row.clientCpuUsPerExchange),
    Math.round(row.exchangesPerSecond.median).toLocaleString("en"),
    ratio(row.exchangesPerSecond),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const isText = [true, false, true];
  const text = [head, ...lines].map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isText[column] === true ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n\nMedians over rounds; ratios are slash8's to the client of the line, median over rounds.`;
}

/** @param {import("./rounds.js").Series} series */
function ratio(series) {
  return series.ratio === null ? "" : series.ratio.toFixed(2);
}
