import { expectTypeOf, it } from "vitest";
import type { MessageContext } from "../../src/framing/create-message.ts";
import type { ExpectSpec, FramingSpec, MessageSpec } from "../../src/framing/specs.ts";
import type * as scenario from "../../src/scenario/scenario.ts";

// Checked by the compiler (`npm run types`): what a scenario holds goes straight into lower floors.
it("declares the shapes that scenarios have", () => {
  expectTypeOf<scenario.MessageSpec>().toExtend<MessageSpec>();
  expectTypeOf<MessageSpec>().toExtend<scenario.MessageSpec>();
  expectTypeOf<scenario.FramingSpec>().toExtend<FramingSpec>();
  expectTypeOf<FramingSpec>().toExtend<scenario.FramingSpec>();
  expectTypeOf<scenario.ExpectSpec>().toEqualTypeOf<ExpectSpec>();
  expectTypeOf<Pick<scenario.Scenario, "seed"> & { workload: number }>().toExtend<MessageContext>();
});
