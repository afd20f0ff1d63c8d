const bars = "▁▂▃▄▅▆▇█";

/**
 * A row of bars, one character per value.
 *
 * Bars start at zero, so that their heights are proportional to the values, and the highest value fills
 * its character; zero is blank, anything above it is not. Where there are more values than columns, each
 * column shows the greatest of its values: a spike is never averaged away.
 *
 * @param values  finite, >= 0; null (no data) is blank
 * @param columns greatest length, integer >= 1
 * @returns       a string of at most `columns` characters; empty without data
 */
export function sparkline(values: readonly (number | null)[], columns: number): string {
  const shown = greatestOfRatios(values, columns);
  const most = Math.max(0, ...shown.map((value) => value ?? 0));
  if (shown.every((value) => value === null)) return "";
  return shown
    .map((value) => {
      if (value === null || value === 0) return " ";
      return bars[Math.ceil((value / most) * bars.length) - 1];
    })
    .join("");
}

/** Reduces the values to one per column, each from nearly the same number of neighbours. */
function greatestOfRatios(
  values: readonly (number | null)[],
  columns: number,
): readonly (number | null)[] {
  if (values.length <= columns) return values;
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * values.length) / columns);
    const to = Math.floor(((column + 1) * values.length) / columns);
    const known = values.slice(from, to).filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  });
}
