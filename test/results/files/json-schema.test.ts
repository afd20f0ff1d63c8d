import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { resultJsonSchema } from "../../../scripts/result-schema.js";
import { buildResult } from "../../../src/results/build/build.ts";
import { readResult } from "../../../src/results/files/read.ts";
import { resultSchema } from "../../../src/results/files/schema.ts";
import { schemaVersion } from "../../../src/results/result.ts";
import { resultSchemaProblems } from "../../support/result-schema.ts";
import { resultInput } from "../fixture.ts";

const reference = new URL("../../../results/reference/", import.meta.url);
const rendered = resultJsonSchema(resultSchema, schemaVersion);

interface Part {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly additionalProperties?: Part;
  readonly items?: Part;
  readonly anyOf?: readonly Part[];
  readonly $defs?: Readonly<Record<string, Part>>;
}

test("the schema in schema/ is that of results (else run: npm run schema)", () => {
  const committed = new URL("../../../schema/result.schema.json", import.meta.url);
  expect(readFileSync(committed, "utf8")).toBe(rendered);
});

test("describes every field", () => {
  const without: string[] = [];
  let fields = 0;
  const visit = (part: Part, path: string) => {
    for (const [name, field] of Object.entries(part.properties ?? {})) {
      fields += 1;
      if (!/[."]$/.test(field.description ?? "")) without.push(`${path}.${name}`);
      visit(field, `${path}.${name}`);
    }
    for (const [name, inner] of Object.entries(part.$defs ?? {})) visit(inner, name);
    for (const inner of part.anyOf ?? []) visit(inner, path);
    for (const inner of [part.items, part.additionalProperties]) if (inner) visit(inner, path);
  };
  visit(JSON.parse(rendered) as Part, "");
  expect(fields).toBeGreaterThan(300);
  expect(without).toEqual([]);
});

test("a result that is made now is valid, and one that was changed is not", () => {
  const result = buildResult(resultInput());
  expect(resultSchemaProblems(result)).toEqual([]);
  const { scenario: _, ...without } = result;
  expect(resultSchemaProblems({ ...without, run: { ...result.run, outcome: "passed" } })).toEqual([
    " must have required property 'scenario'",
    "/run/outcome must be equal to one of the allowed values",
  ]);
});

const kept = readdirSync(reference).filter((name) => name.endsWith(".json"));

test.each(kept)("%s is valid: as it is, or as what reads earlier versions gives it", (name) => {
  const file = fileURLToPath(new URL(name, reference));
  expect(resultSchemaProblems(readResult(file))).toEqual([]);
  const written: unknown = JSON.parse(readFileSync(file, "utf8"));
  if ((written as { schemaVersion: number }).schemaVersion !== schemaVersion) return;
  expect(resultSchemaProblems(written)).toEqual([]);
});
