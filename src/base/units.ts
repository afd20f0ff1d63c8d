/**
 * The one place where quantities are formatted and parsed: durations ("1m30s"), rates ("20000/s"),
 * sizes ("64KiB"), byte rates ("10KiB/s") and ratios ("1%"). Everywhere else a number carries its unit as the last word
 * of its name.
 */

/** A text that is not a quantity of the expected kind; the message says what is allowed. */
export class UnitError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnitError";
  }
}

const nsPerUnit: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5, the micro sign
  μs: 1e3, // U+03BC, the Greek letter
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const durationHelp = 'a duration is written like "250ms", "1.5s" or "1m30s" (ns, us, ms, s, m, h)';

/**
 * Reads a duration in Go's form: numbers with units, which are summed; "0" needs no unit.
 *
 * @returns ns, an integer from 0 to 2^53 - 1 (104 days)
 * @throws  UnitError
 */
export function parseDuration(text: string): number {
  const source = text.trim();
  if (/^0+(\.0+)?$/.test(source)) return 0;
  if (/^\d+(\.\d+)?$/.test(source)) {
    throw new UnitError(
      `"${show(text)}" has no unit: write "${show(source)}s" or "${show(source)}ms"`,
    );
  }
  const refused = () => new UnitError(`"${show(text)}" is not a duration: ${durationHelp}`);
  if (source === "") throw refused();
  const part = /(\d+(?:\.\d+)?)\s*(ns|us|µs|μs|ms|s|m|h)\s*/y;
  let ns = 0;
  while (part.lastIndex < source.length) {
    const match = part.exec(source);
    if (match === null) throw refused();
    ns += Number(match[1]) * (nsPerUnit[match[2] as string] as number);
  }
  ns = Math.round(ns);
  if (ns > Number.MAX_SAFE_INTEGER) {
    throw new UnitError(`"${show(text)}" is too long: a duration is at most 2500h`);
  }
  return ns;
}

const perSecondOf: Readonly<Record<string, number>> = { ms: 1000, s: 1, m: 1 / 60, h: 1 / 3600 };

const rateHelp = 'a rate is written like "20000/s", "1200/m" or "10/ms" (per ms, s, m or h)';

/**
 * Reads a rate: a plain number of events per unit of time; "0" needs no unit.
 *
 * @returns events per second, finite, >= 0
 * @throws  UnitError; multiples such as "1k/s" are refused with the number to write
 */
export function parseRate(text: string): number {
  const source = text.trim();
  if (/^0+(\.0+)?$/.test(source)) return 0;
  const match = /^(\d+(?:\.\d+)?)\s*\/\s*(ms|s|m|h)$/.exec(source);
  if (match !== null) {
    // Divide where the unit is longer than a second: 1200 / 60 is exact, 1200 * (1 / 60) is not.
    const count = Number(match[1]);
    const factor = perSecondOf[match[2] as string] as number;
    const rate = factor >= 1 ? count * factor : count / Math.round(1 / factor);
    if (rate <= 1e12) return rate;
    throw new UnitError(`"${show(text)}" is too high: a rate is at most 1000000000000/s`);
  }
  if (/^\d+(\.\d+)?$/.test(source)) {
    throw new UnitError(`"${show(text)}" has no unit: write "${show(source)}/s"`);
  }
  const multiple = /^(\d{1,9}(?:\.\d{1,9})?)\s*([kKM])\s*\/\s*(ms|s|m|h)$/.exec(source);
  if (multiple !== null) {
    const count = Number(multiple[1]) * (multiple[2] === "M" ? 1e6 : 1e3);
    throw new UnitError(
      `"${show(text)}" is not a rate: write the number out, "${Math.round(count)}/${multiple[3]}"`,
    );
  }
  const grouped = source.replaceAll(/[,_']/g, "");
  if (grouped !== source && /^\d+(\.\d+)?\/(ms|s|m|h)$/.test(grouped)) {
    throw new UnitError(
      `"${show(text)}" is not a rate: write "${show(grouped)}", without separators`,
    );
  }
  throw new UnitError(`"${show(text)}" is not a rate: ${rateHelp}`);
}

const bytesPerUnit: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["kB", 1e3],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
]);

const sizeHelp =
  'a size is written like "64", "64B", "64KiB" or "1MB" (B, KB, MB, GB: powers of 1000; KiB, MiB, GiB: of 1024)';

/**
 * Reads a size; a number without a unit is in bytes.
 *
 * @returns bytes, an integer from 0 to 2^53 - 1
 * @throws  UnitError
 */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(text.trim());
  const unit = match?.[2] === "" ? "B" : match?.[2];
  const factor = unit === undefined ? undefined : bytesPerUnit.get(unit);
  if (match === null || factor === undefined) {
    const short = /^[kKmMgG]$/.test(unit ?? "") ? (unit as string).toUpperCase() : null;
    const hint = short === null ? sizeHelp : `write ${short}iB (1024) or ${short}B (1000)`;
    throw new UnitError(`"${show(text)}" is not a size: ${hint}`);
  }
  const bytes = Number(match[1]) * factor;
  if (!Number.isSafeInteger(bytes)) {
    throw new UnitError(`"${show(text)}" is not a whole number of bytes below 2^53: ${sizeHelp}`);
  }
  return bytes;
}

