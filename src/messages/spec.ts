/**
 * What is sent, as plain data: a scenario's workload has these shapes (scenario/scenario.ts), and this
 * room builds its writers from them.
 */
/** Random lengths of messages; each message's length follows from the seed. */
export type SizeSpec =
  /** Every length from one to the other, inclusive, with equal probability. */
  | { readonly kind: "uniform"; readonly fromBytes: number; readonly toBytes: number }
  /** Exponentially distributed, from 1 byte up; longer ones are cut to `mostBytes`. */
  | { readonly kind: "exponential"; readonly meanBytes: number; readonly mostBytes: number }
  /** One of these, with a probability proportional to how often it is listed. */
  | { readonly kind: "choices"; readonly bytes: readonly number[] };

/** One message, or several, each of which is sent as often as its weight says. */
export type MessageSpec = OneMessageSpec | MixSpec;

export interface MixSpec {
  readonly kind: "mix";
  /** At least one, at most 256; weights are integers >= 1. */
  readonly messages: readonly { readonly weight: number; readonly message: OneMessageSpec }[];
}

export type OneMessageSpec =
  /** `bytes` of a fixed pattern, stamped where there is room (see stamp.ts). */
  | { readonly kind: "size"; readonly bytes: number }
  /** As `size`, with varying lengths. */
  | { readonly kind: "sizes"; readonly sizes: SizeSpec }
  /** Content as base64 (text, hex, base64 and file all become this), without templates. */
  | { readonly kind: "bytes"; readonly base64: string }
  | TemplateSpec;

/** A text with placeholders (see template/sources.ts), and the texts of its named parts. */
export interface TemplateSpec {
  readonly kind: "template";
  readonly text: string;
  readonly parts?: Readonly<Record<string, string>>;
}
