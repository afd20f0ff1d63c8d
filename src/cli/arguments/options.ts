/** Options that several commands share, and the checks that yargs does not make. */
import type { Options } from "yargs";
import { UserError } from "../../base/errors.ts";
import { ioChoices } from "../../base/io-kind.ts";
import { parseRatio, UnitError } from "../../base/units.ts";

/**
 * Creates an option that may be given only once: yargs would pass on a list for two.
 *
 * @param read converts the text into a value; throws UserError
 */
export function once<Value>(
  name: string,
  read: (text: string) => Value,
): (given: unknown) => Value {
  return (given) => {
    if (Array.isArray(given)) throw new UserError(`--${name} is given more than once`);
    if (given === "") throw new UserError(`--${name} needs a value`);
    // Undefined arrives here when the option is not given at all.
    return given === undefined ? (undefined as Value) : read(String(given));
  };
}

/**
 * Reads a positive whole number.
 *
 * @throws UserError
 */
export function positiveInteger(name: string, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= 1 && value <= most) return value;
    throw new UserError(`--${name} ${text}: give a whole number from 1 to ${most}`);
  };
}

/** Reads one of the texts that are known. @throws (what is returned) UserError */
export function oneOf<Choice extends string>(
  name: string,
  choices: readonly Choice[],
): (text: string) => Choice {
  return (text) => {
    const choice = choices.find((known) => known === text);
    if (choice !== undefined) return choice;
    throw new UserError(`--${name} ${text}: give one of ${choices.join(", ")}`);
  };
}

/** A flag; giving it twice has the same effect as once. */
export function flag(describe: string): Options & { type: "boolean" } {
  return {
    type: "boolean",
    describe,
    coerce: (given: unknown) => (Array.isArray(given) ? given.at(-1) : given) as boolean,
  };
}

/** An option with a text, passed on as it is given. */
export function text(name: string, describe: string): Options & { type: "string" } {
  return { type: "string", requiresArg: true, describe, coerce: once(name, String) };
}

/** An option that may be given several times, each time with one text. */
export function repeatable(
  describe: string,
  defaultDescription = "none",
): Options & { type: "string" } {
  return {
    type: "string",
    array: true,
    nargs: 1,
    default: [],
    defaultDescription,
    requiresArg: true,
    describe,
  };
}

/** An option with a unit. */
export function quantity(name: string, parse: (text: string) => number, describe: string): Options {
  return { type: "string", requiresArg: true, describe, coerce: once(name, withUnit(name, parse)) };
}

/** @throws (what is returned) UserError where the text has no such unit */
export function withUnit(name: string, parse: (text: string) => number): (text: string) => number {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof UnitError) throw new UserError(`--${name} ${error.message}`);
      throw error;
    }
  };
}

/**
 * Reads a ratio between two, both included.
 *
 * @param bounds as messages give them: 0.5, or "50%"
 */
export function ratioBetween(
  name: string,
  ...bounds: readonly [least: number | string, most: number | string]
): (text: string) => number {
  const [least, most] = bounds.map((bound) =>
    typeof bound === "number" ? bound : parseRatio(bound),
  ) as [number, number];
  const read = withUnit(name, parseRatio);
  return (text) => {
    const ratio = read(text);
    if (ratio >= least && ratio <= most) return ratio;
    throw new UserError(`--${name} ${text}: give a ratio from ${bounds[0]} to ${bounds[1]}`);
  };
}

export const ioOption = {
  type: "string",
  choices: ioChoices,
  requiresArg: true,
  default: "auto",
  describe:
    "sockets to use: uring (Linux' io_uring), node (Node's own), or auto, the better of the two",
  coerce: once("io", oneOf("io", ioChoices)),
} as const satisfies Options;

/** Earlier results, for gates that compare with them. */
export const baselineOption = {
  type: "string",
  array: true,
  requiresArg: true,
  describe: 'results that "baseline" in gates stands for (default: the scenario\'s)',
} as const satisfies Options;

/** How a scenario is read and planned: shared by `load` and `plan`. */
export const scenarioOptions = {
  set: repeatable("change a value of the scenario: path=value (repeatable)"),
  workers: {
    type: "string",
    requiresArg: true,
    describe: "worker threads in all (default: according to the machine)",
    coerce: once("workers", positiveInteger("workers", 1024)),
  },
  io: ioOption,
  "allow-remote": flag("allow targets outside the loopback addresses"),
} as const satisfies Record<string, Options>;

/** The scenario's file, shared by both commands. */
export const scenarioPositional = {
  name: "scenario",
  describe: 'the scenario file, or "-" for standard input',
  missing: "which scenario? name a file, such as scenarios/quickstart.yaml",
} as const;