const byteRateHelp =
  'a byte rate is a size per ms, s, m or h, written like "10KiB/s", "1MB/s" or "30B/m"';

/**
 * Reads a byte rate: a size per unit of time.
 *
 * @returns bytes per second, finite, >= 0
 * @throws  UnitError
 */
export function parseByteRate(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*(?:\/\s*(ms|s|m|h))?$/.exec(text.trim());
  const [, number = "", unit = "", per] = match ?? [];
  const factor = bytesPerUnit.get(unit);
  if (match !== null && per !== undefined && factor !== undefined) {
    return Number(number) * factor * (perSecondOf[per] as number);
  }
  const refused = `"${show(text)}" is not a byte rate: `;
  const isSize = match !== null && per === undefined;
  if (isSize && factor !== undefined) throw new UnitError(`${refused}write "${number}${unit}/s"`);
  if (match !== null && unit === "") {
    throw new UnitError(`${refused}write "${number}B/${per ?? "s"}"`);
  }
  if (/^[kKmMgG]$/.test(unit)) {
    const larger = unit.toUpperCase();
    const time = per ?? "s";
    throw new UnitError(
      `${refused}write "${number}${larger}iB/${time}" (1024) or "${number}${larger}B/${time}" (1000)`,
    );
  }
  throw new UnitError(refused + byteRateHelp);
}

/**
 * Reads a ratio of a whole: "1%" or 0.01.
 *
 * @returns 0 to 1
 * @throws  UnitError
 */
export function parseRatio(value: string | number): number {
  const text = String(value).trim();
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  const plain = /^\d+(\.\d+)?$/.test(text) || typeof value === "number" ? Number(text) : Number.NaN;
  const ratio = percent === null ? plain : Number(percent[1]) / 100;
  if (ratio >= 0 && ratio <= 1) return ratio;
  const hint = percent === null && ratio > 1 && ratio <= 100 ? `; write "${ratio}%"` : "";
  throw new UnitError(
    `"${show(text)}" is not a ratio: a ratio is written like "1%" or 0.01, from 0 to 1${hint}`,
  );
}

const durationUnits = [
  ["ns", 1],
  ["us", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
] as const;

/**
 * Writes a duration for people: three significant digits below a minute ("1.23 ms"), whole seconds
 * above ("1m30s", "2h5m0s"). "-" for what is not a finite number.
 */
export function formatDuration(ns: number): string {
  if (!Number.isFinite(ns)) return "-";
  if (ns < 0) return `-${formatDuration(-ns)}`;
  if (ns === 0) return "0 s";
  if (ns >= 59.95e9) return clockText(Math.round(ns / 1e9));
  return scaled(ns, durationUnits);
}

/** Writes a rate: "20,000/s", three significant digits below 100 ("12.3/s"). */
export function formatRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "-";
  const whole = Math.abs(perSecond) >= 99.95 || Number.isInteger(perSecond);
  return `${whole ? formatCount(perSecond) : digits3(perSecond)}/s`;
}

const sizeUnits = [
  ["B", 1],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
  ["TiB", 1024 ** 4],
] as const;

/** Writes a size in powers of 1024, three significant digits: "64 B", "1.50 KiB". */
export function formatSize(bytes: number): string {
  if (!Number.isFinite(bytes)) return "-";
  if (bytes < 0) return `-${formatSize(-bytes)}`;
  return bytes === 0 ? "0 B" : scaled(bytes, sizeUnits);
}

/** Writes a byte rate: "1.50 KiB/s", below 1 B/s "30 B/m". */
export function formatByteRate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return "-";
  if (perSecond > 0 && perSecond < 1) return `${formatSize(60 * perSecond)}/m`;
  return `${formatSize(perSecond)}/s`;
}

/** Writes a count, rounded to a whole number, with thousands separators: "1,234,567". */
export function formatCount(n: number): string {
  if (!Number.isFinite(n)) return "-";
  const text = Math.round(n).toFixed(0);
  return (text === "-0" ? "0" : text).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** Writes how many of something: "1 worker", "1,200 workers", "2 processes". */
export function formatAmount(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

/** In the first unit, ascending, that needs fewer than four digits before the point. */
function scaled(value: number, units: readonly (readonly [string, number])[]): string {
  for (const [index, [name, factor]] of units.entries()) {
    const text = index === 0 && Number.isInteger(value) ? String(value) : digits3(value / factor);
    if (Number(text) < 1000) return `${text} ${name}`;
  }
  const [name, factor] = units.at(-1) as readonly [string, number];
  return `${formatCount(value / factor)} ${name}`;
}

/** Three significant digits without an exponent: 1.23, 12.3, 123, 1235. */
function digits3(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 99.95) return value.toFixed(0);
  return value.toFixed(magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : 3);
}

function clockText(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return `${hours > 0 ? `${hours}h` : ""}${minutes}m${seconds % 60}s`;
}

/** Keeps a quoted text short and on one line, whatever the user wrote. */
function show(text: string): string {
  const line = JSON.stringify(text).slice(1, -1);
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
