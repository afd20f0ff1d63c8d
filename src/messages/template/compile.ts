import { UserError } from "../../base/errors.ts";
import { decimalDigits } from "../../base/numbers/digits.ts";
import type { DataSet } from "../data/data-set.ts";
import { type MessageKey, usesNothing } from "../message.ts";
import { Draws } from "./draws.ts";
import { type Expression, type Operation, splitText } from "./expression.ts";
import { joined, unread } from "./joined.ts";
import { isPrefixPipe, pipes } from "./pipes.ts";
import { columnValue, RowChoice } from "./rows.ts";
import { type SlotBytes, slotValue } from "./slot-bytes.ts";
import { numeric, type SourceContext, sources } from "./sources.ts";
import { constantValue, copyRange, type NumberOf, type Value } from "./value.ts";

/** What placeholders of a message may name, besides those that all messages may (sources.ts). */
export interface Names {
  /** Texts of the message's named parts. */
  readonly parts: Readonly<Record<string, string>>;
  readonly data: readonly DataSet[];
  /** What is kept by slot, by name. */
  readonly bySlot: ReadonlyMap<string, SlotBytes>;
  /** The known name that a wrong one was probably meant to be; null: none. */
  readonly closestName: ClosestName;
  /** Index of the workload in the plan, and the run's tag, as in stamps. */
  readonly workload: number;
  readonly tag: number;
}

/** As `closestName` of base/suggestion.ts, which workers do not load. */
export type ClosestName = (wrong: string, known: readonly string[]) => string | null;

/** Whether a name in a message means the same in every scenario. */
export function isBuiltInName(name: string): boolean {
  return Object.hasOwn(sources, name) || Object.hasOwn(pipes, name);
}

/** Compiles the texts of one message. What they have in common is drawn once for each message: see `begin`. */
export class Compiler {
  readonly #names: Names;
  readonly #epochMs: number;
  readonly #draws: Draws;
  readonly #ids: Draws;
  readonly #rows = new Map<DataSet, RowChoice>();
  /** Each after those that it holds; null: it is being compiled. */
  readonly #parts = new Map<string, Part | null>();
  /** Names of the captured values in what is being compiled. */
  #captured = new Set<string>();
  readonly uses = { ...usesNothing };

  /**
   * @param seed    of what follows from the seed alone
   * @param idSeed  of what differs from run to run
   * @param epochMs Unix time less monotonic time
   */
  constructor(names: Names, seed: number, idSeed: number, epochMs: number) {
    this.#names = names;
    this.#epochMs = epochMs;
    this.#draws = new Draws(seed);
    this.#ids = new Draws(idSeed);
  }

  /** @throws UserError for a placeholder or a pipe that is not known, or that does not take what it is given */
  compile(text: string): Value {
    return joined(
      splitText(text, isPrefixPipe).map((part) =>
        typeof part === "string" ? constantValue(Buffer.from(part)) : this.#expression(part),
      ),
    );
  }

  /** Named parts that nothing refers to. */
  get unusedParts(): readonly string[] {
    return Object.keys(this.#names.parts).filter((name) => !this.#parts.has(name));
  }

  /** What has to be done before each message is written; null: nothing. To be called when all is compiled. */
  begin(): ((key: MessageKey) => void) | null {
    const steps: ((key: MessageKey) => void)[] = [];
    const rows = [...this.#rows.values()].filter(({ varies }) => varies !== "never");
    if (rows.some(({ isRandom }) => isRandom)) this.#draws.isUsed = true;
    for (const draws of [this.#draws, this.#ids]) {
      if (draws.isUsed) steps.push((key) => draws.begin(key));
    }
    for (const row of rows) steps.push((key) => row.begin(key));
    // Parts that are always the same have been written.
    for (const part of this.#parts.values()) {
      if (part !== null && part.value.varies !== "never") steps.push((key) => part.render(key));
    }
    if (steps.length < 2) return steps[0] ?? null;
    return (key) => {
      for (let i = 0; i < steps.length; i++) (steps[i] as (key: MessageKey) => void)(key);
    };
  }

  #expression(expression: Expression): Value {
    const { written } = expression;
    let value = this.#operated(this.#named(expression), expression);
    for (const { name, args } of expression.pipes) {
      const pipe = Object.hasOwn(pipes, name) ? pipes[name] : undefined;
      if (pipe === undefined) {
        throw new UserError(
          `${written}: unknown pipe "${name}"${this.#hint(name, Object.keys(pipes))}`,
        );
      }
      try {
        value = pipe.compile(value, args);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        throw new UserError(`${written}: ${error.message}`);
      }
    }
    return value;
  }

  #operated(value: Value, { written, operations }: Expression): Value {
    const { number } = value;
    if (operations.length === 0) return value;
    if (number === null) {
      throw new UserError(`${written}: ${operations[0]?.sign} takes a number, not a text`);
    }
    const result = operations.reduce(operated, number);
    const isDistinct = value.isDistinct && operations.every(({ sign }) => sign === "+");
    return { ...numeric(result), varies: value.varies, isDistinct };
  }

  #named(expression: Expression): Value {
    const { written, name, column, args } = expression;
    if (name === null) return constantValue(Buffer.from(args[0]?.text ?? ""));
    const set = this.#names.data.find((one) => one.name === name);
    if (set !== undefined) return this.#cell(set, expression);
    if (column !== null) {
      const known = this.#names.data.map((one) => one.name);
      const hint = known.length === 0 ? "; the scenario has no data" : this.#hint(name, known);
      throw new UserError(`${written}: there is no data "${name}"${hint}`);
    }
    if (Object.hasOwn(sources, name)) return this.#source(name, expression);
    const bytes = this.#names.bySlot.get(name);
    const isPart = Object.hasOwn(this.#names.parts, name);
    if (bytes === undefined && !isPart) throw this.#unknown(written, name);
    if (args.length > 0) throw new UserError(`${written}: "${args[0]?.text}" is not expected`);
    if (bytes === undefined) return this.#part(name, written).copied;
    this.#captured.add(name);
    return slotValue(bytes);
  }

  #source(name: string, { written, args }: Expression): Value {
    const context: SourceContext = {
      written,
      draws: this.#draws,
      ids: this.#ids,
      epochMs: this.#epochMs,
      stampedBy: this.#names,
      lengthOf: (part) => {
        if (!Object.hasOwn(this.#names.parts, part)) {
          const hint = this.#hint(part, Object.keys(this.#names.parts));
          throw new UserError(`${written}: the message has no part "${part}"${hint}`);
        }
        return this.#part(part, written).length;
      },
      use: (what) => {
        this.uses[what] = true;
      },
    };
    return (sources[name] as (typeof sources)[string]).compile(args, context);
  }

  #cell(set: DataSet, { written, column, args }: Expression): Value {
    const { columns } = set.rows;
    if (args.length > 0) throw new UserError(`${written}: "${args[0]?.text}" is not expected`);
    const isLines = set.format === "lines";
    if (column === null && !isLines) {
      throw new UserError(
        `${written}: which column? Write {{${set.name}.COLUMN}}; known: ${columns.join(", ")}`,
      );
    }
    const index = isLines && column === null ? 0 : columns.indexOf(column ?? "");
    if (index < 0) {
      const why = isLines
        ? `; its rows are lines: write {{${set.name}}}`
        : this.#hint(column ?? "", columns);
      throw new UserError(`${written}: data "${set.name}" has no column "${column}"${why}`);
    }
    let row = this.#rows.get(set);
    if (row === undefined) {
      row = new RowChoice(set, this.#draws);
      this.#rows.set(set, row);
      if (set.order === "sequential") this.uses.number = true;
    }
    return columnValue(row, index);
  }

  #part(name: string, written: string): Part {
    const known = this.#parts.get(name);
    if (known === null) throw new UserError(`${written}: part "${name}" contains itself`);
    const part = known ?? this.#compilePart(name);
    for (const one of part.captured) this.#captured.add(one);
    return part;
  }

