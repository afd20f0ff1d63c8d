/**
 * Gate expressions.
 *
 *     gate       = operand operator limit [ "over" duration ]
 *     operand    = metric [ "/" metric ]
 *     limit      = quantity | term | number "*" term | term "*" number
 *     term       = operand | "baseline"
 *     operator   = "<" | "<=" | ">" | ">=" | "==" | "!="
 *     metric     = scope "." name [ "." statistic | "." status | "." code | " slope" ]
 *     scope      = workload [ "." part ] | "total" | "servers." server
 *     statistic  = "p" number | "min" | "max" | "mean" | "stdDev" | "count"
 *     status     = an HTTP status | a class | a protocol's name "503" "5xx" "NXDOMAIN"
 *     code       = that of an error                             "TIMEOUT" "DNS_REFUSED"
 *     quantity   = duration | rate | byte rate | size | ratio | number     "5ms" "20000/s" "64KiB" "1%" "95000"
 *
 *     servers.echo.rssBytes slope < 1MiB/h
 *     chatter.responseTime.p99 < 5ms
 *     chat.responseTime.p99 <= 1.5 * idle.responseTime.p99
 *     chatter.exchanges.timedOut / chatter.exchanges.sent < 1%
 *     chatter.responseTime.p99 < 5ms over 5s
 *     chatter.responseTime.p99 <= baseline * 1.10
 *
 * Both sides are of one kind: a duration compared with a rate is an error. The quotient of two
 * metrics of one kind is a ratio. With `over 5s` every window of 5 s in steady state, a second
 * apart, must pass. `baseline` is the left side's value in earlier results.
 */
import {
  parseByteRate,
  parseDuration,
  parseRate,
  parseRatio,
  parseSize,
  UnitError,
} from "../base/units.ts";
import {
  comparesWithBaseline,
  type Gate,
  GateError,
  metricsOf,
  type Operand,
  type Operator,
} from "./gate.ts";
import { exampleOf, hasWindows, type Kind, kindOf, type MetricRef } from "./metric.ts";
import { type Names, resolveMetric } from "./metric-name.ts";

const windowUnitNs = 1e9;
const longest = 500;

/**
 * Parses a gate and checks its names and units, before anything runs.
 *
 * @throws GateError (a UserError) with the offset of what is wrong
 */
export function parseGate(text: string, names: Names): Gate {
  if (text.length > longest) {
    throw new GateError(`a gate has at most ${longest} characters, not ${text.length}`, longest);
  }
  return new GateParser(text, names).gate();
}

class GateParser {
  readonly #text: string;
  readonly #names: Names;
  #at = 0;

  constructor(text: string, names: Names) {
    this.#text = text;
    this.#names = names;
  }

  gate(): Gate {
    const left = this.#operand();
    const kind = operandKind(left);
    const operator = this.#operator();
    const right = this.#limit(kind);
    const windowNs = this.#windows(left, right);
    this.#space();
    if (this.#at < this.#text.length) {
      throw new GateError(
        `"${this.#text.slice(this.#at)}" is not expected here: a gate ends after its limit, or after "over 5s"`,
        this.#at,
      );
    }
    return { expression: this.#text.trim(), left, operator, right, kind, windowNs };
  }

  #space(): void {
    this.#match(/\s*/y);
  }

  /** Consumes what the sticky pattern matches at the current position. */
  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #operand(): Operand {
    const metric = this.#metric();
    this.#space();
    const at = this.#at;
    if (this.#match(/\//y) === null) return { metric, dividedBy: null };
    const dividedBy = this.#metric();
    const [above, below] = [kindOf(metric), kindOf(dividedBy)];
    if (above !== below) {
      throw new GateError(
        `a ${above} cannot be divided by a ${below}: both metrics of a quotient must be of one kind`,
        at,
      );
    }
    return { metric, dividedBy };
  }

  #metric(): MetricRef {
    this.#space();
    const at = this.#at;
    const word = this.#match(/[^\s<>=!*/]+/y)?.[0];
    const slope = word === undefined ? null : this.#match(/\s+slope(?![\w.])/y);
    const name = slope === null ? word : `${word}.slope`;
    if (name === undefined) {
      const found = at < this.#text.length ? `not "${this.#text.slice(at)}"` : "but the gate ends";
      throw new GateError(`a metric is expected here, such as chat.responseTime.p99, ${found}`, at);
    }
    return resolveMetric(name, at, this.#names);
  }

