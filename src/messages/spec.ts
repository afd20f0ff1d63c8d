/**
 * What is sent, where a reply ends and what it must be, as plain data: these are the shapes that a
 * scenario's workload has (scenario/scenario.ts) and that this room builds from.
 */
/** Lengths of messages, each by chance; which one has which follows from the seed. */
export type SizeSpec =
  /** Every length from one to the other, inclusive, as often. */
  | { readonly kind: "uniform"; readonly fromBytes: number; readonly toBytes: number }
  /** Short ones often, from 1 byte up, long ones seldom; what would be longer than the most is as long as that. */
  | { readonly kind: "exponential"; readonly meanBytes: number; readonly mostBytes: number }
  /** One of these, each as often as it is listed. */
  | { readonly kind: "choices"; readonly bytes: readonly number[] };

export type MessageSpec =
  /** `bytes` of a fixed pattern, stamped where there is room (see stamp.ts). */
  | { readonly kind: "size"; readonly bytes: number }
  /** As `size`, of lengths that vary. */
  | { readonly kind: "sizes"; readonly sizes: SizeSpec }
  /** Content as base64 (text, hex, base64 and file all end here), without templates. */
  | { readonly kind: "bytes"; readonly base64: string }
  /** Text with {{sequence}}, {{connection}} or {{source}} in it (see template.ts). */
  | { readonly kind: "template"; readonly text: string };