  #compilePart(name: string): Part {
    this.#parts.set(name, null);
    const outer = this.#captured;
    this.#captured = new Set();
    const part = new Part(this.compile(this.#names.parts[name] as string), this.#captured);
    this.#captured = outer;
    // Behind those that it holds.
    this.#parts.delete(name);
    this.#parts.set(name, part);
    return part;
  }

  #hint(wrong: string, known: readonly string[]): string {
    const closest = this.#names.closestName(wrong, known);
    if (closest !== null) return `; did you mean "${closest}"?`;
    return known.length === 0 ? "" : `; known: ${known.slice(0, 30).join(", ")}`;
  }

  #unknown(written: string, name: string): UserError {
    const { parts, data, bySlot } = this.#names;
    const named = [...data.map((set) => set.name), ...Object.keys(parts), ...bySlot.keys()];
    const closest = this.#names.closestName(name, [...Object.keys(sources), ...named]);
    const forms = [
      ...Object.values(sources).map(({ form }) => form),
      ...named.map((one) => `{{${one}}}`),
    ];
    const known = forms.join(", ");
    const hint =
      closest === null ? `; known: ${known}` : `; did you mean {{${closest}}}? Known: ${known}`;
    return new UserError(`unknown placeholder ${written} in a message${hint}`);
  }
}

/** A named part of a message: it is written once for each message, before the message. */
class Part {
  readonly value: Value;
  /** The part as it stands in the message. */
  readonly copied: Value;
  readonly length: Value;
  /** Names of the captured values in it. */
  readonly captured: ReadonlySet<string>;
  readonly #bytes: Buffer;
  #written = 0;

  constructor(value: Value, captured: ReadonlySet<string>) {
    this.captured = captured;
    const { minBytes, maxBytes } = value;
    const bytes = Buffer.alloc(maxBytes);
    this.value = value;
    this.#bytes = bytes;
    // Written once: what is drawn at random for it would be another number the second time.
    this.copied = {
      ...value,
      kind: value.kind === "number" ? "digits" : value.kind,
      number: null,
      write: (into, at) => copyRange(bytes, 0, this.#written, into, at),
    };
    const varies = minBytes === maxBytes ? "never" : value.varies;
    const of = { of: () => this.#written, most: maxBytes, mustFit: true, captured: [...captured] };
    this.length = { ...numeric(of), minBytes: decimalDigits(minBytes), varies };
    if (varies === "never") this.#written = maxBytes;
    if (value.varies === "never") this.#written = value.write(bytes, 0, unread);
  }

  render(key: MessageKey): void {
    this.#written = this.value.write(this.#bytes, 0, key);
  }
}

function operated(number: NumberOf, { sign, operand }: Operation): NumberOf {
  const { of, most } = number;
  switch (sign) {
    case "%":
      return { of: (key) => of(key) % operand, most: Math.min(most, operand - 1), mustFit: false };
    case "/":
      return {
        ...number,
        of: (key) => Math.floor(of(key) / operand),
        most: Math.floor(most / operand),
      };
    case "+":
      return {
        ...number,
        of: (key) => of(key) + operand,
        most: Math.min(Number.MAX_SAFE_INTEGER, most + operand),
      };
  }
}
