import { UserError } from "../../base/errors.ts";
import { readOption, unknownOption, withDefaults } from "../../protocols/options.ts";
import type { OptionSpecs } from "../../protocols/protocol.ts";
import type { OptionSetting } from "../../protocols/spec.ts";
import { plainValue, type Tree } from "../source/tree.ts";

export interface OptionProblem {
  /** Null: of the protocol as a whole. */
  readonly option: string | null;
  /** Whether it is about the option's name, and not its value. */
  readonly isKey: boolean;
  readonly message: string;
}

/**
 * The options of a protocol as a scenario gives them, and their defaults.
 *
 * @param protocol its name, for messages
 * @param tree     a map, or null where none are given
 * @returns        no values where any is wrong
 */
export function readOptions(
  protocol: string,
  specs: OptionSpecs,
  tree: Tree | null,
): {
  readonly values: Readonly<Record<string, OptionSetting>> | null;
  readonly problems: readonly OptionProblem[];
} {
  const problems: OptionProblem[] = [];
  const given: Record<string, OptionSetting> = {};
  for (const [option, { value }] of tree?.kind === "map" ? tree.entries : []) {
    const spec = Object.hasOwn(specs, option) ? specs[option] : undefined;
    if (spec === undefined) {
      problems.push({ option, isKey: true, message: unknownOption(protocol, option, specs) });
      continue;
    }
    try {
      const text = value.kind === "scalar" ? value.text : "";
      given[option] = readOption(spec, plainValue(value), text);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // Its type is right, so that it is not missing as well.
      given[option] = null;
      problems.push({ option, isKey: false, message: error.message });
    }
  }
  const { values, missing } = withDefaults(specs, given);
  // Of a misspelt name it is said what it should be, and not that this is missing.
  const mayBeMisspelt = problems.some(({ isKey }) => isKey);
  for (const option of mayBeMisspelt ? [] : missing) {
    const about = specs[option]?.about;
    const message = `option ${option} of ${protocol} is missing: ${about}`;
    problems.push({ option: null, isKey: true, message });
  }
  return { values: problems.length > 0 ? null : values, problems };
}
