import { copyRange, type Value } from "./value.ts";

/** Bytes that each slot has of its own and that are known only while a run goes on. */
export interface SlotBytes {
  readonly maxBytes: number;
  /** Where those of all slots stand; read anew for each message, as it may be replaced. */
  readonly bytes: Buffer;
  /** The slot's are `bytes[start]` to `bytes[end - 1]`. */
  start(slot: number): number;
  end(slot: number): number;
}

/** The bytes of the message's slot. They stay the same as long as the connection does. */
export function slotValue(of: SlotBytes): Value {
  return {
    kind: "text",
    minBytes: 0,
    maxBytes: of.maxBytes,
    varies: "byConnection",
    isDistinct: false,
    number: null,
    write: (into, at, { slot }) => copyRange(of.bytes, of.start(slot), of.end(slot), into, at),
  };
}
