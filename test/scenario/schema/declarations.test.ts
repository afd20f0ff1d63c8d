import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { z } from "zod";
import type { ScenarioFields } from "../../../src/scenario/input.ts";
import { scenarioDeclarations } from "../../../src/scenario/schema/declarations.ts";
import type { scenarioSchema } from "../../../src/scenario/schema/schema.ts";

type Read = z.input<typeof scenarioSchema>;

/** Lists that may be changed, as zod's are. */
type Mutable<T> = T extends object ? { -readonly [Key in keyof T]: Mutable<T[Key]> } : T;

/** Without framings: the table that they stand in has no types of their own for zod. */
type Unframed<T> = T extends object
  ? { [Key in keyof T]: Key extends "framing" | "receive" ? unknown : Unframed<T[Key]> }
  : T;

test("the declarations of src/scenario/ are those that the schema gives: run npm run schema", () => {
  const file = new URL("../../../src/scenario/input.ts", import.meta.url);
  expect(scenarioDeclarations()).toBe(readFileSync(file, "utf8"));
});

test("the declared type and the one that the schema reads accept each other", () => {
  const declared: Unframed<ScenarioFields> = {} as Read;
  const read: Read = {} as Mutable<ScenarioFields>;
  expect([declared, read]).toEqual([{}, {}]);
});