  #operator(): Operator {
    this.#space();
    const at = this.#at;
    const operator = this.#match(/<=|>=|==|!=|<(?!>)|>/y)?.[0];
    if (operator !== undefined) return operator as Operator;
    const hint = this.#text[at] === "=" ? '; "is equal" is written ==' : "";
    const found = at < this.#text.length ? ` instead of "${this.#text.slice(at)}"` : "";
    throw new GateError(`an operator is expected here (<, <=, >, >=, ==, !=)${found}${hint}`, at);
  }

  #limit(kind: Kind): Gate["right"] {
    this.#space();
    const at = this.#at;
    const factor = this.#match(/([-+]?\d+(?:\.\d+)?)\s*\*/y)?.[1];
    if (factor !== undefined) return this.#scaled(Number(factor), kind);
    const quantity = this.#match(/[-+.]?\d.*?(?=\s+over\b|\s*$)/y)?.[0];
    if (quantity !== undefined) return { value: readQuantity(quantity, kind, at) };
    if (at === this.#text.length) {
      throw new GateError(`a limit is expected here: ${exampleOf[kind]}, or another metric`, at);
    }
    return this.#scaled(null, kind);
  }

  /** Reads a term, and the factor after it where there was none before it. */
  #scaled(before: number | null, kind: Kind): Exclude<Gate["right"], { value: number }> {
    const term = this.#term(kind);
    if (before !== null) return { factor: before, ...term };
    this.#space();
    const after = this.#match(/\*\s*(\d+(?:\.\d+)?)(?=\s|$)/y)?.[1];
    return { factor: after === undefined ? 1 : Number(after), ...term };
  }

  #term(kind: Kind): { operand: Operand } | { baselineOffset: number } {
    this.#space();
    const at = this.#at;
    // A workload may have this name: then one of its metrics follows.
    if (this.#match(/baseline(?=[\s*]|$)/y) !== null) return { baselineOffset: at };
    const operand = this.#operand();
    const other = operandKind(operand);
    if (other === kind) return { operand };
    throw new GateError(
      `the left side is a ${kind}, this is a ${other}: they cannot be compared`,
      at,
    );
  }

  #windows(left: Operand, right: Gate["right"]): number | null {
    this.#space();
    const over = this.#at;
    if (this.#match(/over(?![\w.])/y) === null) return null;
    this.#space();
    const at = this.#at;
    const text = this.#match(/\S.*/y)?.[0]?.trimEnd() ?? "";
    const windowNs = readUnit(parseDuration, text, at);
    if (windowNs < windowUnitNs || windowNs % windowUnitNs !== 0) {
      throw new GateError(`a window is a whole number of seconds, at least 1s, not ${text}`, at);
    }
    if (comparesWithBaseline({ right })) {
      throw new GateError(
        `a baseline is known for the whole run only: remove "over ${text}"`,
        over,
      );
    }
    const without = metricsOf({ left, right }).find((metric) => !hasWindows(metric));
    if (without === undefined) return windowNs;
    throw new GateError(
      `${without.metric} is known for the whole run only: remove "over ${text}"`,
      over,
    );
  }
}

function operandKind({ metric, dividedBy }: Operand): Kind {
  return dividedBy === null ? kindOf(metric) : "ratio";
}

const readers = {
  duration: parseDuration,
  rate: parseRate,
  "byte rate": parseByteRate,
  size: parseSize,
  ratio: parseRatioOfAny,
  count: parseCount,
} as const satisfies Record<Kind, (text: string) => number>;

function readQuantity(text: string, kind: Kind, offset: number): number {
  const other = (Object.keys(readers) as Kind[]).find(
    (candidate) => candidate !== kind && candidate !== "count" && reads(readers[candidate], text),
  );
  if (other !== undefined && !reads(readers[kind], text) && !/^[\d.]+$/.test(text)) {
    throw new GateError(
      `the left side is a ${kind}, "${text}" is a ${other}: write ${exampleOf[kind]}`,
      offset,
    );
  }
  return readUnit(readers[kind], text, offset);
}

function reads(read: (text: string) => number, text: string): boolean {
  try {
    read(text);
    return true;
  } catch (error) {
    if (error instanceof UnitError) return false;
    throw error;
  }
}

function readUnit(read: (text: string) => number, text: string, offset: number): number {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof UnitError) throw new GateError(error.message, offset);
    throw error;
  }
}

function parseCount(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw new UnitError(`"${text}" is not a plain number: a count is written without a unit`);
}

/** Reads a ratio that may exceed 1, as a quotient of two metrics can: "150%" and 1.5 are also limits. */
function parseRatioOfAny(text: string): number {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
  if (digits === undefined) return parseRatio(text);
  return percent === "%" ? Number(digits) / 100 : Number(digits);
}
