import type { FramingSpec } from "../specs.ts";
import { createDelimiterFramer } from "./delimiter.ts";
import { createEchoFramer } from "./echo.ts";
import { createFixedFramer } from "./fixed.ts";
import type { Framer } from "./framer.ts";
import { createHttpFramer } from "./http.ts";
import { createLengthPrefixFramer } from "./length-prefix.ts";
import { loadFramer } from "./module.ts";

/** What framers must know of the traffic. */
export interface FramerContext {
  /** Length in bytes of the slot's oldest message without a complete reply, 0 for none (`echo`). */
  readonly requestLength: (slot: number) => number;
}

/**
 * The framer that a scenario asks for, with state for slots 0 to `slots - 1`.
 *
 * @throws (rejects with) UserError: the user's module does not load or has the wrong shape
 */
export async function createFramer(
  spec: FramingSpec,
  slots: number,
  context: FramerContext,
): Promise<Framer> {
  switch (spec.kind) {
    case "fixed":
      return createFixedFramer(slots, spec.bytes);
    case "delimiter":
      return createDelimiterFramer(slots, Buffer.from(spec.base64, "base64"), spec.maxBytes);
    case "lengthPrefix":
      return createLengthPrefixFramer(slots, spec);
    case "http":
      return createHttpFramer(slots, spec.maxBytes);
    case "echo":
      return createEchoFramer(slots, context.requestLength);
    case "module":
      return loadFramer(spec.path, slots);
  }
}
