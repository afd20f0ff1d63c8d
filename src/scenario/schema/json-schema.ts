import { z } from "zod";
import { scenarioSchema } from "./schema.ts";
import { quantityForms, variablePattern } from "./values.ts";

export type Json = Record<string, unknown>;

/** The JSON Schema (draft-07, as editors read it) of a scenario file: as committed in schema/. */
export function scenarioJsonSchema(): string {
  const schema = renderSchema(
    (zodSchema, form) => quantityForms.get(zodSchema)?.json ?? orVariable(form),
  );
  const { $schema, ...rest } = withDefaultsInWords(schema) as Json;
  // With the scenario's `version`, of which the shape is.
  const $id = "urn:slash8:scenario:1";
  return `${JSON.stringify({ $schema, $id, title: "slash8 scenario", ...rest }, null, 2)}\n`;
}

/**
 * A scenario's schema as JSON.
 *
 * @param formOf returns a part's final form; it receives the part and zod's own rendering of it
 */
export function renderSchema(formOf: (zodSchema: object, form: Json) => Readonly<Json>): Json {
  return z.toJSONSchema(scenarioSchema, {
    target: "draft-7",
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const form = formOf(zodSchema, { ...jsonSchema });
      for (const key of Object.keys(jsonSchema)) delete (jsonSchema as Json)[key];
      Object.assign(jsonSchema, form);
    },
  }) as Json;
}

/** Numbers and booleans may also come from a variable, which is a text to an editor. */
function orVariable(form: Json): Json {
  if (form.const !== undefined) return form;
  if (form.type !== "integer" && form.type !== "number" && form.type !== "boolean") return form;
  const { description, byDefault, ...value } = form;
  const either = { anyOf: [value, { type: "string", pattern: variablePattern }] };
  return { description, byDefault, ...either };
}

/** `byDefault` is slash8's own key: editors show descriptions, so it is appended to them. */
function withDefaultsInWords(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withDefaultsInWords);
  if (typeof part !== "object" || part === null) return part;
  const { byDefault, ...rest } = part as Json;
  const entries = Object.entries(rest).map(([key, value]) => [key, withDefaultsInWords(value)]);
  const form = Object.fromEntries(entries) as Json;
  if (byDefault !== undefined) form.description = `${rest.description} Default: ${byDefault}.`;
  return form;
}
