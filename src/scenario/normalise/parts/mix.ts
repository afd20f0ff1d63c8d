import type { MixSpec } from "../../../messages/spec.ts";
import type { WorkloadParts } from "../../scenario.ts";
import type { MixedMessageInput } from "../../schema/message.ts";
import type { Path } from "../../source/tree.ts";
import type { NormaliseContext } from "../context.ts";
import { normaliseMessage } from "../message.ts";
import { partNameProblem } from "./part-names.ts";

/** The sum of all weights, less what divides them all, at most: each worker keeps a byte for each. */
const mostWeights = 1_000_000;

export interface ResolvedMix {
  readonly spec: MixSpec;
  /** Length of all messages; null: they differ. */
  readonly fixedBytes: number | null;
  readonly parts: WorkloadParts;
}

/**
 * The messages of a mix.
 *
 * @param sentAs the protocol that they are sent over, or what carries them
 * @returns      null where something is wrong with them, which is reported
 */
export function normaliseMix(
  input: readonly MixedMessageInput[],
  sentAs: Parameters<typeof normaliseMessage>[1],
  path: Path,
  context: NormaliseContext,
): ResolvedMix | null {
  const { diagnostics } = context;
  const names = input.map(({ name }) => name);
  const before = diagnostics.problems.length;
  for (const [index, name] of names.entries()) {
    const problem = partNameProblem("message", name, names.slice(0, index));
    if (problem !== null) diagnostics.value([...path, index, "name"], problem);
  }
  const weights = input.map(({ weight = 1 }) => weight);
  const sum = weights.reduce((a, b) => a + b, 0) / weights.reduce(commonDivisor);
  if (sum > mostWeights) {
    diagnostics.value(
      path,
      `the weights come to ${sum}, at most ${mostWeights}: use smaller numbers, such as 9 and 1 for 90 and 10 %`,
    );
  }
  const messages = input.map(({ message }, index) =>
    normaliseMessage(message, sentAs, [...path, index, "message"], context),
  );
  const known = messages.filter((message) => message !== null);
  if (known.length < messages.length || diagnostics.problems.length > before) return null;
  const lengths = new Set(known.map(({ fixedBytes }) => fixedBytes));
  const [length = null] = lengths;
  return {
    spec: {
      kind: "mix",
      messages: known.map(({ spec }, index) => ({
        weight: weights[index] as number,
        message: spec,
      })),
    },
    fixedBytes: lengths.size === 1 ? length : null,
    parts: { names, addUp: true },
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
