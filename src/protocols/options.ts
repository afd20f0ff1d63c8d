/** Values of a protocol's options: read from a scenario, or from the command line. */
import { UserError } from "../base/errors.ts";
import { hintFor } from "../base/suggestion.ts";
import type { OptionSpec, OptionSpecs } from "./protocol.ts";
import type { OptionSetting } from "./spec.ts";

/**
 * @param value as YAML or JSON gives it
 * @param text  as it is written, where it is a scalar: an option that is a text may look like a number
 * @throws      UserError that says what it must be
 */
export function readOption(spec: OptionSpec, value: unknown, text: string): OptionSetting {
  const wrong = () => new UserError(`expected ${formOf(spec)}, got ${shown(value)}`);
  const isScalar = value !== null && typeof value !== "object";
  switch (spec.type) {
    case "boolean":
      if (typeof value !== "boolean") throw wrong();
      return value;
    case "integer": {
      const isInteger = Number.isInteger(value);
      if (!isInteger || (value as number) < spec.least || (value as number) > spec.most) {
        throw wrong();
      }
      return value as number;
    }
    case "choice":
      if (!isScalar) throw wrong();
      if (spec.choices.includes(text)) return text;
      throw new UserError(
        `expected ${formOf(spec)}, got ${shown(text)}${closest(text, spec.choices)}`,
      );
    case "text":
      if (!isScalar) throw wrong();
      return text;
    case "list":
      if (isScalar) return [text];
      if (!Array.isArray(value) || !value.every((one) => one !== null && typeof one !== "object")) {
        throw wrong();
      }
      return value.map(String);
  }
}

function closest(text: string, choices: readonly string[]): string {
  const hint = hintFor(text, choices);
  return hint.startsWith("; did") ? hint : "";
}

/** For people: "an integer from 0 to 2". */
export function formOf(spec: OptionSpec): string {
  switch (spec.type) {
    case "boolean":
      return "true or false";
    case "integer":
      return `an integer from ${spec.least} to ${spec.most}`;
    case "choice":
      return `one of ${spec.choices.join(", ")}`;
    case "text":
      return "a text";
    case "list":
      return "a text or a list of texts";
  }
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

/** As `readOption`, of a text from the command line. */
export function optionOfText(spec: OptionSpec, text: string): OptionSetting {
  if (spec.type === "list") return text.split(",");
  const isPlain = spec.type === "boolean" || spec.type === "integer";
  const value = { true: true, false: false }[text] ?? (/^-?\d+$/.test(text) ? Number(text) : text);
  return readOption(spec, isPlain ? value : text, text);
}

/** Its default, for people; null: it must be given. */
export function defaultOf({ default: byDefault }: OptionSpec): string | null {
  if (byDefault === undefined) return null;
  return byDefault === null ? "none" : shown(byDefault);
}

/** What is wrong with the name of an option that a protocol does not have. */
export function unknownOption(protocol: string, name: string, specs: OptionSpecs): string {
  const known = Object.keys(specs);
  if (known.length === 0) return `${protocol} has no options; leave ${name} out`;
  return `${protocol} has no option "${name}"${hintFor(name, known)}`;
}

/** The values of all options: those that are given, and defaults. */
export function withDefaults(
  specs: OptionSpecs,
  given: Readonly<Record<string, OptionSetting>>,
): {
  readonly values: Readonly<Record<string, OptionSetting>>;
  readonly missing: readonly string[];
} {
  const missing: string[] = [];
  const values: Record<string, OptionSetting> = {};
  for (const [name, spec] of Object.entries(specs)) {
    if (Object.hasOwn(given, name)) values[name] = given[name] as OptionSetting;
    else if (spec.default === undefined) missing.push(name);
    else values[name] = spec.default;
  }
  return { values, missing };
}
